package alerts

import (
	"context"
	"time"

	"pitwall/views"
)

const (
	reach       = 24 * time.Hour // of the timeline
	momentsMost = 500
)

// momentID tells moments apart, and finds one again in the next reading.
func momentID(m *views.Moment) string {
	return m.At.Format(time.RFC3339Nano) + m.Kind + m.Deployment + m.Text
}

// readTimeline reads the newest moments, newest first.
func readTimeline(ctx context.Context, d views.Deps, deployment string, since time.Time) ([]views.Moment, error) {
	moments, err := views.Timeline(ctx, d, deployment, since)
	return moments[:min(len(moments), momentsMost)], err
}
