package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pitwallCommand is the real binary with a state directory of its own.
func pitwallCommand(t *testing.T, state string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("pitwall") // testscript put the test binary there
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "PITWALL_STATE="+state, "HOME="+filepath.Dir(state), "TERM=xterm-256color",
		"XDG_CONFIG_HOME=", "NO_COLOR=", "SSH_TTY=")
	return cmd
}

// TestConsole works through the main job in a real terminal: see the fleet,
// filter it, move the split, watch it being observed, take it back, quit.
func TestConsole(t *testing.T) {
	e2e(t)
	state := filepath.Join(t.TempDir(), "state")
	x := startTerminal(t, 120, 40, pitwallCommand(t, state, "up", "--listen", "model-api=127.0.0.1:0,wine-api=127.0.0.1:0,prometheus=127.0.0.1:0"))
	x.within(60*time.Second, "model-api", "wine-api", "A 1.0.0", "B 1.1.0", "70/30")

	x.press("/", "wine", "\r")
	x.until("wine-api")
	x.gone("A 1.0.0")
	x.press("\x1b")
	x.until("A 1.0.0")

	x.press("/", "model-api", "\r", "s")
	x.until("proposed", "observed")
	x.press("=", "50", "\r")
	x.until("50 %")
	x.press("\r")
	x.until("A=70 B=30 to A=50 B=50", "20 % of users move from A to B")
	x.quiet()
	x.press("\r") // the trigger does not confirm
	x.gone("20 % of users move")
	if split := configured(t, state); split["A"] != 70 {
		t.Fatalf("enter twice changed the split to %v", split)
	}
	x.press("\r")
	x.until("[y] apply")
	x.quiet()
	x.press("y")
	x.within(60*time.Second, "observed")
	waitSplit(t, state, 50)

	x.press("\x1b")
	x.press("u")
	x.until("to A=70 B=30", "[y] apply")
	x.quiet()
	x.press("y")
	waitSplit(t, state, 70)

	x.press("\x1b", "\x1b", "\x1b")
	x.until("wine-api")
	x.press("q")
	if err := x.exits(); err != nil {
		t.Fatalf("pitwall up ended with %v; its screen:\n%s", err, x.text())
	}
}

// gone waits for a text to leave the screen.
func (x *terminal) gone(text string) {
	x.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for strings.Contains(x.text(), text) {
		if time.Now().After(deadline) {
			x.t.Fatalf("%q is still on the screen:\n%s", text, x.text())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// quiet waits out the grace in which a dialog that has just opened swallows
// keys that were meant for the screen below it.
func (x *terminal) quiet() { time.Sleep(600 * time.Millisecond) }

// configured reads the split over the CLI.
func configured(t *testing.T, state string) map[string]float64 {
	t.Helper()
	out, err := pitwallCommand(t, state, "split", "model-api", "-o", "json").Output()
	if err != nil {
		t.Fatalf("read the split: %v", err)
	}
	var v struct{ Configured map[string]float64 }
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("read the split: %v in %s", err, out)
	}
	return v.Configured
}

func waitSplit(t *testing.T, state string, a float64) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for configured(t, state)["A"] != a {
		if time.Now().After(deadline) {
			t.Fatalf("A has %v %%, not %v", configured(t, state)["A"], a)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func TestConsoleRefusesATooSmallTerminal(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	x := startTerminal(t, 60, 15, pitwallCommand(t, state))
	x.until("80x20")
	x.press("q")
	_ = x.exits()
}

// TestConsoleWithoutStack stays usable when there is nothing to show.
func TestConsoleWithoutStack(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	x := startTerminal(t, 100, 30, pitwallCommand(t, state))
	x.until("no local stack runs", "pitwall up")
	x.press("?")
	x.until("help")
	x.press("\x1b", "q")
	if err := x.exits(); err != nil {
		t.Fatalf("pitwall ended with %v", err)
	}
}
