package docker

import (
	"context"
	"time"

	"pitwall/backends/docker/engine"
)

// pause is what was found out about a container that stands still.
type pause struct {
	at    time.Time // when somebody paused it, zero while nobody knows
	first time.Time // when that was asked for first
}

// learnPauses finds out since when containers stand still. An inspection does
// not tell; the engine's events do for as long as it remembers them, and may
// come a moment after the listing.
func (b *Backend) learnPauses(ctx context.Context, containers []engine.Container) {
	now := b.now()
	pauses := make(map[string]pause)
	ask := false
	for _, c := range containers {
		if c.Status != "paused" {
			continue
		}
		p, known := b.pauses[c.ID]
		if !known {
			p.first = now
		}
		ask = ask || p.at.IsZero() && now.Sub(p.first) <= eventLag
		pauses[c.ID] = p
	}
	b.pauses = pauses
	if !ask {
		return
	}
	past, err := b.engine.PastEvents(ctx, now.Add(-endsBack), time.Time{})
	if err != nil {
		return // a listing is worth more than that
	}
	for _, e := range past {
		if p, is := pauses[e.ID]; is && e.Action == "pause" {
			p.at = e.At
			pauses[e.ID] = p
		}
	}
}
