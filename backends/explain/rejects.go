package explain

import (
	"fmt"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/internal/words"
)

// rejects finds variants that refuse what their clients send. Every replica
// may be well then, and none of its users gets an answer.
func rejects(c *scene) []Evidence {
	var out []Evidence
	for _, s := range c.beside(func(s backends.Signals) float64 { return s.RejectRatio }) {
		if s.value < fleet.RejectWarn {
			continue
		}
		onset := c.firing(s.variant.Name, "HighRejectRatio")
		e := Evidence{Score: 80, State: backends.Warn, Since: onset, Screen: screenDeployment,
			symptom: ofVersion, variant: s.variant.Name, about: "the refusals of " + s.variant.Name,
			Title: fmt.Sprintf("variant %s refuses %s of its requests (4xx): clients and model disagree", s.variant.Name, words.Ratio(s.value))}
		if s.value >= fleet.RejectFail {
			e.State, e.Score = backends.Fail, 90
		}
		e.Title += c.sinceOf(onset, ofVersion, s.variant.Name)
		e.Detail = fmt.Sprintf("%s carries %s %% of the requests with version %s", s.variant.Name, backends.FormatWeight(s.variant.Weight), s.variant.Version)
		alone := !backends.Missing(s.other) && s.other < fleet.RejectWarn
		if !backends.Missing(s.other) {
			e.Detail += fmt.Sprintf("; %s refuses %s", s.otherName, words.Ratio(s.other))
		}
		e.Action, e.Next = c.understood(s.variant, onset, alone)
		out = append(out, e)
	}
	return out
}

// understood takes the users to a version that understands them: away from a
// candidate that alone does not, else back before the version that changed.
func (c *scene) understood(v backends.Variant, onset time.Time, alone bool) (*backends.Change, string) {
	const look = "send one request by hand and read why it is refused"
	if v.Name != backends.Stable && !alone {
		return nil, look + ": the other variant refuses as many, so ask what changed at the clients"
	}
	action, next := c.cure(v, onset)
	if action == nil {
		return nil, look + "; ask what changed at the clients, for no version of " + v.Name + " did just before"
	}
	return action, next + "; " + look
}
