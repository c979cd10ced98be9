// Package compare tells from counters whether a candidate fails more often
// than the stable variant, at any time and as often as one looks, without the
// false alarms of repeated testing. Formulas, measurements and test vectors are
// in reference/traffic.md §5.
//
// The tests count requests. Users who make many requests, and errors that come
// in bursts, are less evidence than they look: the verdict says so when the
// counts show it, and no operation may start from a verdict alone.
package compare

import "math"

// Constants of the test (reference/traffic.md §5.3).
const (
	alpha     = 0.05 // rejected when E ≥ 1/alpha
	tau       = 0.7  // standard deviation of log λ in the mixture
	points    = 81   // of the mixture's grid over log λ = τ·z
	zMax      = 4.0  // the mixture spans z from -zMax to zMax
	outer     = 60   // grid points beyond each end, for ratios that the mixture does not hold: up to e^7
	size      = points + 2*outer
	burstyPhi = 1.5 // dispersion above which evidence is suggestive only

	leastRequests  = 500 // of each variant, before "no evidence of harm" is said
	leastIntervals = 10  // before the dispersion means something
	gapIntervals   = 3   // without a request of either variant: a data gap
	margin         = 1.2 // ratio below which the candidate counts as not worse
)

// Test compares the failures of two variants interval by interval: the
// stratified rate-ratio e-process of Lindon & Malek (2022). Because every
// interval is conditioned on its own counts, the base rate may drift and the
// split may change meanwhile. The zero value is ready to use. Memory is
// constant. It is not safe for concurrent use.
type Test struct {
	nA, eA, nB, eB float64
	intervals      int // with a request of both variants
	informative    int // with an error too
	quiet          int // intervals without any request, up to now
	since          int // intervals since E first passed 1/alpha, 0 before

	logL [size]float64 // log likelihood ratio of λ at each grid point
	chi2 [size]float64 // Σ (eB - e·p(λ))² / (e·p(λ)·(1-p(λ)))
	best float64       // greatest log E so far
}

// Add counts one interval: requests and errors of the stable variant A and of
// the candidate B, as reset-corrected counter deltas. Leave out intervals that
// straddle a change of the split or a start of replicas. Values that are
// negative or not finite count as 0, and errors never exceed the requests.
func (t *Test) Add(nA, eA, nB, eB float64) {
	nA, nB = clean(nA), clean(nB)
	eA, eB = min(clean(eA), nA), min(clean(eB), nB)
	t.nA, t.eA, t.nB, t.eB = t.nA+nA, t.eA+eA, t.nB+nB, t.eB+eB
	if t.since > 0 {
		t.since++
	}
	if nA+nB == 0 {
		t.quiet++
		return
	}
	t.quiet = 0
	if nA == 0 || nB == 0 {
		return // nothing to compare
	}
	t.intervals++
	if eA+eB == 0 {
		return
	}
	t.informative++
	t.add(nB/(nA+nB), eA, eB)
	if e := t.logE(); e > t.best {
		t.best = e
		if t.since == 0 && e >= math.Log(1/alpha) {
			t.since = 1
		}
	}
}

func clean(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return max(v, 0)
}

// add is one stratum: of eA+eB errors, B has a share rho when both fail alike.
func (t *Test) add(rho, eA, eB float64) {
	e := eA + eB
	for i := range size {
		lambda := math.Exp(logLambda(i))
		p := rho * lambda / (rho*lambda + 1 - rho)
		t.logL[i] += eB*math.Log(p/rho) + eA*math.Log((1-p)/(1-rho))
		d := eB - e*p
		t.chi2[i] += d * d / (e * p * (1 - p))
	}
}

// logLambda is the i-th grid point.
func logLambda(i int) float64 {
	return tau * zMax * (2*float64(i-outer)/(points-1) - 1)
}

// weights of the mixture over its part of the grid: normal in z, summing to 1.
var weights = func() (w [points]float64) {
	sum := 0.0
	for i := range w {
		z := logLambda(outer+i) / tau
		w[i] = math.Exp(-z * z / 2)
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}()

// logE is the log of the e-value now: the mixture of the likelihood ratios.
func (t *Test) logE() float64 {
	top := math.Inf(-1)
	inner := t.logL[outer : outer+points]
	for _, l := range inner {
		top = max(top, l)
	}
	sum := 0.0
	for i, l := range inner {
		sum += weights[i] * math.Exp(l-top)
	}
	return top + math.Log(sum)
}

// ratio is the most likely λ and the confidence sequence {λ : E(λ) < 1/alpha},
// both within the grid, e^±7.
func (t *Test) ratio() (estimate, low, high float64) {
	best := t.likeliest()
	floor := t.logE() - math.Log(1/alpha)
	first, last := best, best
	for first > 0 && t.logL[first-1] > floor {
		first--
	}
	for last < size-1 && t.logL[last+1] > floor {
		last++
	}
	return math.Exp(t.peak(best)), math.Exp(t.crossing(first, first-1, floor)), math.Exp(t.crossing(last, last+1, floor))
}

// peak refines the best grid point by a parabola through its neighbours.
func (t *Test) peak(i int) float64 {
	if i == 0 || i == size-1 {
		return logLambda(i)
	}
	l, m, r := t.logL[i-1], t.logL[i], t.logL[i+1]
	bend := l - 2*m + r
	if bend >= 0 {
		return logLambda(i)
	}
	return logLambda(i) + (l-r)/(2*bend)*(logLambda(1)-logLambda(0))
}

// crossing finds where log L falls to floor between a grid point inside the
// confidence sequence and its neighbour outside.
func (t *Test) crossing(inside, outside int, floor float64) float64 {
	if outside < 0 || outside >= size {
		return logLambda(inside)
	}
	in, out := t.logL[inside], t.logL[outside]
	if !(in > floor) {
		return logLambda(inside)
	}
	return logLambda(inside) + (in-floor)/(in-out)*(logLambda(outside)-logLambda(inside))
}

// phi is the dispersion of the errors around the best λ: about 1 when they
// come one by one, more when they come in bursts; NaN with few intervals.
func (t *Test) phi() float64 {
	if t.informative < leastIntervals {
		return math.NaN()
	}
	return t.chi2[t.likeliest()] / float64(t.informative-1)
}

// likeliest is the grid point of the greatest likelihood.
func (t *Test) likeliest() int {
	best := 0
	for i, l := range t.logL {
		if l > t.logL[best] {
			best = i
		}
	}
	return best
}
