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

// hangingServer is the URL of an engine that takes every request and answers
// none; asked is filled with the first.
func hangingServer(t *testing.T) (backend string, asked <-chan struct{}) {
	t.Helper()
	release, first := make(chan struct{}), make(chan struct{}, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case first <- struct{}{}:
		default:
		}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(release) }) // before the server waits for its requests
	return strings.Replace(s.URL, "http://", "tcp://", 1), first
}

// Who stops a command is not told that its backend is to blame.
func TestInterruptedCommandSaysSo(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		backend, asked := hangingServer(t)
		cmd := pitwallCommand(t, t.TempDir(), "get", "deployments", "--backend", backend)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-asked:
		case <-time.After(time.Minute):
			t.Fatal("it asks nothing")
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		err := cmd.Wait()
		if err == nil || cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(errs.String(), "interrupted") || strings.Contains(errs.String(), "did not answer") || out.Len() > 0 {
			t.Errorf("%v: %v: %s%s", signal, err, out.String(), errs.String())
		}
	}
}
