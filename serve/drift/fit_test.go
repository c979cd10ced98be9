package drift

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var nan = float32(math.NaN())

// normal gives n draws of N(mean, sd).
func normal(r *rand.Rand, n int, mean, sd float64) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(mean + sd*r.NormFloat64())
	}
	return v
}

func mustFit(t testing.TB, name string, values []float32) Column {
	t.Helper()
	c, err := Fit(name, values)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.validate(); err != nil {
		t.Fatalf("Fit(%s) made an invalid column: %v", name, err)
	}
	return c
}

func TestFitBins(t *testing.T) {
	ramp := make([]float32, 100)
	for i := range ramp {
		ramp[i] = float32(i)
	}
	zeroes := slices.Concat(make([]float32, 60), ramp) // more than half of it one value
	for _, c := range []struct {
		name   string
		values []float32
		edges  int
		shares map[float32]float64 // share of the bin that the key falls in
	}{
		{"quantiles", ramp, 11, map[float32]float64{-1: 0, 0: .11, 5: .11, 15: .1, 99: .09, 100: 0, nan: 0}},
		{"one heavy value", zeroes, 9, map[float32]float64{-1: 0, 0: 61. / 160, 200: 0}},
		{"constant", []float32{7, 7, 7, 7}, 2, map[float32]float64{7: 1, 6.99: 0, 7.01: 0, nan: 0}},
		{"two values, some missing", []float32{0, 1, 1, nan}, 4, map[float32]float64{-1: 0, 0: .25, .5: 0, 1: .5, 2: 0, nan: .25}},
		{"negative zero is zero", []float32{0, float32(math.Copysign(0, -1))}, 2, map[float32]float64{0: 1}},
		{"all missing", []float32{nan, nan}, 0, map[float32]float64{nan: 1, 3: 0}},
		{"the ends of float32", []float32{-math.MaxFloat32, math.MaxFloat32}, 3,
			map[float32]float64{-math.MaxFloat32: .5, 0: 0, math.MaxFloat32: .5, float32(math.Inf(1)): 0}},
	} {
		col := mustFit(t, c.name, c.values)
		if len(col.Edges) != c.edges {
			t.Errorf("%s: %d edges %v, want %d", c.name, len(col.Edges), col.Edges, c.edges)
		}
		for v, want := range c.shares {
			if got := col.Shares[col.bin(v)]; math.Abs(got-want) > 1e-12 {
				t.Errorf("%s: the bin of %v has share %v, want %v", c.name, v, got, want)
			}
		}
	}
}

func TestFitRefuses(t *testing.T) {
	for _, values := range [][]float32{nil, {1, float32(math.Inf(1))}, {float32(math.Inf(-1))}} {
		if c, err := Fit("x", values); err == nil {
			t.Errorf("Fit(%v) = %+v, want an error", values, c)
		}
	}
}

// The counters' way of finding a bin agrees with the baseline's.
func TestCellAgreesWithBin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	few := make([]float32, 300)
	for i := range few {
		few[i] = float32(r.IntN(15)) / 4
	}
	b := &Baseline{Schema: Schema, Rows: 300, Features: []Column{
		mustFit(t, "quantiles", normal(r, 300, 0, 1)),
		mustFit(t, "few", few),
		mustFit(t, "constant", make([]float32, 300)),
	}}
	m := newMonitor(t, b, Options{})
	for i := range b.Features {
		c := &b.Features[i]
		probes := append(normal(r, 200, 1, 2), nan, float32(math.Inf(1)), float32(math.Inf(-1)))
		for _, e := range c.Edges {
			probes = append(probes, e, below(e), math.Nextafter32(e, float32(math.Inf(1))))
		}
		for _, v := range probes {
			if got, want := m.features[i].cell(v)-m.features[i].first, c.bin(v); got != want {
				t.Fatalf("%s: %v is counted in bin %d, want %d", c.Name, v, got, want)
			}
		}
	}
}
