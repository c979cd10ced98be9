package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/internal/words"
)

// Where the figures become evidence, besides the limits of package fleet.
const (
	leakRate     = 1e6 // bytes per second, over growth's minute as the alert's
	surgeFactor  = 1.8 // requests/s against the median of before
	staleSignals = time.Minute
	ramp         = 7 // points of Spark that the window of a rate takes to fill
)

// share is a value of one variant beside the best other variant.
type share struct {
	variant      backends.Variant
	value, other float64 // other is NaN when there is none to compare with
	otherName    string
}

// beside lists a signal of each variant beside the lowest of the other ones.
func (c *scene) beside(value func(backends.Signals) float64) []share {
	var out []share
	for _, v := range c.Deployment.Variants {
		s := share{variant: v, value: value(c.of(v.Name)), other: math.NaN()}
		for _, o := range c.Deployment.Variants {
			its := value(c.of(o.Name))
			if o.Name != v.Name && !backends.Missing(its) && !(its >= s.other) {
				s.other, s.otherName = its, o.Name
			}
		}
		if !backends.Missing(s.value) {
			out = append(out, s)
		}
	}
	return out
}

// failures finds variants that fail requests.
func failures(c *scene) []Evidence {
	all := c.beside(func(s backends.Signals) float64 { return s.ErrorRatio })
	bad := slices.DeleteFunc(all, func(s share) bool {
		worse := s.value >= 0.01 && s.value >= 3*s.other
		return s.value < fleet.ErrorWarn && !worse
	})
	return c.compared(bad, judged{what: "errors", alert: "HighErrorRatio", write: words.Ratio, fail: fleet.ErrorFail, score: 84,
		shared: "look at what the variants share: the incoming data, a dependency, the front door"})
}

// latencies finds variants that answer slowly.
func latencies(c *scene) []Evidence {
	all := c.beside(func(s backends.Signals) float64 { return s.P95 })
	bad := slices.DeleteFunc(all, func(s share) bool {
		worse := s.value >= 1.5*s.other && s.value-s.other >= 0.05
		return s.value < fleet.P95Warn && !worse
	})
	return c.compared(bad, judged{what: "p95", alert: "HighLatency", write: words.Millis, fail: fleet.P95Fail, score: 76,
		shared: "look at what the variants share: the load, the machine, a dependency"})
}

// judged is how a signal that is bad is put into words.
type judged struct {
	what, alert string
	write       func(float64) string
	fail        float64 // value from which users are hurt
	score       float64
	shared      string // what to do when every variant is bad alike
}

// compared gives evidence for each bad variant, or one for all of them when
// none stands out.
func (c *scene) compared(bad []share, j judged) []Evidence {
	var out []Evidence
	alike := len(bad) > 1 && !slices.ContainsFunc(bad, func(s share) bool { return s.value >= 3*s.other })
	for _, s := range bad {
		onset := c.firing(s.variant.Name, j.alert) // a backend does not know since when a signal is bad
		e := Evidence{Score: j.score, State: backends.Warn, Since: onset, Screen: screenDeployment,
			variant: s.variant.Name, about: j.what + " of " + s.variant.Name}
		e.Title = fmt.Sprintf("%s of %s %s", j.what, s.variant.Name, j.write(s.value))
		if s.value >= j.fail {
			e.State, e.Score = backends.Fail, e.Score+8
		}
		if alike {
			e.Title = fmt.Sprintf("%s of every variant is high: %s", j.what, j.each(bad))
			e.variant, e.about = "", j.what+" of every variant"
			e.Detail = strings.TrimSpace(c.since(onset, ""))
			e.Next = j.shared
			return []Evidence{e}
		}
		if !backends.Missing(s.other) {
			e.Title += fmt.Sprintf(" vs %s %s", s.otherName, j.write(s.other))
		}
		e.Title += c.since(onset, s.variant.Name)
		e.Detail = fmt.Sprintf("%s carries %s %% of the requests with version %s", s.variant.Name, backends.FormatWeight(s.variant.Weight), s.variant.Version)
		e.Action, e.Next = c.cure(s.variant, onset)
		out = append(out, e)
	}
	return out
}

func (j judged) each(all []share) string {
	parts := make([]string, len(all))
	for i, s := range all {
		parts[i] = s.variant.Name + " " + j.write(s.value)
	}
	return strings.Join(parts, ", ")
}

// surge finds a jump of the request rate that lasts until now.
func surge(c *scene) []Evidence {
	var known []float64
	for _, v := range c.Spark {
		if !backends.Missing(v) {
			known = append(known, v)
		}
	}
	if len(c.Spark) > 0 && backends.Missing(c.Spark[0]) {
		known = known[min(ramp, len(known)):] // it began meanwhile: its first rates are too low
	}
	const recent = 3 // points that may belong to the jump already
	now := c.of("").RPS
	if len(known) < 3*recent || backends.Missing(now) {
		return nil
	}
	before := median(known[:len(known)-recent])
	if now < 5 || now < surgeFactor*before {
		return nil
	}
	return []Evidence{{Score: 55, State: backends.Warn, Screen: screenDeployment, symptom: ofTheOutside,
		Title:  fmt.Sprintf("the traffic rose from %.0f to %.0f requests/s", before, now),
		Detail: c.perReplica(), Next: "add replicas to the variant that is slowest; look for a client that retries"}}
}

func median(values []float64) float64 { return slices.Sorted(slices.Values(values))[len(values)/2] }

func (c *scene) perReplica() string {
	var parts []string
	for _, v := range c.Deployment.Variants {
		if s := c.of(v.Name); !backends.Missing(s.RPS) && v.Ready > 0 {
			parts = append(parts, fmt.Sprintf("%s %.0f for each of %s", v.Name, s.RPS/float64(v.Ready), words.Count(v.Ready, "replica")))
		}
	}
	return strings.Join(parts, ", ")
}

// sight finds what cannot be seen: that is evidence too.
func sight(c *scene) []Evidence {
	e := Evidence{Score: 50, State: backends.Unknown, Screen: screenDeployment, symptom: ofTheOutside,
		Next: "check the source of the signals; until it is back only the backend's own view counts"}
	newest := time.Time{}
	for _, s := range c.Signals {
		if s.At.After(newest) {
			newest = s.At
		}
	}
	var out []Evidence
	switch old := c.Now.Sub(newest); {
	case c.SignalsErr != nil:
		e.Title = "cannot see signals: " + c.SignalsErr.Error()
		out = append(out, e)
	case newest.IsZero():
		e.Title = "cannot see signals: there are none of this deployment"
		out = append(out, e)
	case old > staleSignals:
		e.Title, e.Since = "cannot see signals: the last are "+words.Age(old)+" old", newest
		out = append(out, e)
	}
	if old := c.Now.Sub(c.ListedAt); !c.ListedAt.IsZero() && old > staleSignals && c.BackendErr == nil {
		out = append(out, Evidence{Score: 51, State: backends.Unknown, Since: c.ListedAt, Screen: screenDeployment,
			Title: "cannot see the deployment: it was last read " + c.ago(c.ListedAt), Next: "check the connection to the backend"})
	}
	return out
}
