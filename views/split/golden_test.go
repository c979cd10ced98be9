package split

import (
	"testing"

	"pitwall/backends/fleet"
	"pitwall/views/viewtest"
)

func TestGolden(t *testing.T) {
	for name, c := range map[string]struct {
		snapshot   *fleet.Snapshot
		deployment string
	}{
		"trouble":    {viewtest.Fleet(), "model-api"},
		"single":     {viewtest.Fleet(), "wine-api"},
		"gone":       {viewtest.Fleet(), "other"},
		"dead":       {viewtest.Dead(), "model-api"},
		"connecting": {viewtest.Connecting(), "model-api"},
	} {
		t.Run(name, func(t *testing.T) {
			viewtest.Golden(t, New(viewtest.Deps(c.snapshot), c.deployment), c.snapshot)
		})
	}
}
