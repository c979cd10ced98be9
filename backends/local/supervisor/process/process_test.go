package process

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// shell starts a shell script as a child.
func shell(t *testing.T, script string) (*Child, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var lines []string
	c, err := Start(Command{Path: "/bin/sh", Args: []string{"-c", script}, Name: "child"}, time.Now, func(_ time.Time, line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, line)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Stop(0) })
	return c, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return lines
	}
}

func await(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen")
		}
	}
}

func TestChildTellsAddressAndExit(t *testing.T) {
	c, lines := shell(t, `echo '{"msg":"listening","addr":"127.0.0.1:4001","admin":"127.0.0.1:4002"}'; read line; echo "got $line" >&2; exit 3`)
	l, err := c.Listening(t.Context())
	if err != nil || l.Addr != "127.0.0.1:4001" || l.Admin != "127.0.0.1:4002" {
		t.Fatalf("listening: %+v, %v", l, err)
	}
	if err := c.Send([]byte("hello\n")); err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	if e := c.Exit(); e.Code != 3 || e.Signal != "" || e.Log != "got hello" || e.At.IsZero() {
		t.Errorf("exit: %+v", e)
	}
	if got := lines(); len(got) != 2 {
		t.Errorf("lines: %q", got)
	}
}

func TestChildThatDoesNotListen(t *testing.T) {
	c, _ := shell(t, `echo "pitwall: no such model" >&2; exit 2`)
	if _, err := c.Listening(t.Context()); err == nil {
		t.Error("it listens")
	}
	c, _ = shell(t, `exec sleep 60`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Listening(ctx); err == nil {
		t.Error("it listens")
	}
}

func TestStop(t *testing.T) {
	t.Run("a child that ends when its input does", func(t *testing.T) {
		c, lines := shell(t, `trap '' TERM; echo ready; read line; exit 0`)
		await(t, func() bool { return len(lines()) > 0 }) // the trap is set
		c.Stop(time.Minute)
		if e := c.Exit(); e.Code != 0 {
			t.Errorf("exit: %+v", e)
		}
	})
	t.Run("a child that does not end is killed", func(t *testing.T) {
		c, lines := shell(t, `trap '' TERM; echo ready; while :; do sleep 0.05; done`)
		await(t, func() bool { return len(lines()) > 0 })
		c.Stop(50 * time.Millisecond)
		if e := c.Exit(); e.Code != -1 || e.Signal != "killed" {
			t.Errorf("exit: %+v", e)
		}
	})
}

func TestOutputOfAGrandchildDoesNotHoldUpTheExit(t *testing.T) {
	c, _ := shell(t, `sleep 60 & echo $!; exit 0`)
	select {
	case <-c.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("the exit is not seen")
	}
	if pid := c.Exit().Log; pid != "" {
		_, _ = shell(t, "kill "+pid)
	}
}

func TestKillLeftover(t *testing.T) {
	c, _ := shell(t, `exec sleep 60`)
	started := Started(c.PID())
	if started == "" {
		t.Fatal("a running process has no start time")
	}
	if killed, err := KillLeftover(c.PID(), started+"0"); killed || err != nil {
		t.Fatalf("another process with this pid: %v, %v", killed, err)
	}
	if killed, err := KillLeftover(os.Getpid(), ""); killed || err != nil {
		t.Fatalf("without a start time: %v, %v", killed, err)
	}
	if killed, err := KillLeftover(c.PID(), started); !killed || err != nil {
		t.Fatalf("the process itself: %v, %v", killed, err)
	}
	<-c.Done()
	if killed, err := KillLeftover(c.PID(), started); killed || err != nil {
		t.Errorf("a process that is gone: %v, %v", killed, err)
	}
}

func FuzzReadLines(f *testing.F) {
	f.Add("one\ntwo")
	f.Add(`{"msg":"listening","addr":"127.0.0.1:1"}` + "\n")
	f.Add(strings.Repeat("x", 3*maxLine) + "\nafter\xff\n")
	f.Fuzz(func(t *testing.T, output string) {
		n := 0
		readLines(strings.NewReader(output), func(line string) {
			n++
			if len(line) > 3*maxLine || strings.Contains(line, "\n") {
				t.Errorf("line of %d bytes", len(line))
			}
			if l, ok := parseListening(line); ok && l.Addr == "" {
				t.Error("listens without an address")
			}
		})
		if want := strings.Count(strings.TrimSuffix(output, "\n"), "\n") + 1; output != "" && n != want {
			t.Errorf("%d lines of %q, want %d", n, output, want)
		}
	})
}
