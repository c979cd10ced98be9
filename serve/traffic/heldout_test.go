package traffic

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"pitwall/serve/drift"
)

func readRows(t *testing.T, path string) [][]float32 {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ X [][]float32 }
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	return set.X
}

// TestHeldOutIsCalm replays the held-out rows of both seed sets: no feature
// may reach the PSI that warns of drift.
func TestHeldOutIsCalm(t *testing.T) {
	for path, want := range map[string]int{"../../testdata/models/bc.json": 171, "../../testdata/models/wine.json": 54} {
		rows := readRows(t, path)
		held := HeldOut(rows)
		if len(held) != want {
			t.Fatalf("%s: %d held out of %d, want %d", path, len(held), len(rows), want)
		}
		for feature := range rows[0] {
			if psi := psiOf(t, rows, held, feature); psi >= 0.1 {
				t.Errorf("%s: PSI of feature %d is %.3f without any drift", path, feature, psi)
			}
		}
	}
}

func psiOf(t *testing.T, baseline, live [][]float32, feature int) float64 {
	t.Helper()
	values := make([]float32, len(baseline))
	for i, row := range baseline {
		values[i] = row[feature]
	}
	column, err := drift.Fit("x", values)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	m, err := drift.NewMonitor(&drift.Baseline{Schema: drift.Schema, Rows: len(baseline), Features: []drift.Column{column}}, drift.Options{}, now)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		for _, row := range live {
			m.Observe(row[feature:feature+1], nil)
		}
	}
	return m.Scores(now).Features[0].PSI
}
