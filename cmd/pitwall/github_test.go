package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/manifests"
	"pitwall/backends/operation"
	"pitwall/checklist"
)

// inWorkflow is a step whose summary is a file of its own.
func inWorkflow(t *testing.T, root string) (w *workflow, commands *bytes.Buffer, summary func() string) {
	t.Helper()
	commands = new(bytes.Buffer)
	path := filepath.Join(t.TempDir(), "summary")
	env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": path, "GITHUB_WORKSPACE": root}
	w = newWorkflow(func(name string) string { return env[name] }, commands)
	return w, commands, func() string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
}

func TestAnnotationsAreOneCommandEach(t *testing.T) {
	w, commands, _ := inWorkflow(t, "")
	w.annotate(note{levelError, "a:b,c%\n::error::d", "x,y:z.yml", 3, "100 %\r\n::warning::owned\x1b[2J\n" + strings.Repeat("é", maxNote)})
	got := commands.String()
	if want := "::error file=x%2Cy%3Az.yml,line=3,title=a%3Ab%2Cc%25"; !strings.HasPrefix(got, want) {
		t.Errorf("got %.200q", got)
	}
	if strings.Count(got, "\n") != 1 || strings.Contains(got, "\r") || strings.Contains(got, "\x1b") || !strings.Contains(got, "::100 %25%0A::warning::owned") || len(got) > maxNote+200 || !strings.HasSuffix(got, "é…\n") {
		t.Errorf("got %.300q", got)
	}
}

// The runner obeys a line that begins with two colons, so no stranger's may.
func TestGuardedStream(t *testing.T) {
	for text, want := range map[string]string{
		"::add-mask::x\n": ": :add-mask::x\n", " \t::error::x": " \t: :error::x", "a\n\u2003::error::x": "a\n\u2003: :error::x", "a::b\n:c\n": "a::b\n:c\n",
		"x\r::stop-commands::y": "x\r: :stop-commands::y", ":\n:": ":\n:", ":::": ": ::", "": "", "é::": "é: :", "{\"a\": \"::\"}": "{\"a\": \"::\"}",
	} {
		for size := 1; size <= max(len(text), 1); size++ {
			var out bytes.Buffer
			n, err := io.CopyBuffer(struct{ io.Writer }{&guarded{w: &out}}, struct{ io.Reader }{strings.NewReader(text)}, make([]byte, size))
			if out.String() != want || err != nil || int(n) != len(text) {
				t.Errorf("%q in pieces of %d is %q, %d, %v", text, size, out.String(), n, err)
			}
		}
	}
}

func TestSummaryIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summary")
	line := strings.Repeat("x", 99) + "\n"
	for range 12 { // 1.2 MB
		_ = appendSummary(path, strings.Repeat(line, 1000)) // the last ones are refused
	}
	text, err := os.ReadFile(path)
	if err != nil || len(text) > maxSummary || len(text) < maxSummary-1000 || !strings.HasSuffix(string(text), line+cutSummary) {
		t.Errorf("%v, %d bytes, ends %q", err, len(text), text[max(len(text)-200, 0):])
	}
	if err := appendSummary(path, strings.Repeat("y", 200)); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("a full summary: %v", err)
	}
	w, commands, _ := inWorkflow(t, "")
	w.summary = t.TempDir() // cannot be written
	w.summarize("x")
	if got := commands.String(); !strings.HasPrefix(got, "::warning ") || !strings.Contains(got, "is not a file") {
		t.Errorf("an unwritable summary: %q", got)
	}
}

func TestNothingIsSaidOutsideOfAWorkflow(t *testing.T) {
	w := newWorkflow(func(string) string { return "" }, nil)
	w.annotate(note{})
	w.summarize("x")
	w.failed("pitwall", "x")
	w.operated(operationOut{})
	w.checked(checklist.Report{})
	w.linted(".", nil)
	if w != nil || w.place("a", "b") != filepath.Join("a", "b") {
		t.Error("there is a workflow")
	}
}

const hostile = "x|y <img src=x> [l](http://e) `c` @me $a$\n# h\x1b]0;owned\a"

