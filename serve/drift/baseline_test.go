package drift

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func TestBaselineRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	b := &Baseline{Schema: Schema, Model: "bc", SHA256: strings.Repeat("ab", 32), Rows: 200,
		Features: []Column{mustFit(t, "mean radius", normal(r, 200, 14, 3)), mustFit(t, "constant", make([]float32, 200)),
			mustFit(t, "always missing", []float32{nan})},
		Score: new(mustFit(t, "score", normal(r, 200, .5, .1)))}
	var file bytes.Buffer
	if err := WriteBaseline(&file, b); err != nil {
		t.Fatal(err)
	}
	got, err := ReadBaseline(&file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, b) {
		t.Errorf("read back %+v, want %+v", got, b)
	}
}

const valid = `{"schema":1,"model":"m","rows":4,"features":[{"name":"a","edges":[1,2],"shares":[0,0.5,0.5,0]}]}`

func TestReadBaselineRefuses(t *testing.T) {
	if _, err := ReadBaseline(strings.NewReader(valid)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`"schema":1`, `"schema":2`, "schema 2 is not 1"},
		{`"schema":1,`, ``, "schema 0"},
		{`"rows":4`, `"rows":0`, "rows is 0"},
		{`"rows":4`, `"rows":4.5`, "rows"},
		{`"model":"m"`, `"model":"m","sha256":"abc"`, "64 hex digits"},
		{`"model":"m"`, `"model":"m","sha256":"abcd"`, "64 hex digits"},
		{`"model":"m"`, `"modle":"m"`, "modle"},
		{`[{"name":"a","edges":[1,2],"shares":[0,0.5,0.5,0]}]`, `[]`, "no features"},
		{`"name":"a"`, `"name":""`, "feature 0"},
		{`[1,2]`, `[2,1]`, "is not above edge 0"},
		{`[1,2]`, `[1,1]`, "is not above edge 0"},
		{`[1,2]`, `[1,1e39]`, "1e39"},
		{`[1,2]`, `[1]`, "4 shares for 1 edges, want 3"},
		{`0.5,0.5`, `0.5,0.4`, "sum to 0.9"},
		{`0.5,0.5`, `1.5,-0.5`, "share 1 is 1.5"},
		{`}]}`, `}]}{}`, "more than one"},
		{`}]}`, `}`, "EOF"},
		{`"features":[`, `"features":[{"name":"a","edges":[],"shares":[1,0]},`, "both named"},
		{`"rows":4`, `"rows":4,"score":{"name":"s","edges":[],"shares":[1]}`, "score: 1 shares"},
	} {
		text := strings.Replace(valid, c.old, c.new, 1)
		if _, err := ReadBaseline(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", text, err, c.want)
		}
	}
}

func TestWriteBaselineRefusesInvalid(t *testing.T) {
	if err := WriteBaseline(&bytes.Buffer{}, &Baseline{Schema: Schema}); err == nil {
		t.Error("a baseline without rows is written")
	}
	b, err := ReadBaseline(strings.NewReader(valid))
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteBaseline(fullDisk{}, b); !errors.Is(err, errFull) {
		t.Errorf("error %v, want %v", err, errFull)
	}
}

var errFull = errors.New("no space left on device")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func FuzzReadBaseline(f *testing.F) {
	f.Add([]byte(valid))
	f.Add([]byte(strings.Replace(valid, `"rows":4`, `"rows":4,"score":{"name":"s","edges":[-0.5],"shares":[0.25,0.5,0.25]}`, 1)))
	f.Fuzz(func(t *testing.T, file []byte) {
		b, err := ReadBaseline(bytes.NewReader(file))
		if err != nil {
			return
		}
		m := newMonitor(t, b, Options{MinRows: 1})
		row := make([]float32, len(b.Features))
		m.Observe(row, row[:1])
		m.Observe([]float32{nan}, nil)
		for _, s := range m.Scores(start).Features {
			if !(s.KS >= 0 && s.KS <= 1.001) || !(s.PSI >= -1e-9) {
				t.Fatalf("scores out of range: %+v", s)
			}
		}
		if err := WriteBaseline(&bytes.Buffer{}, b); err != nil {
			t.Fatalf("a baseline that was read cannot be written: %v", err)
		}
	})
}
