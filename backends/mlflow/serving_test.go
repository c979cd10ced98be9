package mlflow

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestServingMismatches(t *testing.T) {
	versions := []Version{
		{Number: "4", Tags: map[string]string{TagVersion: "1.2.0", TagSHA256: "d4"}},
		{Number: "3", Tags: map[string]string{TagVersion: "1.1.0"}},
		{Number: "2", Tags: map[string]string{TagVersion: "1.0.0"}},
		{Number: "1"},
	}
	a := func(version string) Deployed { return Deployed{Deployment: "churn", Variant: "A", Version: version} }
	b := func(version string) Deployed { return Deployed{Deployment: "churn", Variant: "B", Version: version} }
	for name, test := range map[string]struct {
		aliases  map[string]string
		deployed []Deployed
		want     string // kind alias version, ; between
	}{
		"well":                      {map[string]string{Champion: "2", Challenger: "3"}, []Deployed{a("1.0.0"), b("1.1.0")}, ""},
		"by number":                 {map[string]string{Champion: "1"}, []Deployed{a("1")}, ""},
		"by v and number":           {map[string]string{Champion: "1"}, []Deployed{a("v1")}, ""},
		"by digest":                 {map[string]string{Champion: "4"}, []Deployed{{Deployment: "churn", Variant: "A", Version: "other name", SHA256: "d4"}}, ""},
		"named versions only":       {map[string]string{Champion: "2"}, []Deployed{a("2")}, "alias moved, not rolled out champion 2; not in the registry  "},
		"nothing deployed":          {map[string]string{Champion: "2"}, nil, ""},
		"no aliases":                {nil, []Deployed{a("1.0.0")}, ""},
		"alias moved":               {map[string]string{Champion: "4"}, []Deployed{a("1.0.0")}, "alias moved, not rolled out champion 4"},
		"swapped":                   {map[string]string{Champion: "3", Challenger: "2"}, []Deployed{a("1.0.0"), b("1.1.0")}, "alias moved, not rolled out champion 3; rolled out, not aliased challenger 3"},
		"candidate became champion": {map[string]string{Champion: "3"}, []Deployed{a("1.0.0"), b("1.1.0")}, "alias moved, not rolled out champion 3"},
		"alias left behind":         {map[string]string{Champion: "2"}, []Deployed{a("1.2.0")}, "rolled out, not aliased champion 4"},
		"promoted":                  {map[string]string{Champion: "3", Challenger: "3"}, []Deployed{a("1.1.0")}, ""},
		"candidate is gone":         {map[string]string{Champion: "2", Challenger: "3"}, []Deployed{a("1.0.0")}, "alias moved, not rolled out challenger 3"},
		"dangling":                  {map[string]string{Champion: "9", "old": "7"}, []Deployed{a("1.0.0")}, "dangling alias champion 9; dangling alias old 7"},
		"unknown":                   {map[string]string{Champion: "2"}, []Deployed{a("1.0.0"), b("9.9.9")}, "not in the registry  "},
		"without a version":         {nil, []Deployed{a("")}, "not in the registry  "},
	} {
		t.Run(name, func(t *testing.T) {
			s := ServingOf(Model{Name: "churn", Aliases: test.aliases}, versions, test.deployed)
			var got []string
			for _, f := range s.Findings {
				got = append(got, fmt.Sprintf("%s %s %s", f.Kind, f.Alias, f.Version))
				if f.Text == "" {
					t.Errorf("%s says nothing", f.Kind)
				}
			}
			if joined := strings.Join(got, "; "); joined != test.want {
				t.Errorf("found %q, want %q", joined, test.want)
			}
		})
	}
	s := ServingOf(Model{}, versions, []Deployed{a("1.0.0"), b("1.0.0")})
	if len(s.By["2"]) != 2 || len(s.By) != 1 {
		t.Errorf("served by %v", s.By)
	}
}

func TestCompare(t *testing.T) {
	left := Detail{Version: Version{Number: "1", Stage: "None", Tags: map[string]string{"a": "1", "gone": ""}},
		Metrics: []Metric{{Key: "accuracy", Value: 0.9}, {Key: "loss", Value: math.NaN()}, {Key: "old", Value: 1}},
		Params:  map[string]string{"depth": "4"}, Signature: &Signature{Inputs: []Field{{Name: "age", Type: "long"}}}}
	right := Detail{Version: Version{Number: "2", Stage: "Production", Tags: map[string]string{"a": "1", "new": "x"}},
		Metrics: []Metric{{Key: "accuracy", Value: 0.95}, {Key: "loss", Value: math.NaN()}, {Key: "auc", Value: 0.8, Dataset: "test", DatasetDigest: "d1"}},
		Params:  map[string]string{"depth": "4"}, Signature: &Signature{Inputs: []Field{{Name: "age", Type: "double", Optional: true}}, Outputs: []Field{{Type: "tensor(float32, -1)"}}}}
	var got []string
	for _, d := range Compare(left, right) {
		l, r := "–", "–"
		if d.HasLeft {
			l = d.Left
		}
		if d.HasRight {
			r = d.Right
		}
		line := fmt.Sprintf("%s %s: %s | %s %v", d.Kind, d.Name, l, r, d.Same)
		if !math.IsNaN(d.Delta) {
			line += fmt.Sprintf(" %.2f", d.Delta)
		}
		got = append(got, line)
	}
	want := []string{
		"version description:  |  true", "version stage: None | Production false", "version status:  |  true",
		"metric accuracy: 0.9 | 0.95 false 0.05", "metric auc on test d1: – | 0.8 false", "metric loss: NaN | NaN true", "metric old: 1 | – false",
		"param depth: 4 | 4 true", "tag a: 1 | 1 true", "tag gone:  | – false", "tag new: – | x false",
		"signature input age: long | double? false", "signature output 1: – | tensor(float32, -1) false",
	}
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("got\n%s\nwant\n%s", a, b)
	}
}