func TestWorkflowTellsOfAChange(t *testing.T) {
	w, commands, summary := inWorkflow(t, "")
	v := operationOut{Title: "Split " + hostile, Effects: []backends.Effect{{What: hostile, Before: "1", After: hostile}}, Consequences: []string{hostile},
		Guards: []operation.Guard{{Rule: "traffic", Verdict: operation.Warn, Text: hostile}, {Rule: "fine", Verdict: operation.Pass, Text: "not told"}},
		Result: "ok", Text: hostile, Intent: "01J", Undo: hostile, Took: 1.5}
	w.operated(v)
	v.Result, v.Error = "failed", hostile
	w.operated(v)
	w.failed("pitwall split", "no\n"+hostile)
	text := summary()
	for _, bad := range []string{"<img", "[l](", "\n# h", "`c`", "@me ", "\x1b", "not told"} {
		if strings.Contains(strings.NewReplacer(`\@`, "", `\[`, "", `\]`, "", `\<`, "", "\\`", "").Replace(text), bad) {
			t.Errorf("the summary has %q:\n%s", bad, text)
		}
	}
	for _, want := range []string{"### ✅ Split", "### ❌ Split", "| what | before | after |\n", "**warn** traffic", "**failed** in 1s: x", "journal: 01J", "undo: "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "### ❌ pitwall split") {
		t.Error("a failure is summarized twice")
	}
	got := commands.String()
	for kind, n := range map[string]int{"::warning ": 2, "::notice ": 1, "::error title=pitwall split::no%0A": 1} {
		if strings.Count("\n"+got, "\n"+kind) != n {
			t.Errorf("not %d %s in\n%s", n, kind, got)
		}
	}
}

func TestWorkflowTellsOfAChecklistAndOfFindings(t *testing.T) {
	root := t.TempDir()
	w, commands, summary := inWorkflow(t, root)
	row := func(id string, s checklist.State, advice bool) checklist.Row {
		return checklist.Row{Item: checklist.Item{ID: id, Title: id, Phase: checklist.Pre, Advice: advice}, State: s, Text: "because " + hostile, Next: "mend it"}
	}
	w.checked(checklist.Report{Subject: checklist.Subject{Deployment: "churn"}, Rows: []checklist.Row{row("good", checklist.Pass, false), row("bad", checklist.Fail, false), row("open", checklist.Unknown, false), row("nice", checklist.Stale, true), row("meh", checklist.Warn, false)}})
	w.linted(filepath.Join(root, "deploy"), []manifests.Finding{{File: "k8s/a.yaml", Line: 7, Text: "no probe", Rule: manifests.Rule{ID: "kubernetes/probe", Severity: manifests.Error, Why: "w", Fix: "f"}}})
	got := "\n" + commands.String()
	for _, want := range []string{"\n::error title=bad::bad is fail: because", "\n::error title=open::", "\n::warning title=nice::", "\n::warning title=meh::", "next: mend it",
		"\n::error file=deploy/k8s/a.yaml,line=7,title=kubernetes/probe::no probe%0Aw%0AFix: f\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in%s", want, got)
		}
	}
	if strings.Contains(got, "title=good") || strings.Contains(got, "\x1b") {
		t.Errorf("says%s", got)
	}
	if text := summary(); !strings.Contains(text, "## Checklist of `churn`") || !strings.Contains(text, "### ❌ pitwall lint: 1 errors") || !strings.Contains(text, `deploy/k8s/a.yaml:7`) {
		t.Errorf("summary\n%s", text)
	}
}

func TestTimeoutSaysThatItIsOver(t *testing.T) {
	a := &app{out: io.Discard, err: io.Discard, env: func(string) string { return "" }, now: time.Now}
	for _, c := range append(a.operationCommands(), append(a.signOffCommands(), a.splitCommand(), a.checklistCommand(), a.registryPromoteCommand())...) {
		if c.Flags().Lookup("timeout") == nil {
			t.Errorf("%s has no --timeout", c.Name())
		}
	}
	hangs, _ := hangingServer(t)
	for _, args := range [][]string{{"split", "m", "A=100", "--yes"}, {"checklist", "m"}, {"attest", "m", "on-call", "--note", "x"}, {"rollback", "m", "--yes", "-o", "json"}} {
		var errs bytes.Buffer
		a := &app{in: strings.NewReader(""), out: io.Discard, err: &errs, now: time.Now, env: func(string) string { return "" }}
		from := time.Now()
		code := a.run(t.Context(), append(args, "--backend", hangs, "--state", t.TempDir(), "--timeout", "300ms"))
		if code != exitFailed || !strings.Contains(errs.String(), "--timeout 300ms is over") || time.Since(from) > 10*time.Second {
			t.Errorf("%v: exit %d after %v: %s", args, code, time.Since(from), errs.String())
		}
	}
	if err := limited(t.Context(), 0, nil); !errors.As(err, new(misuse)) {
		t.Errorf("--timeout 0: %v", err)
	}
}
