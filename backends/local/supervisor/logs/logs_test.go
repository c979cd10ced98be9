package logs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

var start = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

func texts(lines <-chan backends.LogLine) []string {
	var out []string
	for l := range lines {
		out = append(out, l.Replica+" "+l.Text)
	}
	return out
}

// adder adds lines of one replica to a store.
func adder(s *Store, deployment, variant, replica string) func(time.Time, string) {
	return func(at time.Time, text string) {
		s.Add(backends.LogLine{At: at, Deployment: deployment, Variant: variant, Replica: replica, Text: text})
	}
}

func TestStreamMergesAndSelects(t *testing.T) {
	s := New(t.TempDir())
	defer s.Close()
	a, b, w := adder(s, "m", "A", "m-a-1"), adder(s, "m", "B", "m-b-1"), adder(s, "w", "A", "w-a-1")
	for i, add := range []func(time.Time, string){a, b, w, a, b} {
		add(start.Add(time.Duration(i)*time.Second), fmt.Sprint(i))
	}
	for name, test := range map[string]struct {
		query backends.LogQuery
		want  string
	}{
		"all":        {backends.LogQuery{}, "m-a-1 0,m-b-1 1,w-a-1 2,m-a-1 3,m-b-1 4"},
		"deployment": {backends.LogQuery{Deployment: "m"}, "m-a-1 0,m-b-1 1,m-a-1 3,m-b-1 4"},
		"variant":    {backends.LogQuery{Deployment: "m", Variant: "B"}, "m-b-1 1,m-b-1 4"},
		"replica":    {backends.LogQuery{Replica: "w-a-1"}, "w-a-1 2"},
		"since":      {backends.LogQuery{Since: start.Add(3 * time.Second)}, "m-a-1 3,m-b-1 4"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(texts(s.Stream(t.Context(), test.query)), ","); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestMemoryIsBounded(t *testing.T) {
	s := New(t.TempDir())
	defer s.Close()
	add := adder(s, "m", "A", "m-a-1")
	for i := range keepLines + 10 {
		add(start, fmt.Sprint(i))
	}
	got := texts(s.Stream(t.Context(), backends.LogQuery{Since: start}))
	if len(got) != keepLines || got[0] != "m-a-1 10" {
		t.Errorf("%d lines from %q on", len(got), got[0])
	}
	if got := texts(s.Stream(t.Context(), backends.LogQuery{})); len(got) != firstLines {
		t.Errorf("a stream without a start has %d lines", len(got))
	}
	for i := range 2 * keepBooks {
		adder(s, "m", "B", fmt.Sprint("m-b-", i))(start, "x")
	}
	if len(s.books) > keepBooks {
		t.Errorf("%d books", len(s.books))
	}
	add(start, "again") // of a replica that was silent for longest and still runs
	if got := texts(s.Stream(t.Context(), backends.LogQuery{Replica: "m-a-1"})); len(got) != 1 || got[0] != "m-a-1 again" {
		t.Errorf("after a long silence: %q", got)
	}
}

func TestFollow(t *testing.T) {
	s := New(t.TempDir())
	defer s.Close()
	add := adder(s, "m", "A", "m-a-1")
	add(start, "before")
	ctx, cancel := context.WithCancel(t.Context())
	lines := s.Stream(ctx, backends.LogQuery{Follow: true})
	add(start, "after")
	if one, two := <-lines, <-lines; one.Text != "before" || two.Text != "after" {
		t.Errorf("followed %q, %q", one.Text, two.Text)
	}
	for i := range 3 * followQueue { // nobody reads
		add(start, fmt.Sprint(i))
	}
	for range followQueue {
		<-lines
	}
	add(start, "at last")
	seen := ""
	for !strings.Contains(seen, "at last") {
		seen += (<-lines).Text + "\n"
	}
	if !strings.Contains(seen, "lines were skipped") {
		t.Errorf("lines were lost without a word: %.200s", seen)
	}
	cancel()
	for range lines { // it ends
	}
	if len(s.followers) != 0 {
		t.Error("the follower stays")
	}
}

func TestFilesRotate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	s := New(dir)
	add := adder(s, "m", "A", "m-a-1")
	long := strings.Repeat("x", 1<<20)
	for range 10 {
		add(start, long)
	}
	s.Close()
	for _, name := range []string{"m-a-1.log", "m-a-1.log.1"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Size() > rotateAt+2<<20 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
	}
}
