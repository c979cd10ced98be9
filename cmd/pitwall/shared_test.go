package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"pitwall/ui"
)

// TestOnOneStack is what can share a stack: the tests leave it as they found
// it. Those that only look run at once, the others one after another.
func TestOnOneStack(t *testing.T) {
	e2e(t)
	t.Parallel()
	h := startHeadless(t, filepath.Join(t.TempDir(), "state"), "--rate=60")
	h.measured()
	t.Run("looking", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T, *headless){
			"snapshots": snapshots, "read-only": readOnlyConsole, "sizes": sizes,
			"no colour": noColour, "ascii": asciiConsole, "bad input": badInput,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, h)
			})
		}
	})
	t.Run("hostile text", func(t *testing.T) { hostileText(t, h) })
	t.Run("two at once", func(t *testing.T) { twoAtOnce(t, h) })
	t.Run("prometheus away", func(t *testing.T) { prometheusAway(t, h) })
}

// snapshots prints every screen in every size and style.
func snapshots(t *testing.T, h *headless) {
	for _, place := range allPlaces("model-api") {
		t.Run(place.String(), func(t *testing.T) {
			t.Parallel()
			for _, size := range []size{{80, 20}, {80, 24}, {120, 40}, {200, 60}} {
				checkFrame(t, place, size, snapshotOf(t, h, place, "--size", size.String()))
			}
			small := size{80, 24}
			frame := snapshotOf(t, h, place, "--size", small.String(), "--ascii")
			checkFrame(t, place, small, frame)
			if i := strings.IndexFunc(frame, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
				t.Errorf("%s with --ascii has %q in\n%s", place, frame[i:min(i+4, len(frame))], frame)
			}
			plain := snapshotOf(t, h, place, "--plain")
			if drawn := regexp.MustCompile(`[\x1b─│┏┃━█▒░⣿]`).FindString(plain); drawn != "" || !strings.Contains(plain, place.Name) {
				t.Errorf("%s with --plain draws %q:\n%s", place, drawn, plain)
			}
		})
	}
}

func snapshotOf(t *testing.T, h *headless, place ui.Place, flags ...string) string {
	t.Helper()
	args := []string{"snapshot", place.Screen}
	if place.Name != "" {
		args = append(args, place.Name)
	}
	return must(t, h.state, append(args, flags...)...)
}

// checkFrame holds a frame to its size, and asks for a body.
func checkFrame(t *testing.T, place ui.Place, s size, frame string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(frame, "\n"), "\n")
	if len(lines) != s.height {
		t.Errorf("%s at %s has %d lines", place, &s, len(lines))
	}
	for i, line := range lines {
		if width := ansi.StringWidth(line); width != s.width {
			t.Errorf("%s at %s: line %d is %d wide: %q", place, &s, i+1, width, line)
		}
	}
	if !strings.Contains(frame, "pitwall") || len(strings.Fields(ansi.Strip(frame))) < 20 {
		t.Errorf("%s at %s is empty:\n%s", place, &s, frame)
	}
}

// readOnlyConsole has every dangerous key off, with the reason.
func readOnlyConsole(t *testing.T, h *headless) {
	x := startTerminal(t, 120, 40, pitwallCommand(t, h.state, "--read-only"))
	x.until("[READ-ONLY]", "model-api")
	for _, place := range []struct{ name, keys string }{
		{"model-api deployment", "AB"}, {"model-api split", "A"}, {"model-api rollout", "BA"},
	} {
		x.goTo(place.name)
		for _, key := range place.keys {
			x.press("!") // an open overlay ends the toast of the key before from the test's view
			x.until("esc close")
			x.press("\x1b")
			x.gone("esc close")
			x.press(string(key))
			x.until("is off: read-only")
		}
		x.home()
	}
	if split := configured(t, h.state); split["A"] != 70 {
		t.Errorf("the read-only console changed the split to %v", split)
	}
	x.press("q")
	if err := x.exits(); err != nil {
		t.Errorf("pitwall ended with %v", err)
	}
}

// colours is any SGR sequence that sets a colour.
var colours = regexp.MustCompile(`\x1b\[(?:[0-9:;]*[;:])?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:][0-9:;]*)?m`)

// noColour sees every screen of a console under NO_COLOR.
func noColour(t *testing.T, h *headless) {
	cmd := pitwallCommand(t, h.state)
	cmd.Env = append(cmd.Env, "NO_COLOR=yes", "COLORTERM=truecolor")
	x := tour(t, cmd)
	if found := colours.Find(x.written()); found != nil {
		t.Errorf("NO_COLOR=yes and yet %q", found)
	}
}

// asciiConsole sees every screen of a console that draws with ASCII.
func asciiConsole(t *testing.T, h *headless) {
	x := tour(t, pitwallCommand(t, h.state, "--ascii"))
	raw := x.written()
	for i, b := range raw {
		if b >= utf8.RuneSelf {
			t.Errorf("--ascii and yet %q", raw[max(0, i-40):min(i+8, len(raw))])
			return
		}
	}
}

// tour opens every screen of a console and ends it.
func tour(t *testing.T, cmd *exec.Cmd) *terminal {
	t.Helper()
	x := startTerminal(t, 120, 40, cmd)
	x.until("model-api", "wine-api")
	for _, place := range allPlaces("model-api") {
		x.goTo(place.String())
	}
	x.press("?")
	x.until("keys of")
	x.home()
	x.press("q")
	if err := x.exits(); err != nil {
		t.Errorf("pitwall ended with %v", err)
	}
	return x
}

// badInput is refused with a clear message, and changes nothing.
func badInput(t *testing.T, h *headless) {
	for _, command := range [][]string{
		{"split", "nobody"}, {"split", "nobody", "A=50", "B=50", "--yes"}, {"rollback", "nobody", "--yes"},
		{"deploy", "nobody", "--version", "1.2.0", "--yes"}, {"scale", "nobody", "2", "--yes"}, {"restart", "nobody", "--yes"},
		{"abort", "nobody", "--yes"}, {"explain", "nobody"}, {"logs", "nobody"}, {"snapshot", "split", "nobody"},
	} {
		refuses(t, h.state, command, `no deployment "nobody": there is model-api, wine-api`)
	}
	refuses(t, h.state, []string{"split", "model-api", "A=50", "B=40", "--yes"}, "sum to 90, not 100")
	refuses(t, h.state, []string{"split", "model-api", "A=150", "B=-50", "--yes"}, "pitwall:")
	refuses(t, h.state, []string{"up", "--headless", anyPort}, h.state, "attach with `pitwall`")

	other := filepath.Join(t.TempDir(), "other")
	if err := os.MkdirAll(other, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "version"), []byte("2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(t, other, []string{"up", "--headless", anyPort}, other, `has layout "2" and this pitwall reads "1"`)

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, says := range map[string]string{"model-api": "model-api cannot listen", "prometheus": "Prometheus cannot listen"} {
		listen := fmt.Sprintf("--listen=%s=%s", name, taken.Addr())
		refuses(t, filepath.Join(t.TempDir(), "state"), []string{"up", "--headless", listen}, says, "address already in use", "choose another port")
	}
	refuses(t, filepath.Join(t.TempDir(), "state"), []string{"up", "--headless", "--listen=model-api=0.0.0.0:0"}, "loopback")
	if split := configured(t, h.state); split["A"] != 70 {
		t.Errorf("bad input changed the split to %v", split)
	}
}
