package words

import (
	"math"
	"testing"
)

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
