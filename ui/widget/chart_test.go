package widget

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// noon is 2026-03-02 12:00:00 UTC in Unix milliseconds.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC).UnixMilli()

// latencies is half an hour of two variants, every 15 s, with a hole of five minutes in B.
func latencies(th *theme.Theme) *Chart {
	c := &Chart{
		From: noon, To: noon + 30*60_000, MaxGap: 40_000, Legend: true,
		Series: []Series{
			{Name: "A p95", Style: th.Variant(0)},
			{Name: "B p95", Style: th.Variant(1), Pattern: Dashed},
		},
		Format:     func(v float64) string { return draw.Latency(v, th.Glyphs) },
		Thresholds: []Threshold{{Value: 0.1, Label: "SLO", Style: th.Warn}},
		Marks: []Mark{
			{T: noon + 5*60_000, Kind: MarkDeploy, Label: "deploy v13"},
			{T: noon + 15*60_000, Kind: MarkSplit, Label: "w20-50"},
			{T: noon + 16*60_000, Kind: MarkAlert},
		},
	}
	for i := range 121 {
		at := noon + int64(i)*15_000
		x := float64(i) / 120
		b := Point{at, 0.06 + 0.03*x*x}
		if i > 60 && i < 80 {
			b.V = math.NaN()
		}
		c.Series[0].Points = append(c.Series[0].Points, Point{at, 0.041 + 0.006*math.Sin(12*x)})
		c.Series[1].Points = append(c.Series[1].Points, b)
	}
	return c
}

func TestChartFrames(t *testing.T) {
	goldenFrames(t, 80, func(th *theme.Theme) []string { return latencies(th).View(th, 80, 15) })
}

func TestChartCrosshairFrames(t *testing.T) {
	goldenFrames(t, 60, func(th *theme.Theme) []string {
		c := latencies(th)
		c.Crosshair = noon + 10*60_000
		return c.View(th, 60, 10)
	})
}

func TestChartWithoutData(t *testing.T) {
	goldenFrames(t, 50, func(th *theme.Theme) []string {
		c := latencies(th)
		for i := range c.Series {
			c.Series[i].Points = nil
		}
		c.Reason = "Prometheus is down since 11:52"
		return c.View(th, 50, 8)
	})
}

func TestChartFitsEverySize(t *testing.T) {
	th := theme.New(theme.Options{Profile: theme.TrueColor})
	c := latencies(th)
	for width := 1; width < 100; width += 3 {
		for height := 1; height < 20; height++ {
			for _, cross := range []int64{0, c.From, c.To} {
				c.Crosshair = cross
				lines := c.View(th, width, height)
				if len(lines) != height {
					t.Fatalf("%d×%d: %d lines", width, height, len(lines))
				}
				checkWidths(t, lines, width)
			}
		}
	}
}

func TestChartTakesAnyValue(t *testing.T) {
	th := theme.New(theme.Options{})
	for _, values := range [][]float64{
		{0}, {0, 0, 0}, {-5, 5}, {math.Inf(1), 1}, {math.NaN()}, {math.MaxFloat64, -math.MaxFloat64}, {1e-300, 2e-300}, {1e16, 1e16 + 2},
	} {
		c := &Chart{From: 0, To: 1000, Series: []Series{{Name: "x"}}}
		for i, v := range values {
			c.Series[0].Points = append(c.Series[0].Points, Point{int64(i * 100), v})
		}
		checkWidths(t, c.View(th, 40, 8), 40)
	}
}

// plotColumns returns which plot columns hold a braille dot.
func plotColumns(lines []string) map[int]bool {
	columns := map[int]bool{}
	for _, line := range lines {
		x := 0
		for _, r := range ansi.Strip(line) {
			if r > 0x2800 && r < 0x2900 {
				columns[x-ChartAxis] = true
			}
			x++
		}
	}
	return columns
}

func TestMissingIsAGap(t *testing.T) {
	points := func(missing float64, skip bool) []Point {
		var out []Point
		for i := range int64(101) {
			switch {
			case i <= 40 || i >= 60:
				out = append(out, Point{i * 10, 1})
			case !skip:
				out = append(out, Point{i * 10, missing})
			}
		}
		return out
	}
	for name, pts := range map[string][]Point{"NaN": points(math.NaN(), false), "no points": points(0, true)} {
		c := &Chart{From: 0, To: 1000, MaxGap: 25, HideTime: true, Series: []Series{{Points: pts}}}
		columns := plotColumns(c.View(theme.New(theme.Options{}), ChartAxis+50, 5))
		if !columns[10] || columns[25] || !columns[40] {
			t.Errorf("%s: columns %v", name, columns)
		}
	}
}

func TestPeaksSurviveDownSampling(t *testing.T) {
	c := &Chart{From: 0, To: 100_000, HideTime: true, Series: []Series{{Pattern: Dotted}}}
	for i := range int64(10_000) {
		v := 1.0
		if i == 7777 {
			v = 100
		}
		c.Series[0].Points = append(c.Series[0].Points, Point{i * 10, v})
	}
	lines := c.View(theme.New(theme.Options{}), ChartAxis+20, 10)
	if !strings.ContainsFunc(lines[0], func(r rune) bool { return r > 0x2800 && r < 0x2900 }) {
		t.Errorf("the peak is lost:\n%s", strings.Join(lines, "\n"))
	}
}

func TestCrosshairReadsValues(t *testing.T) {
	th := theme.New(theme.Options{})
	c := latencies(th)
	c.Crosshair = noon + 17*60_000 // B has a hole here
	legend := ansi.Strip(c.View(th, 80, 15)[0])
	if !strings.Contains(legend, "12:17:00") || !strings.Contains(legend, "B p95 –") {
		t.Errorf("legend %q", legend)
	}
	for x := ChartAxis; x < 80; x++ {
		if got := c.columnAt(c.TimeAt(x, 80), 80-ChartAxis); got != x-ChartAxis {
			t.Errorf("column %d reads the time of column %d", x-ChartAxis, got)
		}
	}
}

func TestNiceRange(t *testing.T) {
	for _, test := range []struct {
		low, high      float64
		rows           int
		from, to, step float64
	}{
		{0, 0.093, 12, 0, 0.1, 0.025},
		{0, 7, 12, 0, 8, 2},
		{0, 812, 9, 0, 1000, 500},
		{-3, 3, 12, -4, 4, 2},
	} {
		from, to, step := niceRange(test.low, test.high, test.rows)
		if math.Abs(from-test.from)+math.Abs(to-test.to)+math.Abs(step-test.step) > 1e-9 {
			t.Errorf("%v-%v in %d rows: %v-%v by %v", test.low, test.high, test.rows, from, to, step)
		}
	}
}

// BenchmarkChart draws two series of 121 points in 80×15; one braille line alone has the goal of 8.5-13 µs.
func BenchmarkChart(b *testing.B) {
	th := theme.New(theme.Options{Profile: theme.TrueColor})
	two := latencies(th)
	one := latencies(th)
	one.Series, one.Marks, one.Thresholds, one.Legend, one.HideTime = one.Series[:1], nil, nil, false, true
	for name, c := range map[string]*Chart{"line": one, "full": two} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.View(th, 80, 15)
			}
		})
	}
}
