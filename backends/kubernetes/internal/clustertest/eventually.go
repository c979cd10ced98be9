package clustertest

import (
	"testing"
	"time"
)

// Eventually waits until what is so, for at most a minute: so gives nil then, and before it what is so instead.
func Eventually(t testing.TB, what string, so func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = so(); err == nil {
			return
		}
	}
	t.Fatalf("a minute later still not: %s: %v", what, err)
}
