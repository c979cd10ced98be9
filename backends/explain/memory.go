package explain

import (
	"fmt"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
)

// settling is how long new replicas raise the memory of a variant without
// leaking: the time over which its growth is measured, and their start.
const settling = 90 * time.Second

// memory finds variants that leak.
func memory(c *scene) []Evidence {
	var out []Evidence
	for _, v := range c.Deployment.Variants {
		since := c.firing(v.Name, "MemoryGrowth")
		rate, known := c.Growth[v.Name]
		known = known && !backends.Missing(rate)
		grows := known && rate >= leakRate
		if since.IsZero() && (!grows || c.renewed(v.Name)) {
			continue
		}
		e := Evidence{Score: 66, State: backends.Warn, Since: since, Screen: screenDeployment,
			symptom: ofLoad, variant: v.Name, about: "the growth of the memory of " + v.Name,
			Title: "memory of " + v.Name + " grows",
			Next:  "restart " + v.Name + " to win time; if it began with a version, roll that back"}
		if grows {
			e.Title += fmt.Sprintf(" by %.1f MiB a second", rate/(1<<20))
		}
		if known && !grows { // the alert looks back further than this
			e.Score, e.Title, e.Next = 40, "memory of "+v.Name+" has stopped growing; it grew", "watch whether it begins again; a restart gives the memory back"
		}
		e.Title += c.sinceOf(since, ofLoad, v.Name)
		if now := c.of(v.Name).Memory; !backends.Missing(now) {
			e.Detail = size(now) + " now in " + words.Count(max(v.Ready, 1), "replica")
		}
		e.Action = &backends.Change{Op: backends.OpRestart, Deployment: c.Deployment.Name, Variant: v.Name}
		out = append(out, e)
	}
	return out
}

// renewed reports whether a variant got replicas a moment ago.
func (c *scene) renewed(variant string) bool {
	for _, e := range c.events {
		if e.Variant == variant && (e.Kind == "start" || e.Kind == "ready") && c.Now.Sub(e.At) <= settling {
			return true
		}
	}
	return false
}
