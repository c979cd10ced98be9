package fleet

import (
	"testing"

	data "pitwall/backends/fleet"
	"pitwall/views/viewtest"
)

func TestGolden(t *testing.T) {
	many := viewtest.Many(200)
	one := viewtest.Fleet()
	one.Rows = one.Rows[:1]
	for name, snapshot := range map[string]*data.Snapshot{
		"trouble": viewtest.Fleet(), "mean": viewtest.MeanOnly(), "one": one, "many": many, "hostile": viewtest.Hostile(), "dead": viewtest.Dead(),
		"nostack": viewtest.NoStack(), "connecting": viewtest.Connecting(),
	} {
		t.Run(name, func(t *testing.T) {
			viewtest.Golden(t, New(viewtest.Deps(snapshot)), snapshot)
		})
	}
}
