package compare

import "math"

// ErrorInterval is an always-valid 95 % confidence sequence for the failure
// ratio of one variant with errors out of requests (0-1, 0 ≤ errors ≤
// requests): it may be read as often as one likes while the counts grow. best
// is the number of requests at which it is tightest. It is the beta-binomial
// mixture of Howard, Ramdas et al. (confseq; reference/traffic.md §5.5).
func ErrorInterval(errors, requests, best float64) (low, high float64) {
	if requests <= 0 {
		return 0, 1
	}
	out := func(p float64) bool { return logMixture(p, errors, requests, best) > math.Log(1/alpha) }
	p := errors / requests
	return edge(0, p, out), edge(1, p, out)
}

// edge finds where out changes between an end of the range and the estimate,
// by bisection. The end itself is the answer when nothing up to it is out.
func edge(end, inside float64, out func(float64) bool) float64 {
	outside := end + (inside-end)*1e-12 // the formula has no value at 0 and 1
	if outside == inside || !out(outside) {
		return end
	}
	for range 60 {
		if middle := (outside + inside) / 2; out(middle) {
			outside = middle
		} else {
			inside = middle
		}
	}
	return inside
}

// logMixture is the log of the mixture martingale against the ratio p after k
// failures in t trials.
func logMixture(p, k, t, best float64) float64 {
	g, h := p, 1-p
	s, v := k-t*p, p*h*t
	r := mixtureParameter(best*p*h) - g*h
	return logBetaBinomial(s, v, g, h, max(r, 0.001*g*h))
}

// mixtureParameter is the ρ that makes the two-sided bound tightest at the
// intrinsic time v.
func mixtureParameter(v float64) float64 {
	l := 2 * math.Log(1/alpha)
	return v / (l + math.Log(1+l))
}

func logBetaBinomial(s, v, g, h, r float64) float64 {
	return v/(g*h)*math.Log(g+h) -
		(v+h*s)/(h*(g+h))*math.Log(g) - (v-g*s)/(g*(g+h))*math.Log(h) +
		logBeta((r+v-g*s)/(g*(g+h)), (r+v+h*s)/(h*(g+h))) -
		logBeta(r/(g*(g+h)), r/(h*(g+h)))
}

func logBeta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }
