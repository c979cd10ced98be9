package checklist

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

// looker is a walk whose probe model.run finds what it is told to.
func looker(m *memory, about Subject, f *Finding, now *time.Time) *Walk {
	w := walkOf("ana", m, &pen{})
	w.subject, w.now = about, func() time.Time { return *now }
	w.probes = func() map[string]Probe {
		return map[string]Probe{"model.run": func(context.Context) Finding { return *f }, "environment": func(context.Context) Finding { return *f }}
	}
	return w
}

func (w *Walk) row(t *testing.T, id string) Row {
	t.Helper()
	for _, row := range w.Report().Rows {
		if row.Item.ID == id {
			return row
		}
	}
	t.Fatalf("no item %s", id)
	return Row{}
}

// TestASignatureDoesNotWinOverAFailureThatCannotBeSeenNow: the registry is away,
// which is no reason to believe what it said before.
func TestASignatureDoesNotWinOverAFailureThatCannotBeSeenNow(t *testing.T) {
	low := Finding{State: Fail, Text: "accuracy is 0.5, below 0.9", Next: "measure it"}
	away := Finding{State: Unknown, Text: "connection refused", Next: "start the registry"}
	stable, other := running, before
	stable.Variant = "A"
	other.Variant = running.Variant
	for name, test := range map[string]struct {
		first, second Subject
		wait          time.Duration
		found         []Finding // after the failure
		shared        bool
		want          State
	}{
		"unreachable":              {running, running, time.Minute, []Finding{away}, true, Stale},
		"twice":                    {running, running, time.Minute, []Finding{away, away}, true, Stale},
		"for days":                 {running, running, 100 * time.Hour, []Finding{away}, true, Stale},
		"read-only, one walk":      {running, running, time.Minute, []Finding{away}, false, Stale},
		"not looked at since":      {running, running, 100 * time.Hour, nil, true, Stale},
		"the same version as A":    {running, stable, time.Minute, []Finding{away}, true, Stale},
		"seen to be well, then no": {running, running, time.Minute, []Finding{{State: Pass, Text: "ok"}, away}, true, Attested},
		"another version":          {other, running, time.Minute, []Finding{away}, true, Attested},
	} {
		t.Run(name, func(t *testing.T) {
			m, now, f := &memory{}, noon, low
			first := looker(m, test.first, &f, &now)
			if !test.shared {
				first.merger = nil
			}
			item, _ := first.List().Item("model-validated")
			look := func(w *Walk) {
				if err := w.Look(t.Context(), []Item{item}, nil); err != nil {
					t.Fatal(err)
				}
			}
			look(first)
			now = now.Add(test.wait)
			second := looker(m, test.second, &f, &now)
			if !test.shared {
				second = first
			}
			if err := second.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, f = range test.found {
				look(second)
				now = now.Add(time.Second)
			}
			s := SignOff{ID: "1", Item: item.ID, Verdict: Attest, By: "ana", Note: "sound", At: now, Expires: now.Add(time.Hour), Subject: test.second}
			second.add(Record{SignOffs: []SignOff{s}})
			row := second.row(t, item.ID)
			if row.State != test.want {
				t.Fatalf("%s: %s, want %s", row.State, row.Text, test.want)
			}
			if test.want == Stale && (!strings.Contains(row.Text, low.Text) || row.Next == "" || second.Report(Pre).Passes()) {
				t.Errorf("text %q, next %q: the failure and what to do have to be told", row.Text, row.Next)
			}
		})
	}
}

// TestWhatWasSeenOutlivesUnknown in a record, in whatever order people merge.
func TestWhatWasSeenOutlivesUnknown(t *testing.T) {
	at := func(s State, minute int) Evidence {
		e := found("p", s)
		e.At = noon.Add(time.Duration(minute) * time.Minute)
		return e
	}
	all := []Evidence{at(Pass, 1), at(Fail, 2), at(Unknown, 3), at(Unknown, 4)}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}} {
		var r Record
		for _, i := range order {
			r = Merge(r, Record{Evidence: []Evidence{all[i]}})
		}
		if !slices.Equal(r.Evidence, []Evidence{all[3], all[1]}) {
			t.Errorf("order %v leaves %+v", order, r.Evidence)
		}
	}
}

// TestASignatureGoesWithTheVersion from the candidate to the stable variant,
// unless the item is about the variant's place.
func TestASignatureGoesWithTheVersion(t *testing.T) {
	stable, newer := running, running
	stable.Variant = "A"
	newer.Version = "1.3.0"
	pass := Finding{State: Pass, Text: "ok"}
	now, m := noon, &memory{}
	b := looker(m, running, &pass, &now)
	for _, id := range []string{"model-validated", "environment", "secrets"} {
		if _, err := b.Sign(t.Context(), SignOff{Item: id, Verdict: Attest, Note: "sound"}); err != nil {
			t.Fatal(err)
		}
	}
	a := looker(m, stable, &pass, &now)
	if err := a.Look(t.Context(), a.List().Of(Pre), nil); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]State{"model-validated": Attested, "environment": Unknown, "secrets": Attested} {
		if row := a.row(t, id); row.State != want {
			t.Errorf("%s: %s: %s, want %s", id, row.State, row.Text, want)
		}
	}
	now = now.Add(time.Minute)
	next := looker(m, newer, &pass, &now) // B has the next version, and its own signature
	if _, err := next.Sign(t.Context(), SignOff{Item: "model-validated", Verdict: Attest, Note: "sound too"}); err != nil {
		t.Fatal(err)
	}
	if err := a.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if row := a.row(t, "model-validated"); row.State != Attested || row.Sign.Note != "sound" {
		t.Errorf("%s: %s: the signature of another version took its place", row.State, row.Text)
	}
	list := a.Standing("model-validated")
	if len(list) != 1 || list[0].Note != "sound" {
		t.Errorf("A could revoke %+v", list)
	}
}
