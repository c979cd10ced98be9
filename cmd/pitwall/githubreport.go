package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"pitwall/backends/journal"
	"pitwall/backends/manifests"
	"pitwall/backends/operation"
	"pitwall/checklist"
	"pitwall/ui/draw"
)

// failed tells of a command that failed.
func (w *workflow) failed(command, text string) {
	if w == nil {
		return
	}
	w.annotate(note{level: levelError, title: command, text: text})
	if !w.wrote {
		var b strings.Builder
		fmt.Fprintf(&b, "### ❌ %s\n\n", markdown(command))
		for _, line := range draw.SanitizeLines(text, maxLines) {
			fmt.Fprintf(&b, "- %s\n", markdown(line))
		}
		w.summarize(b.String() + "\n")
	}
}

// operated tells of a change, or of its plan when it was a dry run.
func (w *workflow) operated(v operationOut) {
	if w == nil {
		return
	}
	for _, g := range v.Guards {
		if g.Verdict != operation.Pass && g.Verdict != operation.Deny { // what denies is in the error
			w.annotate(note{level: levelWarning, title: v.Title, text: g.Rule + ": " + g.Text})
		}
	}
	if v.Result == journal.ResultOK && v.Error == "" {
		w.annotate(note{level: levelNotice, title: v.Title, text: cmp.Or(v.Text, v.Result)})
	}
	w.summarize(operationMarkdown(v))
}

func operationMarkdown(v operationOut) string {
	var b strings.Builder
	switch {
	case v.DryRun:
		fmt.Fprintf(&b, "### 📝 Dry run: %s\n\n", markdown(v.Title))
	case v.Error != "" || v.Result != journal.ResultOK:
		fmt.Fprintf(&b, "### ❌ %s\n\n", markdown(v.Title))
	default:
		fmt.Fprintf(&b, "### ✅ %s\n\n", markdown(v.Title))
	}
	if len(v.Effects) > 0 {
		b.WriteString("| what | before | after |\n|---|---|---|\n")
		for _, e := range v.Effects {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", markdown(e.What), markdown(e.Before), markdown(e.After))
		}
		b.WriteByte('\n')
	}
	for _, text := range v.Consequences {
		fmt.Fprintf(&b, "- %s\n", markdown(text))
	}
	for _, g := range v.Guards {
		if g.Verdict != operation.Pass {
			fmt.Fprintf(&b, "- **%s** %s: %s\n", g.Verdict, markdown(g.Rule), markdown(g.Text))
		}
	}
	if v.Result != "" {
		fmt.Fprintf(&b, "- **%s** in %s: %s\n", v.Result, draw.Duration(time.Duration(float64(v.Took)*float64(time.Second))), markdown(v.Text))
	}
	if v.Error != "" {
		fmt.Fprintf(&b, "- **error**: %s\n", markdown(v.Error))
	}
	if v.Undo != "" && !v.DryRun {
		fmt.Fprintf(&b, "- undo: %s\n", markdown(v.Undo))
	}
	if v.Intent != "" {
		fmt.Fprintf(&b, "- journal: %s\n", markdown(v.Intent))
	}
	return b.String() + "\n"
}

// checked tells of a checklist: what holds the gate up, and what else is not well.
func (w *workflow) checked(r checklist.Report) {
	if w == nil {
		return
	}
	for _, row := range r.Rows {
		n := note{level: levelWarning, title: row.Item.Title, text: strings.Join(rowTexts(row), "\n")}
		switch {
		case !row.Item.Advice && !row.State.Holds():
			n.level = levelError
		case row.State.Holds() && row.State != checklist.Warn:
			continue
		}
		n.text = row.Item.ID + " is " + row.State.String() + ": " + n.text
		w.annotate(n)
	}
	var b strings.Builder
	_ = r.Markdown(&b) // a Builder takes everything
	w.summarize(b.String() + "\n")
}

// levels are how severities of lint stand out.
var levels = map[manifests.Severity]level{manifests.Error: levelError, manifests.Warning: levelWarning, manifests.Note: levelNotice}

// linted tells of findings, each beside its line.
func (w *workflow) linted(dir string, list []manifests.Finding) {
	if w == nil {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s pitwall lint: %s\n\n", map[bool]string{true: "✅", false: "❌"}[!broken(list)], findingsCount(list))
	if len(list) > 0 {
		b.WriteString("| | where | what | fix |\n|---|---|---|---|\n")
	}
	for _, f := range list {
		place := w.place(dir, f.File)
		w.annotate(note{levels[f.Severity], f.ID, place, f.Line, f.Text + "\n" + f.Why + "\nFix: " + f.Fix})
		fmt.Fprintf(&b, "| %s | %s:%d | %s | %s |\n", f.Severity, markdown(place), f.Line, markdown(f.Text), markdown(f.Fix))
	}
	w.summarize(b.String() + "\n")
}
