package draw

import (
	"math"
	"strconv"
	"time"

	"pitwall/ui/theme"
)

// missing reports whether v is not a number that can be shown.
func missing(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }

// decimals writes v with n digits after the point.
func decimals(v float64, n int) string { return strconv.FormatFloat(v, 'f', n, 64) }

// significant writes v ≥ 0 with three significant digits and at most two decimals: 1.24, 12.4, 124.
func significant(v float64) string {
	switch {
	case v < 9.995:
		return decimals(v, 2)
	case v < 99.95:
		return decimals(v, 1)
	default:
		return decimals(v, 0)
	}
}

// Duration returns d in its two largest units: "842ms", "12s", "3m10s", "2h5m", "3d4h". Zero smaller units are left out.
func Duration(d time.Duration) string {
	if d < 0 {
		return "-" + Duration(-d)
	}
	if d < time.Second {
		return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
	}
	s := int64(d / time.Second)
	switch {
	case s < 60:
		return strconv.FormatInt(s, 10) + "s"
	case s < 3600:
		return twoUnits(s/60, "m", s%60, "s")
	case s < 86400:
		return twoUnits(s/3600, "h", s%3600/60, "m")
	default:
		return twoUnits(s/86400, "d", s%86400/3600, "h")
	}
}

func twoUnits(a int64, unitA string, b int64, unitB string) string {
	out := strconv.FormatInt(a, 10) + unitA
	if b == 0 {
		return out
	}
	return out + strconv.FormatInt(b, 10) + unitB
}

// Age returns how long ago something was, in its largest unit: "0s", "12s", "3m", "2h", "3d". A negative age (the
// clocks differ) is "0s".
func Age(d time.Duration) string {
	switch s := int64(max(d, 0) / time.Second); {
	case s < 60:
		return strconv.FormatInt(s, 10) + "s"
	case s < 3600:
		return strconv.FormatInt(s/60, 10) + "m"
	case s < 86400:
		return strconv.FormatInt(s/3600, 10) + "h"
	default:
		return strconv.FormatInt(s/86400, 10) + "d"
	}
}

// Latency returns seconds as "850µs", "41ms", "1.24s", "124s"; NaN is the missing glyph.
func Latency(seconds float64, g *theme.Glyphs) string {
	switch {
	case missing(seconds):
		return g.Missing
	case seconds < 0:
		return "-" + Latency(-seconds, g)
	case seconds == 0:
		return "0ms"
	case seconds < 0.0009995:
		return decimals(seconds*1e6, 0) + g.Micro + "s"
	case seconds < 0.00995:
		return decimals(seconds*1e3, 1) + "ms"
	case seconds < 0.9995:
		return decimals(seconds*1e3, 0) + "ms"
	default:
		return significant(seconds) + "s"
	}
}

// Rate returns a number per second without its unit: "0.42", "12.4", "812", "1.24k"; NaN is the missing glyph.
func Rate(perSecond float64, g *theme.Glyphs) string {
	if missing(perSecond) {
		return g.Missing
	}
	if perSecond == 0 {
		return "0"
	}
	sign := ""
	if perSecond < 0 {
		sign, perSecond = "-", -perSecond
	}
	units := [...]string{"", "k", "M", "G", "T"}
	i := 0
	for perSecond >= 999.5 && i < len(units)-1 {
		perSecond /= 1000
		i++
	}
	return sign + significant(perSecond) + units[i]
}

// Percent returns a ratio (1 is 100 %) as "0 %", "0.12 %", "6.9 %", "69.4 %", "100 %"; NaN is the missing glyph. A
// ratio that is not 0 is never shown as 0.
func Percent(ratio float64, g *theme.Glyphs) string {
	p := ratio * 100
	switch a := math.Abs(p); {
	case missing(p):
		return g.Missing
	case a == 0:
		return "0 %"
	case a < 0.005 && p < 0:
		return "-<0.01 %"
	case a < 0.005:
		return "<0.01 %"
	case a < 0.995:
		return decimals(p, 2) + " %"
	case a < 99.95:
		return decimals(p, 1) + " %"
	default:
		return decimals(p, 0) + " %"
	}
}
