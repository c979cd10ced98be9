package draw

import (
	"math"
	"testing"
	"time"

	"pitwall/ui/theme"
)

func TestDurations(t *testing.T) {
	tests := []struct {
		in            time.Duration
		duration, age string
	}{
		{0, "0ms", "0s"},
		{842 * time.Millisecond, "842ms", "0s"},
		{12 * time.Second, "12s", "12s"},
		{190 * time.Second, "3m10s", "3m"},
		{3 * time.Minute, "3m", "3m"},
		{125 * time.Minute, "2h5m", "2h"},
		{76 * time.Hour, "3d4h", "3d"},
		{-2 * time.Second, "-2s", "0s"},
	}
	for _, test := range tests {
		if got := Duration(test.in); got != test.duration {
			t.Errorf("Duration(%v) = %q, want %q", test.in, got, test.duration)
		}
		if got := Age(test.in); got != test.age {
			t.Errorf("Age(%v) = %q, want %q", test.in, got, test.age)
		}
	}
}

func TestNumbers(t *testing.T) {
	nan := math.NaN()
	type format func(float64, *theme.Glyphs) string
	tests := []struct {
		name   string
		format format
		in     float64
		want   string
	}{
		{"Latency", Latency, nan, "–"}, {"Latency", Latency, 0, "0ms"}, {"Latency", Latency, 0.00085, "850µs"},
		{"Latency", Latency, 0.0042, "4.2ms"}, {"Latency", Latency, 0.041, "41ms"}, {"Latency", Latency, 0.9996, "1.00s"},
		{"Latency", Latency, 1.24, "1.24s"}, {"Latency", Latency, 124, "124s"}, {"Latency", Latency, -0.041, "-41ms"},
		{"Rate", Rate, nan, "–"}, {"Rate", Rate, 0, "0"}, {"Rate", Rate, 0.42, "0.42"}, {"Rate", Rate, 12.44, "12.4"},
		{"Rate", Rate, 812, "812"}, {"Rate", Rate, 999.7, "1.00k"}, {"Rate", Rate, 12400, "12.4k"},
		{"Percent", Percent, nan, "–"}, {"Percent", Percent, 0, "0 %"}, {"Percent", Percent, 0.0012, "0.12 %"},
		{"Percent", Percent, 0.694, "69.4 %"}, {"Percent", Percent, 1, "100 %"}, {"Percent", Percent, 1e-7, "<0.01 %"},
		{"Percent", Percent, math.Inf(1), "–"}, {"Percent", Percent, -0.05, "-5.0 %"}, {"Percent", Percent, -1e-7, "-<0.01 %"},
	}
	for _, test := range tests {
		if got := test.format(test.in, theme.Unicode()); got != test.want {
			t.Errorf("%s(%v) = %q, want %q", test.name, test.in, got, test.want)
		}
	}
	if got := Latency(0.00085, theme.ASCII()); got != "850us" {
		t.Errorf("ASCII latency %q", got)
	}
}
