package widget

import (
	"math"
	"slices"
	"testing"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

func TestBarFrames(t *testing.T) {
	goldenFrames(t, 20, func(th *theme.Theme) []string {
		return []string{
			Sparkline([]float64{0, 1, 2, 3, 4, 5, 6, 7, math.NaN(), 3}, 20, th.Glyphs),
			SplitBar(th, []float64{70, 30}, 20),
			SplitBar(th, []float64{98, 1, 1}, 20),
			SplitBar(th, []float64{math.NaN(), 1}, 20),
			ShareBar(th, 0, 0, 0.7, 20),
			ShareBar(th, 1, 0.7, 0.3, 20),
			Progress(th, th.OK, 0.5, 20),
			Progress(th, th.OK, math.NaN(), 20),
			Skeleton(th, 20),
		}
	})
}

func TestSparklineScale(t *testing.T) {
	g := theme.Unicode()
	for _, test := range []struct {
		name   string
		values []float64
		width  int
		want   string
	}{
		{"empty", nil, 3, "   "},
		{"zeros are low, not missing", []float64{0, 0}, 2, "▁▁"},
		{"missing is a gap", []float64{1, math.NaN(), 1}, 3, "█ █"},
		{"the last values count", []float64{9, 0, 7}, 2, "▁█"},
		{"negative values extend the scale", []float64{-1, 1}, 2, "▁█"},
	} {
		if got := Sparkline(test.values, test.width, g); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestShareCells(t *testing.T) {
	for _, test := range []struct {
		weights []float64
		width   int
		want    []int
	}{
		{[]float64{70, 30}, 10, []int{7, 3}},
		{[]float64{999, 1}, 10, []int{9, 1}},
		{[]float64{100, 0}, 10, []int{10, 0}},
		{[]float64{1, 1, 1}, 10, []int{3, 4, 3}},
		{[]float64{0, 0}, 10, nil},
		{[]float64{-1, 2}, 10, nil},
	} {
		if got := shareCells(test.weights, test.width); !slices.Equal(got, test.want) {
			t.Errorf("%v in %d: %v, want %v", test.weights, test.width, got, test.want)
		}
	}
}

func TestBarsFitEveryWidth(t *testing.T) {
	th := theme.New(theme.Options{Profile: theme.TrueColor})
	for width := range 60 {
		for share := 0.0; share <= 1; share += 0.01 {
			checkWidths(t, []string{
				SplitBar(th, []float64{share, 1 - share, 0.001}, width),
				ShareBar(th, 1, 1-share, share, width),
				Progress(th, th.OK, share*1.1, width),
				draw.Fit(Sparkline([]float64{share}, width, th.Glyphs), width, draw.Left, ""),
			}, width)
		}
	}
}

func BenchmarkSparkline20(b *testing.B) {
	g := theme.Unicode()
	values := make([]float64, 20)
	for i := range values {
		values[i] = float64(i * 7 % 13)
	}
	b.ReportAllocs()
	for b.Loop() {
		Sparkline(values, 20, g)
	}
}
