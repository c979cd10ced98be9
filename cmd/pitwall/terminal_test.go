package main

import (
	"io"
	"os/exec"
	"slices"
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
	t      testing.TB
	pty    xpty.Pty
	screen *vt.SafeEmulator
	cmd    *exec.Cmd
	ended  chan error

	mu     sync.Mutex
	raw    []byte   // written by the program so far
	titles []string // that the window got
}

// startTerminal starts cmd on a pseudo-terminal of that size.
func startTerminal(t testing.TB, width, height int, cmd *exec.Cmd) *terminal {
	t.Helper()
	pty, err := xpty.NewPty(width, height)
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	x := &terminal{t: t, pty: pty, screen: vt.NewSafeEmulator(width, height), cmd: cmd, ended: make(chan error, 1)}
	x.screen.SetCallbacks(vt.Callbacks{Title: x.titled})
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // else nobody tells it of a new size
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
		x.raw = append(x.raw, buf[:n]...)
		x.mu.Unlock()
		_, _ = x.screen.Write(buf[:n])
		if err != nil {
			return
		}
	}
}

func (x *terminal) titled(title string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.titles = append(x.titles, title)
}

// written is what the program has sent to the terminal.
func (x *terminal) written() []byte {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.raw)
}

// count is how many bytes that is.
func (x *terminal) count() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.raw)
}

// resize changes the size of the terminal under the program.
func (x *terminal) resize(width, height int) {
	x.t.Helper()
	x.screen.Resize(width, height)
	if err := x.pty.Resize(width, height); err != nil {
		x.t.Fatalf("resize the terminal: %v", err)
	}
}

// text is the screen without colours.
func (x *terminal) text() string { return ansi.Strip(x.screen.Render()) }

// picture is the screen for a failure: without its empty lines.
func (x *terminal) picture() string {
	lines := strings.Split(x.text(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return l == "" }), "\n")
}

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
	x.await(limit, "every one of "+strings.Join(texts, " · "), func(screen string) bool {
		return !slices.ContainsFunc(texts, func(want string) bool { return !strings.Contains(screen, want) })
	})
}

// gone waits for a text to leave the screen.
func (x *terminal) gone(text string) {
	x.t.Helper()
	x.await(20*time.Second, "no "+text, func(screen string) bool { return !strings.Contains(screen, text) })
}

// await polls the screen until it is as wanted.
func (x *terminal) await(limit time.Duration, what string, holds func(screen string) bool) {
	x.t.Helper()
	for deadline := time.Now().Add(limit); !holds(x.text()); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			x.t.Fatalf("after %v the screen does not show %s:\n%s", limit, what, x.picture())
		}
	}
}

// goTo opens a place from the palette. Its breadcrumb is without the name of
// the deployment where the one before has it.
func (x *terminal) goTo(place string) {
	x.t.Helper()
	last := place[strings.LastIndex(place, " ")+1:]
	x.press(":")
	x.until("esc close")
	x.press(place)
	x.until(place)
	x.press("\r")
	x.await(20*time.Second, "the place "+place, func(screen string) bool {
		return lastCrumb(screen) == last && !strings.Contains(screen, "esc close")
	})
}

// lastCrumb is the screen that the header names.
func lastCrumb(screen string) string {
	header, _, _ := strings.Cut(screen, "\n")
	fields := strings.Fields(header)
	for i, f := range slices.Backward(fields) {
		if (f == "▸" || f == ">") && i+1 < len(fields) {
			crumb := fields[i+1:]
			if len(crumb) > 1 && slices.Contains(deploymentScreens, crumb[1]) {
				return crumb[1] // "model-api split"
			}
			return crumb[0]
		}
	}
	return ""
}

// home goes back to the fleet, whatever is open.
func (x *terminal) home() {
	x.t.Helper()
	x.await(20*time.Second, "the fleet after esc", func(screen string) bool {
		if strings.Contains(screen, "wine-api") && strings.Contains(screen, "worst first") {
			return true
		}
		x.press("\x1b")
		time.Sleep(150 * time.Millisecond) // two at once would be alt+esc
		return false
	})
}

// quiet waits out the grace in which a dialog that has just opened swallows
// keys that were meant for the screen below it.
func (x *terminal) quiet() { time.Sleep(600 * time.Millisecond) }

// exits waits for the program to end by itself.
func (x *terminal) exits() error {
	x.t.Helper()
	select {
	case err := <-x.ended:
		return err
	case <-time.After(20 * time.Second):
		_ = x.cmd.Process.Signal(syscall.SIGQUIT)
		x.t.Fatalf("the program does not end; its screen:\n%s", x.picture())
		return nil
	}
}
