package compare

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// stratum adds an interval with a given share of B and numbers of errors.
func (t *Test) stratum(rho, eA, eB float64) {
	const n = 1e6
	t.Add(n*(1-rho), eA, n*rho, eB)
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s = %.12g, want %.12g", what, got, want)
	}
}

// The vectors of reference/traffic.md §5.3.
func TestLogE(t *testing.T) {
	for _, test := range []struct {
		rows [][3]float64
		want float64
	}{
		{[][3]float64{{.5, 10, 10}}, -0.612919243},
		{[][3]float64{{.5, 10, 30}}, 3.449515447},
		{[][3]float64{{.1, 90, 10}}, -0.840354794},
		{[][3]float64{{.1, 90, 25}}, 4.906244287},
		{[][3]float64{{.1, 18, 4}, {.25, 15, 9}, {.5, 12, 22}}, 1.625480765},
		{nil, 0},
	} {
		var c Test
		for _, r := range test.rows {
			c.stratum(r[0], r[1], r[2])
		}
		near(t, "log E", c.Result().LogE, test.want, 5e-10)
	}
}

func TestRatio(t *testing.T) {
	var c Test
	c.stratum(.5, 100, 300)
	v := c.Result()
	near(t, "ratio", v.Ratio, 3, 0.01)
	if !(v.Low > 2 && v.Low < 3 && v.High > 3 && v.High < 5) {
		t.Errorf("confidence sequence %v to %v", v.Low, v.High)
	}
}

func TestVerdicts(t *testing.T) {
	many := func(n int, add func(c *Test, i int)) func(*Test) {
		return func(c *Test) {
			for i := range n {
				add(c, i)
			}
		}
	}
	tests := map[string]struct {
		fill func(*Test)
		kind Kind
		text string
	}{
		"nothing":   {func(*Test) {}, Collecting, "at least 500 more"},
		"little":    {func(c *Test) { c.Add(1000, 1, 100, 0) }, Collecting, "at least 400 more"},
		"alike":     {many(20, func(c *Test, _ int) { c.Add(900, 9, 100, 1) }), NoHarm, "no evidence of harm: B fails ×1"},
		"no errors": {many(20, func(c *Test, _ int) { c.Add(900, 0, 100, 0) }), NoHarm, "no errors on either side"},
		"worse":     {many(20, func(c *Test, _ int) { c.Add(900, 9, 100, 4) }), Harm, "evidence of harm: B fails ×4"},
		"disaster":  {func(c *Test) { c.Add(100, 0, 40, 40) }, Harm, "evidence of harm"},
		"better":    {many(30, func(c *Test, _ int) { c.Add(500, 25, 500, 5) }), Better, "fewer errors: B fails ×0.2"},
		"bursts": {many(40, func(c *Test, i int) {
			c.Add(900, 9, 100, []float64{0, 0, 0, 20}[i%4])
		}), Suggestive, "bursts"},
		"gap":  {many(23, func(c *Test, i int) { c.Add(max(0, float64(20-i))*900, 0, 0, 0) }), Gap, "data gap"},
		"junk": {func(c *Test) { c.Add(math.NaN(), math.Inf(1), -5, 3) }, Collecting, "500 more"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var c Test
			test.fill(&c)
			if v := c.Result(); v.Kind != test.kind || !strings.Contains(v.Text, test.text) {
				t.Errorf("verdict %+v, want %s %q", v, test.kind, test.text)
			}
		})
	}
}

func TestNotWorse(t *testing.T) {
	var c Test
	for range 200 {
		c.Add(5000, 100, 5000, 100)
	}
	if v := c.Result(); !v.NotWorse || v.High < 1 {
		t.Errorf("after a million requests alike: %+v", v)
	}
}

// A/A while errors drift from 0.5 to 3 % and the slider moves from 5 to 50 %:
// peeking at every interval must give at most 5 % false alarms.
func TestFalseAlarms(t *testing.T) {
	const runs, looks, requests = 400, 60, 500
	r := rand.New(rand.NewPCG(1, 2))
	alarms := 0
	for range runs {
		var c Test
		for look := range looks {
			at := float64(look) / (looks - 1)
			p, share := 0.005+0.025*at, 0.05+0.45*at
			var nA, eA, nB, eB float64
			for range requests {
				fails := 0.0
				if r.Float64() < p {
					fails = 1
				}
				if r.Float64() < share {
					nB, eB = nB+1, eB+fails
				} else {
					nA, eA = nA+1, eA+fails
				}
			}
			c.Add(nA, eA, nB, eB)
		}
		if c.Result().Since > 0 {
			alarms++
		}
	}
	if alarms > runs*5/100 {
		t.Errorf("%d false alarms in %d runs", alarms, runs)
	}
	t.Logf("%d false alarms in %d runs", alarms, runs)
}

// TestOnlyTheCandidateFails is the common incident: one variant fails a fifth
// of its requests, one by one, and the other none. It is no burst.
func TestOnlyTheCandidateFails(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var c Test
	for range 40 {
		errors := 0.0
		for range 120 {
			if random.Float64() < 0.2 {
				errors++
			}
		}
		c.Add(280, 0, 120, errors)
	}
	v := c.Result()
	if v.Kind != Harm || !strings.Contains(v.Text, "only B fails") || v.Phi > 1 {
		t.Errorf("%+v", v)
	}
}
