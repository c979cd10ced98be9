package fleet

import (
	"math"
	"time"

	"pitwall/backends"
	data "pitwall/backends/fleet"
)

// The change of p95 is told against the reading of a minute ago: from one
// second to the next it is noise.
const (
	historyStep = 10 * time.Second
	historyFull = time.Minute
)

// history keeps a few readings of p95 by deployment, oldest first.
type history map[string][]reading

type reading struct {
	at  time.Time
	p95 float64
}

func (h history) record(s *data.Snapshot) {
	for i := range s.Rows {
		r := &s.Rows[i]
		name, kept := r.Deployment.Name, h[r.Deployment.Name]
		if n := len(kept); r.SignalsAt.IsZero() || n > 0 && r.SignalsAt.Sub(kept[n-1].at) < historyStep {
			continue
		}
		kept = append(kept, reading{r.SignalsAt, r.Signal("").P95})
		for len(kept) > 1 && r.SignalsAt.Sub(kept[1].at) >= historyFull {
			kept = kept[1:]
		}
		h[name] = kept
	}
	if len(h) > 2*len(s.Rows)+16 {
		h.forget(s)
	}
}

// forget drops deployments that are gone.
func (h history) forget(s *data.Snapshot) {
	for name := range h {
		if _, there := s.Row(name); !there {
			delete(h, name)
		}
	}
}

// change is p95 now less p95 a minute ago, in seconds; NaN without a reading
// that is at least half a minute old.
func (h history) change(r *data.Row) float64 {
	kept := h[r.Deployment.Name]
	now := r.Signal("").P95
	if len(kept) == 0 || backends.Missing(now) || r.SignalsAt.Sub(kept[0].at) < historyFull/2 {
		return math.NaN()
	}
	return now - kept[0].p95
}
