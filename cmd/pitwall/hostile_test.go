package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// owned is what an attacker wants the terminal to do: set the title, clear the
// screen, answer a query into the shell, write a file name backwards.
const owned = "\x1b]0;owned\a\x1b[2J\x1b[6n\x1bP+q544e\x1b\\\u009b31m\u202eowned"

// controls are the C0 and C1 controls that text must not have.
var controls = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{9f}\x{202a}-\x{202e}]`)

// hostileText comes in over everything that strangers can write: it is refused,
// or shown neutralised.
func hostileText(t *testing.T, h *headless) {
	refuses(t, h.state, []string{"deploy", "model-api", "--version", "1\x1b]0;owned\a", "--variant", "B", "--yes"}, "no version")
	refuses(t, h.state, []string{"deploy", "model-api", "--version", "4\x1b[2J", "--image", "../../testdata/models/bc_mlp.onnx", "--variant", "B", "--yes"}, "control characters")
	hostile := filepath.Join(t.TempDir(), "a\x1b]0;owned\ab.onnx")
	if err := os.WriteFile(hostile, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(t, h.state, []string{"deploy", "model-api", "--version", "4.0.0", "--image", hostile, "--variant", "B", "--yes"}, "control characters")
	refuses(t, h.state, []string{"explain", owned}, "no deployment")
	refuses(t, h.state, []string{owned}, "unknown command")

	must(t, h.state, "split", "model-api", "A=50", "B=50", "--yes", "--reason", "because "+owned)
	must(t, h.state, "split", "model-api", "A=70", "B=30", "--yes")
	writeLog(t, h, "raw line "+owned)
	writeLog(t, h, `{"time":"2026-01-01T00:00:00Z","level":"ERROR","msg":"json line \u001b]0;owned\u0007\u001b[2J \u009b31m","model":"m\u001b[2Jn"}`)
	for _, args := range [][]string{
		{"journal"}, {"get", "events", "model-api"}, {"logs", "model-api"}, {"explain", "model-api"},
		{"snapshot", "journal", "--no-color"}, {"snapshot", "logs", "model-api", "--no-color"}, {"snapshot", "alerts", "model-api", "--plain"},
	} {
		if out := must(t, h.state, args...); controls.MatchString(out) {
			t.Errorf("pitwall %v prints %q", args, controls.FindString(out))
		}
	}

	x := startTerminal(t, 200, 60, pitwallCommand(t, h.state))
	x.until("model-api", "wine-api")
	for _, place := range []string{"journal", "model-api alerts", "model-api deployment", "model-api logs"} {
		x.goTo(place)
	}
	x.until("raw line", "json line", "owned") // there, as harmless text
	x.titleIsOurs()
	x.home()
}

// titleIsOurs fails when a stranger has set the title of the window.
func (x *terminal) titleIsOurs() {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, title := range x.titles {
		if title != "" && !strings.HasPrefix(title, "pitwall") {
			x.t.Errorf("the title of the window became %q", title)
		}
	}
	if strings.Contains(string(x.raw), "\x1b]0;owned") || strings.Contains(string(x.raw), "+q544e\x1b") {
		x.t.Error("an escape sequence of a stranger reached the terminal")
	}
}

// writeLog writes a line as the process of a replica does.
func writeLog(t *testing.T, h *headless, line string) {
	t.Helper()
	v, _ := h.deployment("model-api").Variant("B")
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/2", v.Replicas[0].PID), os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("the standard error of a replica cannot be reached here: %v", err)
	}
	defer f.Close()
	if _, err := f.WriteString(line + "\n"); err != nil {
		t.Fatal(err)
	}
}
