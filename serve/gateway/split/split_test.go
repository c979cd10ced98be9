package split

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestHashVectors(t *testing.T) {
	for key, want := range map[string]uint32{
		"":              0,
		"a":             2456313694,
		"hello":         3848350155,
		"exp1user00000": 106257596,
		"exp1user00001": 1970895435,
	} {
		if got := Hash(key); got != want {
			t.Errorf("Hash(%q) = %d, want %d", key, got, want)
		}
	}
}

func TestThresholdVectors(t *testing.T) {
	for points, want := range map[int]uint32{100: 42949672, 1000: 429496729, 2000: 858993459, 5000: 2147483647, 10000: 0xffffffff} {
		if got := threshold(points); got != want {
			t.Errorf("threshold(%d) = %d, want %d", points, got, want)
		}
	}
}

func TestPoints(t *testing.T) {
	for percent, want := range map[float64]int{0: 0, 0.01: 1, 0.29: 29, 33.33: 3333, 66.67: 6667, 100: Whole} {
		if got, err := Points(percent); err != nil || got != want {
			t.Errorf("Points(%v) = %d, %v, want %d", percent, got, err, want)
		}
	}
	for _, bad := range []float64{-0.01, 100.01, 0.001, 33.333, math.NaN(), math.Inf(1)} {
		if got, err := Points(bad); err == nil {
			t.Errorf("Points(%v) = %d, want an error", bad, got)
		}
	}
}

func mustTable(t testing.TB, shares string) *Table {
	t.Helper()
	table, err := parse(shares)
	if err != nil {
		t.Fatalf("split %s: %v", shares, err)
	}
	return table
}

// parse reads "A=70 B=30".
func parse(shares string) (*Table, error) {
	var weights []Weight
	for field := range strings.FieldsSeq(shares) {
		var percent float64
		if _, err := fmt.Sscanf(field[2:], "%g", &percent); err != nil {
			return nil, err
		}
		points, err := Points(percent)
		if err != nil {
			return nil, err
		}
		weights = append(weights, Weight{field[:1], points})
	}
	return New(weights)
}

