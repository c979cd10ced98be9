package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"pitwall/ui/draw"
)

// workflow is the run of a GitHub Actions workflow that pitwall is a step of:
// it shows what went wrong beside the change that caused it, and keeps a
// summary. Everywhere else it is nil, and its methods do nothing.
//
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
type workflow struct {
	commands io.Writer // standard error: standard output may be a document
	summary  string    // path, "" for none
	root     string    // directory of the checkout
	wrote    bool      // a summary
}

// newWorkflow is nil outside of GitHub Actions.
func newWorkflow(env func(string) string, commands io.Writer) *workflow {
	if env == nil || env("GITHUB_ACTIONS") != "true" {
		return nil
	}
	return &workflow{commands: commands, summary: env("GITHUB_STEP_SUMMARY"), root: env("GITHUB_WORKSPACE")}
}

// level is how much an annotation stands out.
type level string

const (
	levelError   level = "error"
	levelWarning level = "warning"
	levelNotice  level = "notice"
)

// note is an annotation. Its texts may be foreign.
type note struct {
	level level
	title string
	file  string // relative to the checkout, "" for none
	line  int    // from 1, 0 for none
	text  string
}

// maxNote is the most bytes of an annotation's text; GitHub cuts at 64 KiB.
const maxNote = 16 << 10

// annotate writes a workflow command.
func (w *workflow) annotate(n note) {
	if w == nil {
		return
	}
	var properties []string
	add := func(name, value string) {
		if value != "" {
			properties = append(properties, name+"="+commandProperty.Replace(draw.Sanitize(value)))
		}
	}
	add("file", filepath.ToSlash(n.file))
	if n.line > 0 {
		add("line", strconv.Itoa(n.line))
	}
	add("title", n.title)
	text := block(n.text)
	if len(text) > maxNote {
		text = strings.ToValidUTF8(text[:maxNote], "") + "…"
	}
	fmt.Fprintf(w.commands, "::%s %s::%s\n", n.level, strings.Join(properties, ","), commandData.Replace(text))
}

// The escapes of workflow commands, as the runner takes them back
// (actions/toolkit, packages/core/src/command.ts).
var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// place is a file as annotations name it: relative to the checkout.
func (w *workflow) place(dir, file string) string {
	path := filepath.Join(dir, filepath.FromSlash(file))
	if w == nil || w.root == "" {
		return path
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(w.root, whole); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// maxSummary is the most bytes that GitHub takes of a step's summary: of more
// it shows nothing at all.
const maxSummary = 1 << 20

const cutSummary = "\n\n*Cut here: GitHub takes 1 MiB of a summary.*\n"

// summarize appends Markdown to the step's summary. What goes wrong is told and
// is no failure of the step.
func (w *workflow) summarize(markdown string) {
	if w == nil || w.summary == "" {
		return
	}
	w.wrote = true
	if err := appendSummary(w.summary, markdown); err != nil {
		w.annotate(note{level: levelWarning, title: "pitwall", text: "the summary of this step could not be written: " + err.Error()})
	}
}

func appendSummary(path, markdown string) error {
	room := maxSummary
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !info.Mode().IsRegular(): // opening something else may wait for ever
		return fmt.Errorf("%s is not a file", path)
	default:
		room -= int(min(info.Size(), maxSummary))
	}
	if len(markdown) > room {
		if room -= len(cutSummary); room <= 0 {
			return errors.New("it is full: GitHub takes 1 MiB")
		}
		markdown = wholeLines(markdown[:room]) + cutSummary
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, markdown)
	return errors.Join(err, f.Close())
}

func wholeLines(text string) string { return text[:strings.LastIndexByte(text, '\n')+1] }

// markdownMarks are what Markdown and HTML read in a way of their own. Every
// one of them may be escaped with a backslash (CommonMark 2.4).
const markdownMarks = "\\`*_{}[]<>()#+-!|~$&@:^="

// markdown is foreign text as one line of Markdown that says nothing but the text.
func markdown(text string) string {
	var b strings.Builder
	for _, r := range draw.Sanitize(text) {
		if strings.ContainsRune(markdownMarks, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
