package mlflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// float is a metric's value in JSON. MLflow writes NaN as the string "NaN", and
// infinities as strings or as the largest float there is (trap 7).
type float float64

// UnmarshalJSON reads a number or a string that is one.
func (f *float) UnmarshalJSON(text []byte) error {
	text = bytes.Trim(text, `"`)
	if string(text) == "null" {
		*f = float(math.NaN())
		return nil
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !math.IsInf(v, 0) { // out of range reads as infinite
		return fmt.Errorf("metric value %.40q is no number", text)
	}
	switch v {
	case math.MaxFloat64:
		v = math.Inf(1)
	case -math.MaxFloat64:
		v = math.Inf(-1)
	}
	*f = float(v)
	return nil
}

// MetricJSON is a metric's value as MLflow writes it: "NaN", "Infinity" or
// "-Infinity" where JSON has no number.
func MetricJSON(v float64) ([]byte, error) { return float(v).MarshalJSON() }

// MarshalJSON writes what MLflow reads: a string where JSON has no number.
func (f float) MarshalJSON() ([]byte, error) {
	switch v := float64(f); {
	case math.IsNaN(v):
		return []byte(`"NaN"`), nil
	case math.IsInf(v, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return json.Marshal(v)
	}
}
