package mlflow

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Kinds of a Difference, in the order in which Compare lists them.
const (
	KindVersion   = "version"
	KindMetric    = "metric"
	KindParam     = "param"
	KindTag       = "tag"
	KindSignature = "signature"
)

// Difference is one thing of two versions side by side.
type Difference struct {
	Kind, Name  string
	Left, Right string  // "" when a side does not have it
	HasLeft     bool    // else Left is missing, not empty
	HasRight    bool    // likewise
	Same        bool    // both have it, and it is equal
	Delta       float64 // Right less Left of a metric that both have; else NaN
}

// Sides writes what each side has, a metric with six digits; "" for what it does
// not have.
func (d Difference) Sides() (left, right string) { return d.side(d.Left), d.side(d.Right) }

func (d Difference) side(text string) string {
	if v, err := strconv.ParseFloat(text, 64); err == nil && d.Kind == KindMetric {
		return fmt.Sprintf("%.6g", v)
	}
	return text
}

// Change is how a metric moved, or in a word how the sides differ.
func (d Difference) Change() string {
	switch {
	case d.Same:
		return "same"
	case !math.IsNaN(d.Delta):
		return fmt.Sprintf("%+.4g", d.Delta)
	case !d.HasLeft:
		return "added"
	case !d.HasRight:
		return "gone"
	}
	return "differs"
}

// Compare lists what two versions have, side by side: description, stage, metrics,
// parameters, tags and signature, equal ones too.
func Compare(left, right Detail) []Difference {
	var out []Difference
	text := func(kind, name, l, r string) {
		out = append(out, side(kind, name, map[string]string{name: l}, map[string]string{name: r}))
	}
	l, r := left.Version, right.Version
	text(KindVersion, "description", l.Description, r.Description)
	text(KindVersion, "stage", l.Stage, r.Stage)
	text(KindVersion, "status", l.Status, r.Status)
	out = append(out, compareMetrics(left.Metrics, right.Metrics)...)
	out = append(out, compareMaps(KindParam, left.Params, right.Params)...)
	out = append(out, compareMaps(KindTag, l.Tags, r.Tags)...)
	return append(out, compareMaps(KindSignature, fields(left.Signature), fields(right.Signature))...)
}

func compareMaps(kind string, left, right map[string]string) []Difference {
	both := maps.Clone(left)
	if both == nil {
		both = map[string]string{}
	}
	maps.Copy(both, right)
	var out []Difference
	for _, name := range slices.Sorted(maps.Keys(both)) {
		out = append(out, side(kind, name, left, right))
	}
	return out
}

func side(kind, name string, left, right map[string]string) Difference {
	d := Difference{Kind: kind, Name: name, Delta: math.NaN()}
	d.Left, d.HasLeft = left[name]
	d.Right, d.HasRight = right[name]
	d.Same = d.HasLeft && d.HasRight && d.Left == d.Right
	return d
}

// compareMetrics compares numbers: NaN equals NaN, for nothing changed.
func compareMetrics(left, right []Metric) []Difference {
	l, r := byName(left), byName(right)
	out := compareMaps(KindMetric, texts(l), texts(r))
	for i := range out {
		if d := &out[i]; d.HasLeft && d.HasRight {
			d.Delta = r[d.Name] - l[d.Name]
		}
	}
	return out
}

func byName(list []Metric) map[string]float64 {
	m := make(map[string]float64, len(list))
	for _, x := range list {
		name := x.Key
		if x.Dataset != "" {
			name += " on " + x.Dataset + " " + x.DatasetDigest
		}
		m[name] = x.Value
	}
	return m
}

func texts(values map[string]float64) map[string]string {
	m := make(map[string]string, len(values))
	for name, v := range values {
		m[name] = strconv.FormatFloat(v, 'g', -1, 64)
	}
	return m
}

// fields are the fields of a signature by what and where they are. Two versions
// whose inputs differ take different requests.
func fields(s *Signature) map[string]string {
	m := map[string]string{}
	if s == nil {
		return m
	}
	for _, part := range []struct {
		name   string
		fields []Field
	}{{"input", s.Inputs}, {"output", s.Outputs}, {"parameter", s.Params}} {
		for i, f := range part.fields {
			m[part.name+" "+cmp.Or(f.Name, strconv.Itoa(i+1))] = Field{Type: f.Type, Optional: f.Optional}.String()
		}
	}
	return m
}
