package stacktest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/local"
)

// Wait is how long the tests wait for the stack at most: long, for machines
// that are busy. What they wait for usually takes a second or two.
const Wait = time.Minute

// Stack is a supervisor that runs as a process of its own.
type Stack struct {
	Dir    string
	Client *local.MutableBackend

	cmd  *exec.Cmd
	done chan struct{}
}

// Start runs a supervisor in a state directory and waits until every replica
// is ready. It is stopped in good order when the test ends.
func Start(t testing.TB, dir string) *Stack {
	t.Helper()
	s := Launch(t, dir)
	Eventually(t, "all replicas are ready", func() bool {
		list, err := s.Client.Deployments(t.Context())
		return err == nil && len(list) > 0 && allOK(list)
	})
	return s
}

func allOK(list []backends.Deployment) bool {
	for _, d := range list {
		if d.State != backends.OK {
			return false
		}
	}
	return true
}

// Launch is Start without waiting.
func Launch(t testing.TB, dir string) *Stack {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := local.Attach(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &Stack{Dir: dir, Client: b.Mutable(), cmd: exec.Command(exe, "up", dir), done: make(chan struct{})}
	s.cmd.Env = append(os.Environ(), childEnv)
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.done)
		_ = s.cmd.Wait()
	}()
	t.Cleanup(func() {
		s.Stop()
		b.Close()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "supervisor.log"))
			t.Logf("supervisor.log ends:\n%s", log[max(0, len(log)-6000):])
		}
	})
	return s
}

// Stop ends the supervisor in good order.
func (s *Stack) Stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	select {
	case <-s.done:
	case <-time.After(Wait):
		s.Kill()
	}
}

// Kill ends the supervisor with SIGKILL.
func (s *Stack) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
}

// Deployment reads one deployment.
func (s *Stack) Deployment(t testing.TB, name string) backends.Deployment {
	t.Helper()
	list, err := s.Client.Deployments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("no deployment %s", name)
	return backends.Deployment{}
}

// Apply makes a change from what is there now.
func (s *Stack) Apply(t testing.TB, c backends.Change) {
	t.Helper()
	c.Token, c.By = s.Deployment(t, c.Deployment).Token, "alice@laptop"
	if err := s.Client.Apply(t.Context(), c); err != nil {
		t.Fatalf("%s: %v", c.Op, err)
	}
}

// Settled waits until a deployment is OK with no rollout, and gives it.
func (s *Stack) Settled(t testing.TB, name string) backends.Deployment {
	t.Helper()
	Eventually(t, name+" has settled", func() bool {
		d := s.Deployment(t, name)
		return d.Rollout == nil && d.State == backends.OK
	})
	return s.Deployment(t, name)
}

// Eventually polls a condition until it holds.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Wait)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("it did not happen in %v: %s", Wait, what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
