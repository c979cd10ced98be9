package main

import (
	"path/filepath"
	"testing"
	"time"
)

// TestConsole works through the main job in a real terminal: see the fleet,
// filter it, move the split, watch it being observed, take it back, quit.
func TestConsole(t *testing.T) {
	e2e(t)
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	x := startTerminal(t, 120, 40, pitwallCommand(t, state, "up", anyPort))
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
	x.within(60*time.Second, "signals are") // without signals nobody would see harm, and the guards deny
	x.press("\r")
	x.until("[y] apply", "A=70 B=30 to A=50 B=50", "20 % of users move from A to B")
	x.quiet()
	x.press("\r") // the trigger does not confirm
	x.gone("[y] apply")
	if split := configured(t, state); split["A"] != 70 {
		t.Fatalf("enter twice changed the split to %v", split)
	}
	x.press("\r")
	x.until("[y] apply")
	x.quiet()
	x.press("y")
	x.within(60*time.Second, "done observed A")
	waitSplit(t, state, 50)

	x.press("\x1b")
	x.until("u undoes it: A=70 B=30")
	x.press("u")
	x.until("to A=70 B=30", "[y] apply")
	x.quiet()
	x.press("y")
	x.within(60*time.Second, "done observed A")
	waitSplit(t, state, 70)

	x.home()
	x.press("q")
	if err := x.exits(); err != nil {
		t.Fatalf("pitwall up ended with %v; its screen:\n%s", err, x.picture())
	}
}

func TestConsoleRefusesATooSmallTerminal(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	x := startTerminal(t, 60, 15, pitwallCommand(t, state))
	x.until("80x20")
	x.press("q")
	if err := x.exits(); err != nil {
		t.Fatalf("pitwall ended with %v", err)
	}
}

// TestConsoleWithoutStack stays usable when there is nothing to show.
func TestConsoleWithoutStack(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	x := startTerminal(t, 100, 30, pitwallCommand(t, state))
	x.until("no local stack runs", "start one with")
	x.press("?")
	x.until("keys of fleet")
	x.press("\x1b") // on its own: with a key at once it would be alt+key
	x.gone("keys of fleet")
	x.press("q")
	if err := x.exits(); err != nil {
		t.Fatalf("pitwall ended with %v", err)
	}
}

// TestDumbTerminal draws nothing where nothing can be drawn.
func TestDumbTerminal(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	for _, args := range [][]string{{}, {"up"}} {
		cmd := pitwallCommand(t, state, args...)
		cmd.Env = append(cmd.Env, "TERM=dumb")
		x := startTerminal(t, 100, 30, cmd)
		x.until("no terminal")
		if err := x.exits(); err == nil {
			t.Errorf("pitwall %v succeeded", args)
		}
	}
}
