package stack

import (
	"fmt"
	"testing"
	"time"

	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/world"
)

// TestMissing: what is wanted and down is started again, and no kept revision.
func TestMissing(t *testing.T) {
	began := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	member := func(name, image, status string, age int) world.Member {
		return world.Member{Variant: "A", Container: engine.Container{Name: name, ImageID: "sha256:" + image, Status: status,
			FinishedAt: began.Add(-time.Duration(age) * time.Hour)}}
	}
	entry := func(replicas int, fresh ...string) ledger.Entry {
		e := ledger.Entry{Conf: desired.Deployment{Variants: []desired.Variant{{Name: "A", Revision: 2, Replicas: replicas}},
			Revisions: []desired.Revision{{Number: 1, Variant: "A", Model: desired.Model{SHA256: "old"}}, {Number: 2, Variant: "A", Model: desired.Model{SHA256: "now"}}}}}
		if fresh != nil {
			e.Work = &ledger.Work{Fresh: fresh}
		}
		return e
	}
	d := world.Deployment{Variants: []world.Variant{{Name: "A", Members: []world.Member{member("a-1", "now", "running", 1)},
		Kept: []world.Member{member("a-0", "old", "exited", 9), member("a-3", "now", "exited", 3), member("a-2", "now", "exited", 2)}}}}
	for _, test := range []struct {
		entry ledger.Entry
		want  string
	}{
		{entry(1), "[]"},
		{entry(2), "[a-2]"},
		{entry(5), "[a-2 a-3]"},
		{entry(1, "a-3"), "[a-3]"},
		{entry(1, "a-0"), "[a-0]"},
		{ledger.Entry{}, "[]"},
	} {
		var names []string
		for _, m := range missing(d, test.entry) {
			names = append(names, m.Container.Name)
		}
		if got := fmt.Sprint(names); got != test.want {
			t.Errorf("of %+v and %+v: %s, want %s", test.entry.Conf.Variants, test.entry.Work, got, test.want)
		}
	}
}
