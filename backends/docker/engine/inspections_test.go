package engine

import (
	"testing"
	"time"

	"github.com/docker/go-units"
	"github.com/moby/moby/api/types/container"
)

func row(status string) container.Summary {
	return container.Summary{ID: "1", Names: []string{"/a"}, State: "running", Status: status}
}

func TestARestingContainerIsInspectedOnce(t *testing.T) {
	began := time.Now().Add(-24 * time.Hour)
	var s inspections
	now := began.Add(100 * time.Millisecond)
	s.keep(row("Up Less than a second"), Container{ID: "1", Status: "running"}, s.mark(), now)
	for _, age := range []time.Duration{time.Second, 59 * time.Second, 61 * time.Second, 30 * time.Minute, 61 * time.Minute, 100 * time.Minute, 3 * time.Hour, 20 * time.Hour, 50 * time.Hour} {
		now := began.Add(age)
		s.renewed = now // not for its age
		if _, ok := s.fresh(row("Up "+units.HumanDuration(age)), now); !ok {
			t.Errorf("after %s it is inspected again", age)
		}
	}
}

func TestWhatMakesAnInspectionStale(t *testing.T) {
	now := time.Now()
	for name, tt := range map[string]struct {
		row   container.Summary
		after time.Duration
		event bool
		fresh bool
	}{
		"nothing":              {row: row("Up 2 hours (healthy)"), after: time.Second, fresh: true},
		"time":                 {row: row("Up 3 hours (healthy)"), after: 59 * time.Second, fresh: true},
		"another health":       {row: row("Up 2 hours (unhealthy)"), after: time.Second},
		"exited":               {row: container.Summary{ID: "1", Names: []string{"/a"}, State: "exited", Status: "Exited (1) 1 second ago"}, after: time.Second},
		"restarted in between": {row: row("Up 3 seconds (healthy)"), after: time.Minute - time.Second},
		"renamed":              {row: container.Summary{ID: "1", Names: []string{"/b"}, State: "running", Status: "Up 2 hours (healthy)"}},
		"an event":             {row: row("Up 2 hours (healthy)"), event: true},
		"old, one is renewed":  {row: row("Up 2 hours (healthy)"), after: 2 * time.Minute},
		"of another container": {row: container.Summary{ID: "2"}},
	} {
		var s inspections
		s.keep(row("Up 2 hours (healthy)"), Container{ID: "1", Status: "running", Health: Health{Status: "healthy"}}, s.mark(), now)
		if tt.event {
			s.changed("1")
		}
		if _, ok := s.fresh(tt.row, now.Add(tt.after)); ok != tt.fresh {
			t.Errorf("%s: fresh is %t", name, ok)
		}
	}
}

func TestAnEventDuringTheInspectionMakesItStale(t *testing.T) {
	var s inspections
	began := s.mark()
	s.changed("1")
	s.keep(row("Up 2 hours"), Container{ID: "1"}, began, time.Now())
	if _, ok := s.fresh(row("Up 2 hours"), time.Now()); ok {
		t.Error("the inspection may be older than the event")
	}
}

func TestDurationsOfTheEngine(t *testing.T) {
	for _, d := range []time.Duration{0, 1500 * time.Millisecond, 59 * time.Second, 61 * time.Second, 59 * time.Minute, 89 * time.Minute, 91 * time.Minute, 47 * time.Hour, 13*24*time.Hour + 23*time.Hour, 50 * 24 * time.Hour, 700 * 24 * time.Hour, 800 * 24 * time.Hour} {
		text := units.HumanDuration(d)
		least, most, ok := spans(text)
		if !ok || d < least || d > most {
			t.Errorf("%s is %q, read as %s to %s (%t)", d, text, least, most, ok)
		}
	}
	for _, text := range []string{"", "x", "3", "3 apples", "many seconds"} {
		if _, _, ok := spans(text); ok {
			t.Errorf("%q is taken for a duration", text)
		}
	}
}
