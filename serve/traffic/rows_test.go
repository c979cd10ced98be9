package traffic

import (
	"math"
	"strings"
	"testing"
)

func TestReadRows(t *testing.T) {
	for name, text := range map[string]string{
		"JSON": `{"features": ["a", "b"], "X": [[1, 2.5], [3, 4]]}`,
		"CSV":  "a,b\n1,2.5\n 3, 4\n",
	} {
		got, err := ReadRows(strings.NewReader(text))
		if err != nil || len(got) != 2 || got[0][1] != 2.5 || got[1][0] != 3 || got[1][1] != 4 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	got, err := ReadRows(strings.NewReader("a,b\n,NA\n"))
	if err != nil || !math.IsNaN(float64(got[0][0])) || !math.IsNaN(float64(got[0][1])) {
		t.Errorf("missing values: %v, %v", got, err)
	}
	for text, want := range map[string]string{
		"":               "must name the columns",
		"a,b\n1,x\n":     `line 2: column 2 holds no number: "x"`,
		"a,b\n1\n":       "wrong number of fields",
		`{"X": [["a"]]}`: "as JSON",
	} {
		if _, err := ReadRows(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
