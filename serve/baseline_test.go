package serve

import (
	"errors"
	"strings"
	"testing"

	"pitwall/serve/drift"
	"pitwall/serve/model"
)

// classed is the fake under other class labels.
type classed struct {
	fake
	classes []string
}

func (c *classed) Info() model.Info {
	info := c.fake.Info()
	info.Classes = c.classes
	return info
}

func TestMakeBaseline(t *testing.T) {
	for _, c := range []struct {
		name  string
		model Predictor
		csv   string
	}{
		{"by name", &fake{names: abc}, "\uFEFFtarget,c,a,b\nx,3,0.1,2\ny,,0.9,2\nz,NaN,0.9,2\nz, 4 ,0.2,NA\n"},
		{"by position", &fake{}, "a,b,c\r\n0.1,2,3\r\n0.9,2,\r\n0.9,2,null\r\n0.2,,4\r\n"},
	} {
		b, err := MakeBaseline(c.model, strings.NewReader(c.csv))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if b.Rows != 4 || b.Schema != drift.Schema || b.SHA256 != strings.Repeat("0f", 32) || b.Model != "" {
			t.Errorf("%s: %+v", c.name, b)
		}
		missing := func(c *drift.Column) float64 { return c.Shares[len(c.Shares)-1] }
		for i, want := range []float64{0, .25, .5} {
			if f := &b.Features[i]; f.Name != abc[i] || missing(f) != want {
				t.Errorf("%s: feature %d is %+v, want %s with %v missing", c.name, i, f, abc[i], want)
			}
		}
		if b.Score == nil || len(b.Score.Edges) != 6 || missing(b.Score) != 0 {
			t.Errorf("%s: score %+v, want three values", c.name, b.Score)
		}
	}
}

func TestMakeBaselineRefuses(t *testing.T) {
	named, unnamed := &fake{names: abc}, &fake{}
	for _, c := range []struct {
		model     Predictor
		csv, want string
	}{
		{named, "", "the first line must name"},
		{named, "a,b,c\n", "no rows"},
		{named, "a,b\n1,2\n", `no column for the model's feature "c"`},
		{unnamed, "a,b\n1,2\n", "line 1: 2 columns, but the model takes 3"},
		{unnamed, "a,b,c,target\n1,2,3,4\n", "leave out what is no feature"},
		{unnamed, "1,2,3\n1,2,3\n", `column 1 is named "1"`},
		{unnamed, "a,b,a\n1,2,3\n", `both named "a"`},
		{unnamed, "a,b,\n1,2,3\n", "no name"},
		{named, "a,b,c\n1,2,3\n1,x,3\n", `line 3, column 3: "x" is not a number`},
		{named, "a,b,c\n1,1e39,3\n", "line 2, column 3"},
		{named, "a,b,c\n1,2,inf\n", "line 2, column 5"},
		{named, "a,b,c\n1,2\n", "line 2"},
		{named, "a,b,c\n1,\"2,3\n", "line 2"},
	} {
		if b, err := MakeBaseline(c.model, strings.NewReader(c.csv)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %+v, %v, want an error with %q", c.csv, b, err, c.want)
		}
	}
}

// A baseline of another model is refused, or used as far as it holds.
func TestBaselineOfAnotherModel(t *testing.T) {
	path := writeBaseline(t, &fake{names: abc}, "a,b,c\n1,2,3\n")
	s := launch(t, Config{BaselinePath: path}, func() (Predictor, error) { return &fake{names: []string{"a", "c", "b"}}, nil })
	var usage *UsageError
	if err := s.ended(); !errors.As(err, &usage) || !strings.Contains(err.Error(), `feature 1 is "b", in the model it is "c"`) {
		t.Errorf("other names: %v", err)
	}
	s = launch(t, Config{BaselinePath: path + ".absent"}, func() (Predictor, error) { return &fake{}, nil })
	if err := s.ended(); !errors.As(err, &usage) || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("no file: %v", err)
	}

	s = begin(t, Config{BaselinePath: path, Drift: drift.Options{MinRows: 1}}, retrained{})
	if code, body := s.post("/predict", `{"features":{"a":1,"b":2,"c":3}}`); code != 200 {
		t.Errorf("names from the baseline: %d %s", code, body)
	}
	got := s.scrape(false)
	if value(got["model_feature_drift"]) < 0 || value(got["model_prediction_drift"]) != -1 {
		t.Error("another file of the same features: want drift of the features, none of the score")
	}
}

// retrained is the fake without names and with another digest.
type retrained struct{ fake }

func (retrained) Info() model.Info {
	info := (&fake{}).Info()
	info.SHA256 = strings.Repeat("ee", 32)
	return info
}

func (r retrained) Predict(x []float32, rows int, out *model.Output) error {
	return r.fake.Predict(x, rows, out)
}
