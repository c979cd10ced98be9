package main

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"pitwall/backends/manifests/scaffold"
)

// TestInitAsks: a person is asked for what is missing, in words, and again
// where an answer cannot stand.
func TestInitAsks(t *testing.T) {
	var out bytes.Buffer
	a := &app{out: &out}
	var x scaffold.Answers
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	answerFlags(set, &x)
	x.Namespace = "ml"
	in := bufio.NewReader(strings.NewReader("Not a label\n\n\x1b[31mred\nScores wine; costs $5\n\n2.0.0\n\nregistry.example.com/wine\n\nmany\n0\n4\n0s\n100ms\n2.5\nAnn\n"))
	if err := a.askAnswers("/srv/wine", &x, set, in); err != nil {
		t.Fatal(err)
	}
	want := scaffold.Answers{Name: "wine", Runtime: "pitwall", Model: "models/2.0.0/model.onnx", Version: "2.0.0", Image: "registry.example.com/wine", Namespace: "ml",
		Host: "wine.example.com", Replicas: 4, Latency: 100 * time.Millisecond, Errors: 2.5, About: "Scores wine; costs $5", OnCall: "Ann", Given: scaffold.Numbers(0).With("replicas").With("latency").With("errors")}
	if x != want {
		t.Errorf("answers\n%+v, want\n%+v", x, want)
	}
	for _, text := range []string{"Name of the deployment [wine]: ", "that cannot stand: a DNS-1035 label", "U+001B cannot be printed", "cannot be read as a value of this kind", "give a whole number from 2 to 100", "give whole milliseconds"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("%q is not said in\n%s", text, out.String())
		}
	}
	if err := a.askAnswers("/srv/wine", new(scaffold.Answers), set, bufio.NewReader(strings.NewReader(""))); err == nil || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("without an answer: %v", err)
	}
}

// TestInitAsksOfFiles: a file that differs is shown, and kept unless told
// otherwise. What it holds is foreign.
func TestInitAsksOfFiles(t *testing.T) {
	c := scaffold.Change{File: scaffold.File{Path: "Dockerfile", Text: []byte("FROM new\n")}, State: scaffold.Differs, Old: []byte("FROM \x1b]0;mine\a\n")}
	for answer, want := range map[string][2]bool{"\n": {}, "k\n": {}, "x\nw\n": {true, false}, "a\n": {true, true}} {
		var out bytes.Buffer
		write, all, err := (&app{out: &out}).askFile(c, false, bufio.NewReader(strings.NewReader(answer)))
		if err != nil || write != want[0] || all != want[1] {
			t.Errorf("%q is %v %v %v, want %v", answer, write, all, err, want)
		}
		if text := out.String(); !strings.Contains(text, "+FROM new\n") || !strings.Contains(text, "-FROM ") || strings.ContainsAny(text, "\x1b\a") {
			t.Errorf("the difference is %q", text)
		}
	}
	if _, _, err := (&app{out: new(bytes.Buffer)}).askFile(c, false, bufio.NewReader(strings.NewReader(""))); err == nil {
		t.Error("the end of the input is an answer")
	}
}

// TestInitOnATerminal: a person answers, and later decides what happens to a
// file that they changed.
func TestInitOnATerminal(t *testing.T) {
	dir, state := filepath.Join(t.TempDir(), "wine"), filepath.Join(t.TempDir(), "state")
	x := startTerminal(t, 120, 60, pitwallCommand(t, state, "init", dir, "--image", "ghcr.io/acme/wine"))
	for _, step := range [][2]string{{"Name of the deployment [wine]", "\r"}, {"for, in one line [The model wine.]", "Scores wine.\r"}, {"[pitwall]", "rust\r"}, {"choose pitwall or python", "\r"},
		{"[1.0.0]", "\r"}, {"[models/1.0.0/model.onnx]", "\r"}, {"Namespace of Kubernetes [wine]", "\r"}, {"[wine.example.com]", "\r"}, {"Replicas [3]", "\r"},
		{"[200ms]", "\r"}, {"failed requests [1]", "\r"}, {"Who is called", "Ann\r"}} {
		x.until(step[0])
		x.press(step[1])
	}
	x.until("written    pitwall.yaml", "next: ")
	if err := x.exits(); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(dir, "Dockerfile")
	if err := os.WriteFile(mine, []byte("FROM mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	x = startTerminal(t, 120, 60, pitwallCommand(t, state, "init", dir))
	x.until("-FROM mine", "+FROM scratch", "Dockerfile is there and differs. Keep it, write the new one, or write all? [K/w/a]")
	x.press("\r")
	x.until("kept       Dockerfile", "unchanged  compose.yaml")
	if err := x.exits(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(mine); err != nil || string(text) != "FROM mine\n" {
		t.Errorf("what was kept is %q, %v", text, err)
	}
	x = startTerminal(t, 120, 60, pitwallCommand(t, state, "init", dir, "--candidate", "20"))
	x.until("write all?")
	x.press("a\r")
	x.until("written    Dockerfile", "written    nginx/nginx.conf", "unchanged  compose.yaml")
	if err := x.exits(); err != nil {
		t.Fatal(err)
	}
}

// TestInitIsInterrupted: ctrl+c at a question ends it, and nothing is written.
func TestInitIsInterrupted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wine")
	x := startTerminal(t, 120, 40, pitwallCommand(t, t.TempDir(), "init", dir))
	x.until("Name of the deployment [wine]")
	x.press("\x03")
	x.until("interrupted")
	if err := x.exits(); err == nil {
		t.Errorf("it ended well:\n%s", x.picture())
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("something was written")
	}
}

// TestInitUsesFlagsThatExist: every command of pitwall in what is written is
// one of this binary, with its flags.
func TestInitUsesFlagsThatExist(t *testing.T) {
	list, err := scaffold.Files(scaffold.Answers{Name: "churn", Model: "models/model.onnx", Version: "1.0.0", Image: "x/churn"})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range list {
		for _, words := range linesOfPitwall(string(f.Text)) {
			seen++
			a := app{env: func(string) string { return "" }}
			c, rest, err := a.rootCommand().Find(words)
			if err != nil || c.Name() == "pitwall" && len(words) > 0 && !strings.HasPrefix(words[0], "-") {
				t.Errorf("%s: pitwall %v: %v", f.Path, words, err)
				continue
			}
			for _, w := range rest {
				if name, long := strings.CutPrefix(w, "--"); long {
					name, _, _ = strings.Cut(name, "=")
					if c.Flag(name) == nil && name != "help" {
						t.Errorf("%s: pitwall %s has no --%s", f.Path, c.Name(), name)
					}
				}
			}
		}
	}
	if seen < 25 {
		t.Errorf("only %d commands were found", seen)
	}
}

var (
	asCommand = regexp.MustCompile("(?m)(?:\"\\$pitwall\" \"\\$@\"|bin/pitwall|^pitwall|`pitwall) ([a-z-][^\n`#|;&>]*)")
	asList    = regexp.MustCompile(`"/pitwall", ("[a-z][^\]\n]*)\]`)
)

// linesOfPitwall are the command lines of pitwall in a text, without its name.
func linesOfPitwall(text string) (out [][]string) {
	for _, m := range asCommand.FindAllStringSubmatch(text, -1) {
		out = append(out, strings.Fields(strings.ReplaceAll(m[1], `"`, "")))
	}
	for _, m := range asList.FindAllStringSubmatch(text, -1) {
		out = append(out, strings.Fields(strings.NewReplacer(`"`, "", ",", " ").Replace(m[1])))
	}
	return out
}
