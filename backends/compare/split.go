package compare

import (
	"fmt"
	"math"
	"strings"

	"pitwall/backends"
)

const (
	// concentration of the Dirichlet prior around the configured split.
	concentration = 10_000
	// band is how far a share may be off under assignment by key, in
	// percentage points: few users make many requests, so a p-value over
	// requests would cry wolf (reference/traffic.md §5.7).
	band = 2.0
	// leastForSplit requests are needed before a share is judged.
	leastForSplit = 1000
)

// SplitCheck tells whether the requests went where the front door was told.
type SplitCheck struct {
	LogBF float64        // log Bayes factor against the configured split, valid at any time
	Share backends.Split // observed, percent; nil without requests
	Off   float64        // greatest distance of a share from its weight, percentage points
	Worst string         // the variant that it is the distance of
	OK    bool           // within the band, or too few requests to say
	Text  string
}

// CheckSplit compares counted requests with the configured split ("sample
// ratio mismatch"). With hashed set, users are assigned by key: then only the
// tolerance band judges. Otherwise each request is drawn on its own and the
// Bayes factor judges, at odds of 100 to 1.
func CheckSplit(requests map[string]float64, configured backends.Split, hashed bool) SplitCheck {
	names := configured.Names()
	counts, theta := make([]float64, len(names)), make([]float64, len(names))
	total, astray := 0.0, 0.0
	for name, n := range requests {
		total += clean(n)
		if configured[name] == 0 {
			astray += clean(n)
		}
	}
	for i, name := range names {
		counts[i], theta[i] = clean(requests[name]), configured[name]/100
	}
	c := SplitCheck{OK: true, LogBF: logBayesFactor(counts, theta, concentration)}
	if total == 0 {
		c.Text = "no requests"
		return c
	}
	c.Share = make(backends.Split, len(names))
	for i, name := range names {
		c.Share[name] = 100 * counts[i] / total
		if off := math.Abs(c.Share[name] - configured[name]); off > c.Off-1e-9 {
			// Of two variants that are off alike the candidate is named.
			c.Off, c.Worst = off, name
		}
	}
	if total < leastForSplit {
		c.Text = fmt.Sprintf("collecting: %.0f more requests needed to judge the split", leastForSplit-total)
		return c
	}
	c.OK = c.LogBF < math.Log(100) && astray == 0
	if hashed {
		c.OK = c.Off <= band
	}
	if c.OK {
		c.Text = "the split is as configured"
	} else {
		c.Text = fmt.Sprintf("split not as configured: %s is off by %.1f points (%s, configured %s)", c.Worst, c.Off, observed(c.Share), configured)
	}
	return c
}

func observed(s backends.Split) string {
	parts := make([]string, 0, len(s))
	for _, name := range s.Names() {
		parts = append(parts, fmt.Sprintf("%s=%.1f", name, s[name]))
	}
	return strings.Join(parts, " ")
}

// logBayesFactor is the log of M1/M0 for counts: M1 the Dirichlet-multinomial
// with parameters c·θ, M0 the multinomial with shares θ. Variants without a
// share are left out.
func logBayesFactor(counts, theta []float64, c float64) float64 {
	alphas := make([]float64, len(theta))
	for i, p := range theta {
		alphas[i] = c * p
	}
	return logDirichletMultinomial(counts, alphas) - logMultinomial(counts, theta)
}

// logDirichletMultinomial is the log marginal likelihood of counts under a
// Dirichlet prior, with the multinomial coefficient.
func logDirichletMultinomial(counts, alphas []float64) float64 {
	n, a, out := 0.0, 0.0, 0.0
	for i, k := range counts {
		if alphas[i] > 0 {
			n, a = n+k, a+alphas[i]
			out += lgamma(alphas[i]+k) - lgamma(alphas[i]) - lgamma(k+1)
		}
	}
	return out + lgamma(n+1) + lgamma(a) - lgamma(a+n)
}

// logMultinomial is the log likelihood of counts under fixed shares, with the
// multinomial coefficient.
func logMultinomial(counts, theta []float64) float64 {
	n, out := 0.0, 0.0
	for i, k := range counts {
		if theta[i] > 0 {
			n += k
			out += k*math.Log(theta[i]) - lgamma(k+1)
		}
	}
	return out + lgamma(n+1)
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
