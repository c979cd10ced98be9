package nginx

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends/docker/engine"
)

// workers are nginx's worker processes by what they do.
type workers struct {
	live    []int // PIDs on the engine's machine
	leaving []int // finish what they have
}

func workersOf(processes []engine.Process) workers {
	var w workers
	for _, p := range processes {
		switch {
		case !strings.HasPrefix(p.Command, "nginx: worker process"):
		case strings.Contains(p.Command, "shutting down"):
			w.leaving = append(w.leaving, p.PID)
		default:
			w.live = append(w.live, p.PID)
		}
	}
	return w
}

// replaces tells whether all workers of before have handed over.
func (w workers) replaces(before workers) bool {
	old := func(pid int) bool { return slices.Contains(before.live, pid) || slices.Contains(before.leaving, pid) }
	return len(w.live) >= len(before.live) && !slices.ContainsFunc(w.live, old)
}

func (d *Door) workers(ctx context.Context) (workers, error) {
	processes, err := d.containers.Top(ctx, d.container.ID)
	if err != nil {
		return workers{}, err
	}
	w := workersOf(processes)
	if len(w.live) == 0 {
		return workers{}, fmt.Errorf("container %s has no worker process of nginx", d.container.Name)
	}
	return w, nil
}

// workersStarted tells when the newest worker of a master process on this
// machine began, to about a second, from Linux's /proc.
func workersStarted(master int) (time.Time, bool) {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", master, master))
	if err != nil {
		return time.Time{}, false
	}
	newest := int64(-1)
	for _, pid := range strings.Fields(string(children)) {
		title, err := os.ReadFile("/proc/" + pid + "/cmdline")
		if err == nil && strings.HasPrefix(string(title), "nginx: worker process") {
			newest = max(newest, startTicks(pid))
		}
	}
	booted, ok := bootTime()
	if newest < 0 || !ok {
		return time.Time{}, false
	}
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every architecture that Go runs on
	return booted.Add(time.Duration(newest) * tick), true
}

// startTicks is the 22nd field of /proc/PID/stat, or -1.
func startTicks(pid string) int64 {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return -1
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the second field may hold blanks
	fields := strings.Fields(rest)
	if len(fields) < 20 {
		return -1
	}
	n, err := strconv.ParseInt(fields[19], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func bootTime() (time.Time, bool) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}, false
	}
	_, rest, found := strings.Cut(string(text), "\nbtime ")
	seconds, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseInt(seconds, 10, 64)
	return time.Unix(n, 0), found && err == nil
}
