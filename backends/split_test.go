package backends

import (
	"strings"
	"testing"
)

func TestParseAndValidateSplit(t *testing.T) {
	variants := []string{"A", "B"}
	for words, want := range map[string]string{ // the split, or a part of the error
		"A=70 B=30":         "A=70 B=30",
		"B=30% A=70%":       "A=70 B=30",
		"A=87.5 B=12.5":     "A=87.5 B=12.5",
		"A=100":             "A=100",
		"":                  "the split is empty",
		"A":                 `"A" is not a weight: write NAME=PERCENT`,
		"=5":                "is not a weight",
		"A=x B=30":          `"x" is not a number`,
		"A=NaN B=30":        "is not a number",
		"A=Inf B=30":        "is not a number",
		"A=50 A=50":         "A has two weights",
		"A=70 C=30":         `no variant "C": there is A, B`,
		"A=110 B=-10":       "percentages from 0 to 100",
		"A=70 B=20":         "weights sum to 90, not 100: A=70 B=20",
		"A=33.333 B=66.667": "at most two decimals",
	} {
		s, err := ParseSplit(strings.Fields(words))
		if err == nil {
			err = s.Validate(variants)
		}
		got := s.String()
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != want || !strings.Contains(got, want) {
			t.Errorf("%q: got %s, want %s", words, got, want)
		}
	}
}

func TestSplitEqual(t *testing.T) {
	for _, test := range []struct {
		a, b Split
		want bool
	}{
		{Split{"A": 100}, Split{"A": 100, "B": 0}, true},
		{Split{"A": 70, "B": 30}, Split{"A": 70.004, "B": 29.996}, true}, // less than a decimal that counts
		{Split{"A": 70, "B": 30}, Split{"A": 69.99, "B": 30.01}, false},
		{Split{"A": 70, "B": 30}, Split{"A": 70, "C": 30}, false},
		{nil, Split{"A": 0}, true},
	} {
		if test.a.Equal(test.b) != test.want || test.b.Equal(test.a) != test.want {
			t.Errorf("%s equals %s: want %v both ways", test.a, test.b, test.want)
		}
	}
}

func TestAllToStable(t *testing.T) {
	if got := AllToStable([]string{"A", "B", "C"}).String(); got != "A=100 B=0 C=0" {
		t.Error(got)
	}
}

// FuzzParseSplit: whatever is accepted and valid is written and read again as
// the same split.
func FuzzParseSplit(f *testing.F) {
	for _, seed := range []string{"A=70 B=30", "A=100%", "A=1e2", "A==", "A=0x1p3 B=92", "A=-0 B=100"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, words string) {
		s, err := ParseSplit(strings.Fields(words))
		if err != nil || s.Validate([]string{"A", "B"}) != nil {
			return
		}
		again, err := ParseSplit(strings.Fields(s.String()))
		if err != nil || !again.Equal(s) {
			t.Errorf("%q is %s, read again %s, %v", words, s, again, err)
		}
	})
}
