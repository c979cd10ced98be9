package compare

import (
	"fmt"
	"math"
)

// Kind is the verdict in a word.
type Kind string

// The kinds of verdict (reference/traffic.md §5.10). None of them names a winner.
const (
	Collecting Kind = "collecting"               // too few requests to say anything
	NoHarm     Kind = "no evidence of harm"      // which is not evidence of no harm
	Harm       Kind = "evidence of harm"         // the candidate fails more often
	Better     Kind = "evidence of fewer errors" // the candidate fails less often
	Suggestive Kind = "suggestive only"          // the errors come in bursts
	Gap        Kind = "data gap"                 // no requests for several intervals
)

// Verdict is what the counts so far say.
type Verdict struct {
	Kind Kind
	Text string // one sentence with the figures

	LogE   float64 // log of the e-value now; 20 times evidence is log 20 ≈ 3.0
	P      float64 // always-valid p-value: the smallest 1/E so far, at most 1
	Ratio  float64 // how many times as often B fails as A; NaN without errors
	Low    float64 // always-valid 95 % confidence sequence of Ratio; NaN without errors
	High   float64
	Phi    float64 // dispersion, NaN before it means something
	Since  int     // intervals since the evidence first sufficed, this one included; 0 before
	Needed float64 // more requests needed of the rarer variant while collecting

	// NotWorse says that Ratio is below 1.2 with always-valid confidence: the
	// statistical part of a promotion. It is never enough alone.
	NotWorse bool

	RequestsA, ErrorsA, RequestsB, ErrorsB float64
	Intervals                              int // with requests of both variants
}

// Result gives the verdict on everything added so far.
func (t *Test) Result() Verdict {
	nan := math.NaN()
	v := Verdict{LogE: t.logE(), P: min(1, math.Exp(-t.best)), Ratio: nan, Low: nan, High: nan, Phi: t.phi(), Since: t.since,
		RequestsA: t.nA, ErrorsA: t.eA, RequestsB: t.nB, ErrorsB: t.eB, Intervals: t.intervals,
		Needed: max(0, leastRequests-min(t.nA, t.nB))}
	if t.informative > 0 {
		v.Ratio, v.Low, v.High = t.ratio()
		v.NotWorse = v.High < margin
	}
	v.Kind = t.kind(v)
	v.Text = v.text()
	return v
}

func (t *Test) kind(v Verdict) Kind {
	switch {
	case t.quiet >= gapIntervals:
		return Gap
	case t.since > 0 && v.Phi > burstyPhi:
		return Suggestive
	case t.since > 0 && v.Ratio > 1:
		return Harm
	case v.Needed > 0:
		return Collecting
	case t.since > 0:
		return Better
	default:
		return NoHarm
	}
}

func (v Verdict) text() string {
	figures := fmt.Sprintf("B fails ×%.2g, 95 %% between ×%.2g and ×%.2g, n=%.0f", v.Ratio, v.Low, v.High, v.RequestsB)
	if math.IsNaN(v.Ratio) {
		figures = fmt.Sprintf("no errors on either side, n=%.0f", v.RequestsB)
	}
	if v.ErrorsA == 0 && v.ErrorsB > 0 {
		figures = fmt.Sprintf("only B fails, %.0f of %.0f requests, at least ×%.2g", v.ErrorsB, v.RequestsB, v.Low)
	}
	switch v.Kind {
	case Collecting:
		return fmt.Sprintf("collecting: at least %.0f more requests needed", v.Needed)
	case Harm:
		return fmt.Sprintf("evidence of harm: %s, first seen %d intervals ago", figures, v.Since-1)
	case Better:
		return fmt.Sprintf("evidence of fewer errors: %s", figures)
	case Suggestive:
		return fmt.Sprintf("suggestive only: %s, but the errors come in bursts (φ=%.1f)", figures, v.Phi)
	case Gap:
		return "data gap: no requests lately"
	default:
		return "no evidence of harm: " + figures
	}
}
