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
	wrote := func(op backends.Op, minutes int, broken bool) note {
		return note{Op: op, By: "ann", At: ago(time.Duration(minutes) * time.Minute), Broken: broken}
	}
	for name, test := range map[string]struct {
		sets []kept // newest first
		want []string
	}{
		"a good release": {[]kept{{10 * time.Minute, note{}, 2}, {48 * time.Hour, note{}, 0}},
			[]string{"10m0s false ", "47h50m0s true "}},
		"the newest crashes": {[]kept{{2 * time.Hour, note{}, 0}, {48 * time.Hour, note{}, 0}},
			[]string{"0s false no replica of it is ready", "46h0m0s true "}},
		"taken back to an older template": {[]kept{{48 * time.Hour, wrote(backends.OpRollback, 5, false), 2}, {2 * time.Hour, note{}, 0}},
			[]string{"48h0m0s true ", "1h55m0s false ann took it back"}},
		"by somebody without pitwall": {[]kept{{48 * time.Hour, note{}, 2}, {2 * time.Hour, note{}, 0}},
			[]string{"48h0m0s true ", "0s false "}},
		"replaced while it did not get ready": {[]kept{{time.Minute, wrote(backends.OpDeploy, 1, true), 2}, {3 * time.Hour, note{}, 0}, {5 * time.Hour, note{}, 0}},
			[]string{"1m0s false ", "2h59m0s false no replica of it was ready when ann replaced it", "2h0m0s true "}},
		"scaled to 0 as it did not get ready": {[]kept{{time.Minute, wrote(backends.OpDeploy, 1, false), 2}, {time.Hour, wrote(backends.OpScale, 2, true), 0}},
			[]string{"1m0s false ", "59m0s false no replica of it was ready when ann scaled it"}},
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
			got := revisions(history, func(r rollout.Revision) *objects.Workload { return sets[r.Name] }, world.Variant{Name: "A"}, now)
			for i, r := range got {
				if text := fmt.Sprint(r.GoodFor, r.Good, r.Doubt); !r.Unrecorded || strings.ReplaceAll(text, " ", "") != strings.ReplaceAll(test.want[i], " ", "") {
					t.Errorf("revision %d is %q, want %q", r.Number, fmt.Sprint(r.GoodFor, " ", r.Good, " ", r.Doubt), test.want[i])
				}
			}
		})
	}
}
