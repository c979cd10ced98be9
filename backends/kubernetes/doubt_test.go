package kubernetes

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/world"
)

// TestDoubt: what never was healthy is not taken for what served, and a release
// of long ago stays known-good when something went wrong after it.
func TestDoubt(t *testing.T) {
	now := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	type kept struct {
		created time.Duration // ago
		note    note
		ready   int // of 2, the newest only
	}
	wrote := func(op backends.Op, minutes int) note {
		return note{Op: op, By: "ann", At: ago(time.Duration(minutes) * time.Minute)}
	}
	for name, test := range map[string]struct {
		sets   []kept             // newest first
		doubts map[string]doubted // by set, as noted last
		want   []string
	}{
		"a good release": {[]kept{{10 * time.Minute, note{}, 2}, {48 * time.Hour, note{}, 0}}, nil,
			[]string{"10m0s false ", "47h50m0s true "}},
		"the newest crashes": {[]kept{{2 * time.Hour, note{}, 0}, {48 * time.Hour, note{}, 0}}, nil,
			[]string{"0s false no replica of it is ready", "46h0m0s true "}},
		"taken back to an older template": {[]kept{{48 * time.Hour, wrote(backends.OpRollback, 5), 2}, {2 * time.Hour, note{}, 0}}, map[string]doubted{"set-1": {Op: backends.OpRollback, By: "ann"}},
			[]string{"46h5m0s true ", "1h55m0s false ann took it back"}},
		"by somebody without pitwall": {[]kept{{48 * time.Hour, note{}, 2}, {2 * time.Hour, note{}, 0}}, nil,
			[]string{"46h0m0s true ", "0s false "}},
		"replaced while it did not get ready": {[]kept{{time.Minute, wrote(backends.OpDeploy, 1), 2}, {3 * time.Hour, note{}, 0}, {5 * time.Hour, note{}, 0}},
			map[string]doubted{"set-1": {Op: backends.OpDeploy, By: "ann", Broken: true}},
			[]string{"1m0s false ", "0s false no replica of it was ready when ann replaced it", "2h0m0s true "}},
		"the neighbour in the list did not replace it": {[]kept{{time.Hour, wrote(backends.OpRollback, 1), 2}, {2 * time.Hour, wrote(backends.OpRollback, 2), 0}, {48 * time.Hour, note{}, 0}}, nil,
			[]string{"59m0s false ", "1h1m0s true ", "46h0m0s true "}},
	} {
		t.Run(name, func(t *testing.T) {
			history, sets := rollout.History{}, map[string]*objects.Workload{}
			for i, k := range test.sets {
				w := &objects.Workload{Meta: objects.Meta{Name: fmt.Sprint("set-", i), Created: ago(k.created)}, Kind: objects.ReplicaSet}
				if k.note.By != "" {
					w.Annotations = map[string]string{operationNote: k.note.String()}
				}
				if i == 0 {
					w.Desired, w.Ready = 2, k.ready
				}
				sets[w.Name] = w
				history.Revisions = append(history.Revisions, rollout.Revision{Number: int64(9 - i), Name: w.Name, Created: w.Created, Current: i == 0})
			}
			last := note{Op: backends.OpDeploy, By: "ann", Doubts: test.doubts}
			workload := &objects.Workload{Meta: objects.Meta{Annotations: map[string]string{operationNote: last.String()}}}
			got := revisions(history, func(r rollout.Revision) *objects.Workload { return sets[r.Name] }, world.Variant{Name: "A", Workload: workload}, now)
			for i, r := range got {
				if at := test.sets[i].note.At; !at.IsZero() && !r.CreatedAt.Equal(at) {
					t.Errorf("revision %d is of %v, want when it was taken again, %v", r.Number, r.CreatedAt, at)
				}
				if text := fmt.Sprint(r.GoodFor, r.Good, r.Doubt); !r.Unrecorded || strings.ReplaceAll(text, " ", "") != strings.ReplaceAll(test.want[i], " ", "") {
					t.Errorf("revision %d is %q, want %q", r.Number, fmt.Sprint(r.GoodFor, " ", r.Good, " ", r.Doubt), test.want[i])
				}
			}
		})
	}
}

// TestATemplateOfSomebodyElse inherits the note and the change-cause of the last
// change by pitwall, which did not make it.
func TestATemplateOfSomebodyElse(t *testing.T) {
	at := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	n := note{Op: backends.OpDeploy, By: "ann", At: at, Images: map[string]string{"model": "m:2"}}
	for name, test := range map[string]struct {
		created time.Time
		image   string
		cause   string
		want    string // who, and the cause
	}{
		"its own":        {at.Add(time.Second), "m:2", "pitwall: image m:2 by ann", "ann pitwall: image m:2 by ann"},
		"taken again":    {at.Add(-time.Hour), "m:2", "pitwall: rollback by ann", "ann pitwall: rollback by ann"},
		"made later":     {at.Add(time.Hour), "m:2", "pitwall: image m:2 by ann", " "},
		"another image":  {at.Add(time.Second), "m:3", "pitwall: image m:2 by ann", " "},
		"with its cause": {at.Add(time.Hour), "m:3", "kubectl set image", " kubectl set image"},
	} {
		set := &objects.Workload{Meta: objects.Meta{Created: test.created, Annotations: map[string]string{operationNote: n.String(), rollout.CauseAnnotation: test.cause}}}
		set.Template.Containers = []objects.TemplateContainer{{Name: "model", Image: test.image}}
		by, _ := madeBy(set)
		if got := by.By + " " + causeOf(set); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
