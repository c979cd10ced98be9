package views

import (
	"math"
	"testing"
	"time"

	"pitwall/backends/prometheus"
)

// TestGrowthEndsWithTheGrowth: what grew until half a minute ago does not grow.
func TestGrowthEndsWithTheGrowth(t *testing.T) {
	nan := math.NaN()
	for name, test := range map[string]struct {
		points []float64 // every 5 s
		want   float64
	}{
		"steady":        {[]float64{0, 10, 20, 30, 40, 50, 60, 70}, 2},
		"with a gap":    {[]float64{0, nan, 20, 30, nan, 50, 60, 70}, 2},
		"ended":         {[]float64{0, 50, 100, 100, 100, 100, 100, 100}, 0},
		"after a fall":  {[]float64{900, 900, 900, 0, 0, 0, 0, 0}, -32.142857},
		"begins":        {[]float64{0, 0, 0, 0, 10, 20, 30, 40}, 1.1905},
		"nothing known": {[]float64{nan, nan}, nan},
	} {
		got, known := growth([]prometheus.Series{{Variant: "A", Step: 5 * time.Second, Points: test.points}})["A"]
		if known != !math.IsNaN(test.want) || known && math.Abs(got-test.want) > .001 {
			t.Errorf("%s: %v, %v, want %v", name, got, known, test.want)
		}
	}
}
