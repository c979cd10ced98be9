package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// waiting is what a watch says while a deployment comes back: the sources
// answer now and then.
var waiting = []string{
	"there are no signals", "the signals are 12 s old", "there are no signals", "the signals are 14 s old",
	"p95 is not known", "there are no signals", "healthy for 1 s of 1 min", "healthy for 2 s of 1 min",
}

func TestALogTellsEachSentenceOnce(t *testing.T) {
	var out bytes.Buffer
	line := newLiveLine(&out, "recovery", false)
	for _, text := range waiting {
		line.say(time.Now(), text, false)
	}
	line.say(time.Now(), "healthy for 60 s of 1 min", true)
	line.end()
	var said []string
	for row := range strings.Lines(out.String()) {
		said = append(said, strings.TrimSpace(row[len("15:04:05  recovery"):]))
	}
	want := []string{"there are no signals", "the signals are 12 s old", "p95 is not known", "healthy for 1 s of 1 min", "healthy for 60 s of 1 min"}
	if strings.Join(said, "|") != strings.Join(want, "|") {
		t.Errorf("the log says %q, want %q", said, want)
	}
}

func TestATerminalShowsOneLine(t *testing.T) {
	var out bytes.Buffer
	line := newLiveLine(&out, "recovery", false)
	line.width = 40
	for _, text := range append(waiting, "the error ratio is not known; p95 is not known; drift (PSI) is not known") {
		line.say(time.Now(), text, false)
	}
	line.say(time.Now(), "verified", true)
	line.end()
	text := out.String()
	if strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") {
		t.Errorf("more than one line: %q", text)
	}
	writes := strings.Split(strings.TrimSuffix(text, "\n"), "\r")[1:]
	for _, w := range writes {
		if n := len([]rune(w)); n > 39 {
			t.Errorf("%d columns on a terminal of 40: %q", n, w)
		}
	}
	if last := writes[len(writes)-1]; !strings.Contains(last, "verified") || len([]rune(last)) != 39 {
		t.Errorf("the line before is not written over: %q", last)
	}
}
