package fleet

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"pitwall/backends"
)

// quantity is a number that a filter can compare.
type quantity struct {
	value   func(r *Row) float64 // NaN when missing
	units   map[string]float64   // in lower case; "" when a bare number is allowed
	example string
}

var (
	plain     = map[string]float64{"": 1}
	durations = map[string]float64{"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60}
	percents  = map[string]float64{"%": 0.01}
	sizes     = map[string]float64{"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
)

var quantities = map[string]quantity{
	"p50":   {worstOf(func(s backends.Signals) float64 { return s.P50 }), durations, "p50>80ms"},
	"p95":   {worstOf(func(s backends.Signals) float64 { return s.P95 }), durations, "p95>100ms"},
	"p99":   {worstOf(func(s backends.Signals) float64 { return s.P99 }), durations, "p99>1s"},
	"err":   {worstOf(func(s backends.Signals) float64 { return s.ErrorRatio }), percents, "err>2%"},
	"drift": {worstOf(func(s backends.Signals) float64 { return s.DriftPSI }), plain, "drift>0.2"},
	"rps":   {wholeOf(func(s backends.Signals) float64 { return s.RPS }), plain, "rps<10"},
	"cpu":   {wholeOf(func(s backends.Signals) float64 { return s.CPU }), plain, "cpu>0.5"},
	"mem":   {wholeOf(func(s backends.Signals) float64 { return s.Memory }), sizes, "mem>200MB"},
	"alerts": {func(r *Row) float64 {
		firing := 0
		for _, a := range r.Alerts {
			if a.State == "firing" {
				firing++
			}
		}
		return float64(firing)
	}, plain, "alerts>0"},
}

const quantityWords = "p50, p95, p99, err, drift, rps, cpu, mem, alerts"

// worstOf is the greatest value among the variants and the whole.
func worstOf(signal func(backends.Signals) float64) func(*Row) float64 {
	return func(r *Row) float64 {
		worst := math.NaN()
		for _, s := range r.Signals {
			if v := signal(s); !(v <= worst) && !backends.Missing(v) {
				worst = v
			}
		}
		return worst
	}
}

func wholeOf(signal func(backends.Signals) float64) func(*Row) float64 {
	return func(r *Row) float64 { return signal(r.Signal("")) }
}

// comparison reads a word whose operator begins at i. A missing value, NaN,
// fulfils none of the operators.
func comparison(word string, i int) (condition, error) {
	name, rest := strings.ToLower(word[:i]), word[i:]
	q, known := quantities[name]
	if !known {
		return nil, fmt.Errorf("filter %s: %q cannot be compared: there is %s", word, word[:i], quantityWords)
	}
	operator := rest[:1]
	if strings.HasPrefix(rest[1:], "=") {
		operator = rest[:2]
	}
	limit, err := q.parse(rest[len(operator):])
	if err != nil {
		return nil, fmt.Errorf("filter %s: %w, as in %s", word, err, q.example)
	}
	switch operator {
	case ">":
		return func(r *Row) bool { return q.value(r) > limit }, nil
	case ">=":
		return func(r *Row) bool { return q.value(r) >= limit }, nil
	case "<":
		return func(r *Row) bool { return q.value(r) < limit }, nil
	case "<=":
		return func(r *Row) bool { return q.value(r) <= limit }, nil
	default: // = and ==
		return func(r *Row) bool { return q.value(r) == limit }, nil
	}
}

// parse reads a number with its unit.
func (q quantity) parse(text string) (float64, error) {
	end := strings.LastIndexAny(text, "0123456789.") + 1
	number, unit := text[:end], strings.ToLower(text[end:])
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || backends.Missing(value) {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	factor, known := q.units[unit]
	switch {
	case !known && unit == "":
		return 0, fmt.Errorf("%s needs a unit", text)
	case !known:
		return 0, fmt.Errorf("%q is not a unit here", unit)
	}
	return value * factor, nil
}
