package drift

import (
	"math"
	"math/rand/v2"
	"testing"
)

// reference computes PSI and KS from the raw values by their definitions,
// without the package's bins, counters or windows.
func reference(c Column, rows int, live []float32) (psi, ks float64) {
	shares := make([]float64, len(c.Shares))
	for _, v := range live {
		bin := len(c.Edges) + 1
		if !math.IsNaN(float64(v)) {
			for bin = 0; bin < len(c.Edges) && v > c.Edges[bin]; {
				bin++
			}
		}
		shares[bin] += 1 / float64(len(live))
	}
	cum := 0.0
	for i, q := range shares {
		p := c.Shares[i]
		cum += q - p
		ks = math.Max(ks, math.Abs(cum))
		if p == 0 && q == 0 {
			continue
		}
		p = math.Max(p, math.Max(1e-4, 1/float64(rows+1)))
		q = math.Max(q, 1e-4)
		psi += q*math.Log(q/p) - p*math.Log(q/p)
	}
	return psi, ks
}

func TestScoresAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	base := normal(r, 800, 10, 2)
	few := make([]float32, 800)
	for i := range few {
		few[i] = float32(r.IntN(5))
	}
	withGaps := normal(r, 500, 10, 2)
	for i := range 60 {
		withGaps[i*7] = nan
	}
	for _, c := range []struct {
		name       string
		base, live []float32
		drifts     bool
	}{
		{"same", base, normal(r, 500, 10, 2), false},
		{"shifted by half a deviation", base, normal(r, 500, 11, 2), true},
		{"half as wide again", base, normal(r, 500, 10, 3), true},
		{"far above", base, normal(r, 500, 1000, 2), true},
		{"far below", base, normal(r, 500, -1000, 2), true},
		{"12 % missing", base, withGaps, true},
		{"few values, same", few, few[:400], false},
		{"few values, a new one between", few, append([]float32{1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5,
			1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5}, few[:300]...), true},
		{"a constant grew", make([]float32, 800), constant(400, 1), true},
		{"a constant fell", make([]float32, 800), constant(400, -1), true},
		{"a constant stayed", make([]float32, 800), make([]float32, 400), false},
		{"a constant went missing", make([]float32, 800), constant(400, nan), true},
	} {
		b := single(t, c.base)
		m := newMonitor(t, b, Options{})
		m.Observe(c.live, nil)
		got := m.Scores(start).Features[0]
		psi, ks := reference(b.Features[0], b.Rows, c.live)
		if math.Abs(got.PSI-psi) > 1e-9 || math.Abs(got.KS-ks) > 1e-9 || !got.Enough {
			t.Errorf("%s: PSI %v KS %v, by the definition %v %v", c.name, got.PSI, got.KS, psi, ks)
		}
		if got.PSI > .1 != c.drifts {
			t.Errorf("%s: PSI is %.3f", c.name, got.PSI)
		}
	}
}

func constant(n int, v float32) []float32 {
	c := make([]float32, n)
	for i := range c {
		c[i] = v
	}
	return c
}

// Without any drift PSI is about (bins-1)/rows, alarms are common on few rows
// and all but absent from 300 on: the reason for Options.MinRows.
func TestFalseAlarms(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	base := normal(r, 5000, 0, 1)
	b := single(t, base)
	for _, c := range []struct {
		rows            int
		mean            float64 // PSI to expect, within a fifth
		leastWarn, most float64 // share of windows above .1
		mostAlarm       float64 // share of windows above .2
	}{
		{50, .224, .7, 1, .6},
		{100, .097, .25, .55, .08},
		{200, .046, 0, .05, .002},
		{300, .031, 0, .005, 0},
		{500, .019, 0, 0, 0},
	} {
		const windows = 1500
		sum, warn, alarm := 0.0, 0.0, 0.0
		for range windows {
			m := newMonitor(t, b, Options{MinRows: 1})
			sample := make([]float32, c.rows)
			for i := range sample {
				sample[i] = base[r.IntN(len(base))]
			}
			m.Observe(sample, nil)
			psi := m.Scores(start).Features[0].PSI
			sum += psi / windows
			if psi > .1 {
				warn += 1. / windows
			}
			if psi > .2 {
				alarm += 1. / windows
			}
		}
		if math.Abs(sum-c.mean) > c.mean/5 || warn < c.leastWarn || warn > c.most || alarm > c.mostAlarm {
			t.Errorf("%d rows: mean PSI %.3f, above .1 %.3f, above .2 %.3f; want about %+v", c.rows, sum, warn, alarm, c)
		}
	}
}

// Rows held out of a small training set leave its range now and then. That
// alone must not raise an alarm.
func TestHeldOutRowsOfASmallSample(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	alarms := 0
	for range 500 {
		m := newMonitor(t, single(t, normal(r, 400, 0, 1)), Options{})
		m.Observe(normal(r, 1000, 0, 1), nil)
		if m.Scores(start).Features[0].PSI > .1 {
			alarms++
		}
	}
	if alarms > 5 {
		t.Errorf("%d of 500 windows without drift score above .1", alarms)
	}
}

func TestManyBinsNeedMoreRows(t *testing.T) {
	values := make([]float32, 2000)
	for i := range values {
		values[i] = float32(i % 20)
	}
	m := newMonitor(t, single(t, values), Options{})
	m.Observe(values[:500], nil)
	if m.Scores(start).Features[0].Enough {
		t.Error("20 values are scored on 500 rows, want none below 600")
	}
	m.Observe(values[:100], nil)
	if s := m.Scores(start).Features[0]; !s.Enough || s.PSI > .01 {
		t.Errorf("600 rows: %+v, want a low score", s)
	}
}
