package backends

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Split gives each variant its weight in percent, 0-100 with at most two
// decimals. A valid split sums to 100.
type Split map[string]float64

// Names returns the variants in name order, A first.
func (s Split) Names() []string { return slices.Sorted(maps.Keys(s)) }

// String writes "A=70 B=30", variants in name order.
func (s Split) String() string {
	parts := make([]string, 0, len(s))
	for _, name := range s.Names() {
		parts = append(parts, name+"="+FormatWeight(s[name]))
	}
	return strings.Join(parts, " ")
}

// Equal reports whether both give every variant the same weight; a variant
// that one of them lacks has weight 0 there.
func (s Split) Equal(t Split) bool {
	for name, w := range s {
		if math.Abs(w-t[name]) >= 0.005 {
			return false
		}
	}
	for name, w := range t {
		if math.Abs(w-s[name]) >= 0.005 {
			return false
		}
	}
	return true
}

// Validate tells why s is not a split of the given variants: a weight outside
// 0-100, more than two decimals, an unknown variant, or a sum other than 100.
func (s Split) Validate(variants []string) error {
	if len(s) == 0 {
		return fmt.Errorf("the split is empty: give a weight to each of %s", strings.Join(variants, ", "))
	}
	sum := 0.0
	for _, name := range s.Names() {
		w := s[name]
		if !slices.Contains(variants, name) {
			return fmt.Errorf("no variant %q: there is %s", name, strings.Join(variants, ", "))
		}
		if math.IsNaN(w) || w < 0 || w > 100 {
			return fmt.Errorf("weight of %s is %v: weights are percentages from 0 to 100", name, w)
		}
		if math.Abs(w*100-math.Round(w*100)) > 1e-6 {
			return fmt.Errorf("weight of %s is %v: at most two decimals", name, w)
		}
		sum += w
	}
	if math.Abs(sum-100) >= 0.005 {
		hint := ""
		if len(s) == 1 {
			hint = ": give every variant its weight, as in A=90 B=10"
		}
		return fmt.Errorf("weights sum to %s, not 100: %s%s", FormatWeight(sum), s, hint)
	}
	return nil
}

// ParseSplit reads words of the form NAME=WEIGHT ("A=70", "B=30%"). It checks
// the form only; Validate checks the sum and the names.
func ParseSplit(words []string) (Split, error) {
	s := make(Split, len(words))
	for _, word := range words {
		name, text, found := strings.Cut(word, "=")
		if !found || name == "" {
			return nil, fmt.Errorf("%q is not a weight: write NAME=PERCENT, as in A=70 B=30", word)
		}
		w, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
		if err != nil || math.IsNaN(w) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("%q is not a weight: %q is not a number", word, text)
		}
		if _, twice := s[name]; twice {
			return nil, fmt.Errorf("%s has two weights", name)
		}
		s[name] = w
	}
	return s, nil
}

// AllToStable gives the stable variant everything and the other variants nothing.
func AllToStable(variants []string) Split {
	s := make(Split, len(variants))
	for _, name := range variants {
		s[name] = 0
	}
	s[Stable] = 100
	return s
}

// FormatWeight writes a weight with as few decimals as it needs: "70", "12.5";
// "?" when it is missing.
func FormatWeight(w float64) string {
	if Missing(w) {
		return "?"
	}
	return strconv.FormatFloat(math.Round(w*100)/100, 'f', -1, 64)
}
