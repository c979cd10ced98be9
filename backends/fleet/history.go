package fleet

import (
	"math"
	"time"

	"pitwall/backends"
)

// The observed share is taken over observeWindow, of which a reading is kept
// every observeStep.
const (
	observeWindow = time.Minute
	observeStep   = 2 * time.Second
	observeKept   = int(observeWindow/observeStep) + 1
)

// history keeps the front doors' counters of the last minute. Its zero value is
// empty. It costs about 300 bytes a variant.
type history struct {
	times  [observeKept]time.Time // a ring, shared by all tracks
	newest int                    // index into the ring
	round  uint64
	tracks map[track]*growth
}

// track names one counter.
type track struct{ deployment, variant string }

// growth is how many requests a counter has seen since it is known, corrected
// for restarts, in float64 to subtract without care for signs.
type growth struct {
	last   uint64  // the counter itself
	total  float64 // what it grew
	totals [observeKept]float64
	round  uint64 // the last listing that had it
}

// add takes a listing and returns the share of the last minute's requests that
// each variant got, in percent with one decimal, by deployment. A deployment
// without requests, or of which a variant is not counted, is absent.
func (h *history) add(at time.Time, deployments []backends.Deployment) map[string]backends.Split {
	if h.tracks == nil {
		h.tracks = map[track]*growth{}
	}
	h.round++
	if at.Sub(h.times[h.newest]) >= observeStep {
		h.newest = (h.newest + 1) % observeKept
		h.times[h.newest] = at
	}
	oldest := h.oldest(at)
	shares := make(map[string]backends.Split, len(deployments))
	for _, d := range deployments {
		if split := h.share(d, oldest); split != nil {
			shares[d.Name] = split
		}
	}
	for name, g := range h.tracks {
		if g.round != h.round {
			delete(h.tracks, name)
		}
	}
	return shares
}

// oldest is the oldest place of the ring that lies within the window.
func (h *history) oldest(at time.Time) int {
	found := h.newest
	for i := range observeKept {
		slot := (h.newest + observeKept - i) % observeKept
		if h.times[slot].IsZero() || at.Sub(h.times[slot]) > observeWindow {
			break
		}
		found = slot
	}
	return found
}

func (h *history) share(d backends.Deployment, oldest int) backends.Split {
	grown := make([]float64, len(d.Variants))
	sum, counted := 0.0, true
	for i, v := range d.Variants {
		if !v.Counted {
			counted = false
			continue
		}
		g := h.follow(track{d.Name, v.Name}, v.Requests)
		grown[i] = g.total - g.totals[oldest]
		sum += grown[i]
	}
	if !counted || sum == 0 {
		return nil
	}
	split := make(backends.Split, len(d.Variants))
	for i, v := range d.Variants {
		split[v.Name] = percent(grown[i], sum)
	}
	return split
}

// follow moves a counter on. A counter that fell has begun again at zero.
func (h *history) follow(name track, count uint64) *growth {
	g, known := h.tracks[name]
	switch {
	case !known:
		g = &growth{}
		h.tracks[name] = g
	case count >= g.last:
		g.total += float64(count - g.last)
	default:
		g.total += float64(count)
	}
	g.last, g.round = count, h.round
	g.totals[h.newest] = g.total
	return g
}

// percent is the share with one decimal, which is what a minute's requests can tell.
func percent(part, sum float64) float64 { return math.Round(part/sum*1000) / 10 }
