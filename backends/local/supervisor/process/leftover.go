package process

import (
	"fmt"
	"os"
	"time"
)

// KillLeftover kills a process of an earlier run if pid still is that
// process, which its start time tells. It reports whether there was one.
func KillLeftover(pid int, started string) (bool, error) {
	if pid <= 1 || started == "" || Started(pid) != started {
		return false, nil
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false, fmt.Errorf("kill leftover process %d: %w", pid, err)
	}
	defer func() { _ = p.Release() }()
	if Started(pid) != started { // asked again now that p pins the process
		return false, nil
	}
	if err := p.Kill(); err != nil {
		if Started(pid) != started {
			return false, nil // it ended by itself just now
		}
		return false, fmt.Errorf("kill leftover process %d: %w", pid, err)
	}
	deadline := time.Now().Add(2 * time.Second)
	for Started(pid) == started && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond) // its reaping by init cannot be waited for
	}
	return true, nil
}
