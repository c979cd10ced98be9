package words

import (
	"math"
	"testing"
)

func TestMillis(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0 ms", 0.000422: "422 µs", 0.0049: "4.9 ms", 0.0123: "12 ms", 0.412: "412 ms", 1.5: "1500 ms", math.Inf(1): Unknown,
	} {
		if got := Millis(seconds); got != want {
			t.Errorf("Millis(%v) is %q, want %q", seconds, got, want)
		}
	}
}

func TestRatio(t *testing.T) {
	for share, want := range map[float64]string{
		0: "0 %", 0.0001234: "0.012 %", 0.126: "13 %", 0.994: "99 %", 0.997: "99.7 %", 1: "100 %", math.Inf(1): Unknown,
	} {
		if got := Ratio(share); got != want {
			t.Errorf("Ratio(%v) is %q, want %q", share, got, want)
		}
	}
	if got := Ratio(math.NaN()); got != Unknown {
		t.Errorf("a missing ratio is %q", got)
	}
}
