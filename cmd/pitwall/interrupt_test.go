package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hangingServer is the URL of an engine that takes every request and answers none.
func hangingServer(t *testing.T) (backend string) {
	t.Helper()
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(release) }) // before the server waits for its requests
	return strings.Replace(s.URL, "http://", "tcp://", 1)
}

// Who stops a command is not told that its backend is to blame.
func TestInterruptedCommandSaysSo(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd := pitwallCommand(t, t.TempDir(), "get", "deployments", "--backend", hangingServer(t))
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond) // for the request to be under way
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		err := cmd.Wait()
		if err == nil || cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(errs.String(), "interrupted") || strings.Contains(errs.String(), "did not answer") || out.Len() > 0 {
			t.Errorf("%v: %v: %s%s", signal, err, out.String(), errs.String())
		}
	}
}
