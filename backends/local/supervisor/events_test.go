package supervisor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

func TestEventsSurviveACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	e := openEvents(path, time.Now)
	for range maxEvents + 5 {
		e.Add(backends.Event{Deployment: "m", Kind: "note"})
	}
	e.Add(backends.Event{Deployment: "m", Kind: "note", Text: strings.Repeat("long ", 20<<10)}) // hides nothing after it
	e.Add(backends.Event{Deployment: "w", Kind: "exit", State: backends.Fail, Text: "last"})
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"kind":"torn`); err != nil { // no Close, no newline: killed
		t.Fatal(err)
	}
	_ = f.Close()

	again := openEvents(path, time.Now)
	defer again.Close()
	if all := again.List("", time.Time{}); len(all) != keepEvents || all[len(all)-1].Text != "last" || all[len(all)-1].State != backends.Fail {
		t.Errorf("%d events, the last %+v", len(all), all[len(all)-1])
	}
	if some := again.List("w", time.Time{}); len(some) != 1 {
		t.Errorf("events of w: %+v", some)
	}
	if later := again.List("", time.Now().Add(time.Hour)); len(later) != 0 {
		t.Errorf("events of the future: %+v", later)
	}
}