func TestLayout(t *testing.T) {
	for shares, want := range map[string]string{
		"A=100":                     "A10000",
		"A=70 B=30":                 "B3000 A7000",
		"A=0 B=100":                 "B10000",
		"A=60 B=30 C=10":            "B3000 A6000 C1000",
		"A=0 B=60 C=40":             "B6000 C4000",
		"A=100 B=0 C=0":             "A10000",
		"C=10 B=20 A=50 D=20":       "B2000 A3000 D2000 A2000 C1000",
		"A=60 B=10 C=10 D=10 E=10":  "B1000 A3000 E1000 D1000 A3000 C1000",
		"A=99.98 B=0.01 C=0.01":     "B1 A9998 C1",
		"A=0 B=25 E=25 D=25 C=25":   "B2500 E2500 D2500 C2500",
		"A=50 B=0 C=0 D=50":         "A5000 D5000",
		"A=40 B=50 C=0 D=10 E=0":    "B5000 D1000 A4000",
		"A=33.34 B=33.33 C=33.33":   "B3333 A3334 C3333",
		"A=89.5 B=10 C=0.25 D=0.25": "B1000 A4000 D25 A4950 C25",
	} {
		var got []string
		for _, p := range mustTable(t, shares).Parts() {
			got = append(got, fmt.Sprint(p.Variant, p.Points))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("layout of %s: %s, want %s", shares, strings.Join(got, " "), want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for shares, reason := range map[string]string{
		"A=70 B=29.99":        "sum to 99.99",
		"A=70 B=31":           "sum to 101",
		"A=70 A=30":           "twice",
		"A=70 F=30":           "no place",
		"A=29 B=51 D=20":      "B+E is 51.00",
		"A=20 B=10 C=40 D=30": "C+D is 70.00",
		"":                    "sum to 0",
	} {
		if _, err := parse(shares); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("split %q: error %v, want one with %q", shares, err, reason)
		}
	}
}

// TestWhoMoves raises and lowers one candidate at a time, from random splits:
// nobody but that candidate and A may gain or lose a user.
func TestWhoMoves(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	keys := make([]uint32, 3000)
	for i := range keys {
		keys[i] = Hash(fmt.Sprintf("exp1user%05d", i))
	}
	changes := 0
	for range 2000 {
		before, from := randomSplit(r)
		if from == nil {
			continue
		}
		i := 1 + r.IntN(4) // a candidate; A is first
		after := slices.Clone(before)
		after[i].Points = r.IntN(before[0].Points + before[i].Points + 1)
		after[0].Points += before[i].Points - after[i].Points
		to, err := New(after)
		if err != nil {
			continue
		}
		changes++
		grows := after[i].Points > before[i].Points
		checkMoves(t, keys, from, to, after[i].Variant, grows)
	}
	if changes < 300 {
		t.Fatalf("only %d of the random changes were valid", changes)
	}
}

func randomSplit(r *rand.Rand) ([]Weight, *Table) {
	weights := []Weight{{"A", Whole}, {"B", 0}, {"C", 0}, {"D", 0}, {"E", 0}}
	for i := range 1 + r.IntN(4) {
		weights[i+1].Points = r.IntN(weights[0].Points/2 + 1)
		weights[0].Points -= weights[i+1].Points
	}
	table, err := New(weights)
	if err != nil {
		return weights, nil
	}
	return weights, table
}

func checkMoves(t *testing.T, keys []uint32, from, to *Table, candidate string, grows bool) {
	t.Helper()
	source, target := Stable, candidate
	if !grows {
		source, target = candidate, Stable
	}
	moved := 0
	for _, hash := range keys {
		was, is := from.Assign(hash), to.Assign(hash)
		if was == is {
			continue
		}
		if moved++; was != source || is != target {
			t.Fatalf("%v to %v: hash %d moved from %s to %s, want only %s to %s", from.parts, to.parts, hash, was, is, source, target)
		}
	}
	moves := Moves(from, to)
	if len(moves) == 0 {
		if moved > 0 {
			t.Fatalf("%v to %v: %d keys moved, Moves says none", from.parts, to.parts, moved)
		}
		return
	}
	if len(moves) > 1 || moves[0].From != source || moves[0].To != target {
		t.Fatalf("Moves(%v, %v) = %v, want only %s to %s", from.parts, to.parts, moves, source, target)
	}
	want := float64(moves[0].Points) / Whole * float64(len(keys))
	if math.Abs(float64(moved)-want) > 6*math.Sqrt(want+1) {
		t.Fatalf("%v to %v: %d keys moved, Moves says %.0f", from.parts, to.parts, moved, want)
	}
}

func TestMoves(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"A=80 B=20", "A=65 B=35", "[{A B 1500}]"},
		{"A=65 B=35", "A=95 B=5", "[{B A 3000}]"},
		{"A=70 B=10 C=20", "A=50 B=30 C=20", "[{A B 2000}]"},
		{"A=70 B=30", "A=70 B=30", "[]"},
		{"A=70 B=30", "A=0 B=100", "[{A B 7000}]"},
		{"A=50 B=50", "A=50 C=50", "[{B A 5000} {A C 5000}]"},
		{"A=60 B=10 C=10 D=10 E=10", "A=100", "[{B A 1000} {E A 1000} {D A 1000} {C A 1000}]"},
	} {
		if got := fmt.Sprint(Moves(mustTable(t, c.from), mustTable(t, c.to))); got != c.want {
			t.Errorf("Moves(%s, %s) = %s, want %s", c.from, c.to, got, c.want)
		}
	}
}

func BenchmarkAssign(b *testing.B) {
	table := mustTable(b, "A=60 B=30 C=10")
	for b.Loop() {
		table.AssignKey("salt-2026", "user-0012345")
	}
}
