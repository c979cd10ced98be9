package main

import (
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/charmbracelet/x/xpty"
)

// terminal runs a program in a real pseudo-terminal and keeps its screen.
type terminal struct {
	t      *testing.T
	pty    xpty.Pty
	screen *vt.SafeEmulator
	cmd    *exec.Cmd
	ended  chan error

	mu    sync.Mutex
	bytes int // written by the program so far
}

// startTerminal starts cmd on a pseudo-terminal of that size.
func startTerminal(t *testing.T, width, height int, cmd *exec.Cmd) *terminal {
	t.Helper()
	pty, err := xpty.NewPty(width, height)
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	x := &terminal{t: t, pty: pty, screen: vt.NewSafeEmulator(width, height), cmd: cmd, ended: make(chan error, 1)}
	if err := pty.Start(cmd); err != nil {
		t.Fatalf("start on a terminal: %v", err)
	}
	go x.read()
	go func() { _, _ = io.Copy(pty, x.screen) }() // the terminal's answers to queries
	go func() { x.ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = pty.Close()
	})
	return x
}

func (x *terminal) read() {
	buf := make([]byte, 32<<10)
	for {
		n, err := x.pty.Read(buf)
		x.mu.Lock()
		x.bytes += n
		x.mu.Unlock()
		_, _ = x.screen.Write(buf[:n])
		if err != nil {
			return
		}
	}
}

// written is how many bytes the program has sent to the terminal.
func (x *terminal) written() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.bytes
}

// text is the screen without colours.
func (x *terminal) text() string { return ansi.Strip(x.screen.Render()) }

// press sends keys as a terminal does: text as it is, and \r, \x1b and so on.
func (x *terminal) press(keys ...string) {
	x.t.Helper()
	for _, k := range keys {
		if _, err := io.WriteString(x.pty, k); err != nil {
			x.t.Fatalf("press %q: %v", k, err)
		}
	}
}

// until waits for every text to be on the screen at once.
func (x *terminal) until(texts ...string) {
	x.t.Helper()
	x.within(20*time.Second, texts...)
}

func (x *terminal) within(limit time.Duration, texts ...string) {
	x.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		screen := x.text()
		missing := ""
		for _, want := range texts {
			if !strings.Contains(screen, want) {
				missing = want
				break
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("no %q on the screen after %v:\n%s", missing, limit, screen)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// exits waits for the program to end by itself.
func (x *terminal) exits() error {
	x.t.Helper()
	select {
	case err := <-x.ended:
		return err
	case <-time.After(20 * time.Second):
		_ = x.cmd.Process.Signal(syscall.SIGQUIT)
		x.t.Fatalf("the program does not end; its screen:\n%s", x.text())
		return nil
	}
}
