package explain

import (
	"fmt"
	"strings"

	"pitwall/backends"
	"pitwall/backends/fleet"
)

// drifts finds inputs that have moved away from the training data.
func drifts(c *scene) []Evidence {
	var bad, others []backends.Variant
	for _, v := range c.Deployment.Variants {
		if s := c.of(v.Name); driftKnown(s) && s.DriftPSI >= fleet.DriftWarn {
			bad = append(bad, v)
		} else {
			others = append(others, v)
		}
	}
	var out []Evidence
	for _, v := range bad {
		s := c.of(v.Name)
		onset := c.firing(v.Name, "Drift")
		e := Evidence{Score: 35 + 10*min(s.DriftPSI, 1), State: backends.Warn, Since: onset, Screen: screenDeployment,
			symptom: ofTheOutside, variant: v.Name, about: "the drift of " + v.Name}
		alone := len(bad) == 1 && len(others) > 0 && c.calm(others)
		if alone { // then it can be the variant's own baseline
			e.symptom = ofVersion
		}
		e.Title = fmt.Sprintf("%s of %s has moved away from the training data: PSI %.2f%s", feature(s.Feature), v.Name, s.DriftPSI,
			c.sinceOf(onset, e.symptom, v.Name))
		e.Detail = fmt.Sprintf("over %.0f rows; %g is worth a look, %g is much", s.DriftRows, fleet.DriftWarn, fleet.DriftFail)
		if s.DriftPSI >= fleet.DriftFail {
			e.Score, e.State = e.Score+20, backends.Fail // as the list judges it
		}
		upstream := "check where " + feature(s.Feature) + " comes from upstream"
		switch {
		case alone:
			e.Next = "compare the preparation of " + feature(s.Feature) + " and the baseline of " + v.Name + ": " + c.sights(others)
		case len(bad) == 1 && len(others) > 0:
			e.Next = upstream + "; if all requests have moved, the others will show it too: " + c.sights(others)
		default:
			e.Next = upstream + ": the incoming data changed, which no rollback cures"
		}
		out = append(out, e)
	}
	return out
}

// driftKnown reports whether a PSI was read on enough rows.
func driftKnown(s backends.Signals) bool {
	return !backends.Missing(s.DriftPSI) && s.DriftRows >= backends.DriftNeeded
}

// calm reports whether all variants are known to see no drift.
func (c *scene) calm(variants []backends.Variant) bool {
	for _, v := range variants {
		if !driftKnown(c.of(v.Name)) {
			return false
		}
	}
	return true
}

// sights tells what the variants that are not known to drift see.
func (c *scene) sights(variants []backends.Variant) string {
	parts := make([]string, len(variants))
	for i, v := range variants {
		switch s := c.of(v.Name); {
		case driftKnown(s):
			parts[i] = fmt.Sprintf("%s sees no drift (PSI %.2f)", v.Name, s.DriftPSI)
		case s.DriftRows < backends.DriftNeeded:
			parts[i] = fmt.Sprintf("%s has %.0f of %d rows", v.Name, s.DriftRows, backends.DriftNeeded)
		default:
			parts[i] = "the drift of " + v.Name + " is not known"
		}
	}
	return strings.Join(parts, ", ")
}

func feature(name string) string {
	if name == "" {
		return "a feature"
	}
	return name
}
