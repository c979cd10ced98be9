package supervisor

import (
	"testing"

	"pitwall/backends/mlflow"
)

// A new stack's registry holds what it serves, measured; a second start adds
// nothing and moves no alias back.
func TestRegistryHoldsWhatTheStackServes(t *testing.T) {
	s, _ := newFitsSupervisor(t)
	r, err := mlflow.Open(s.dir.Path(RegistryDir), mlflow.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	fill := func() {
		t.Helper()
		for _, d := range s.deployments {
			if err := s.registerModels(t.Context(), r, d.conf); err != nil {
				t.Fatal(err)
			}
		}
	}
	fill()
	m, versions, err := r.Versions(t.Context(), "model-api")
	if err != nil || len(versions) != 4 {
		t.Fatalf("%d versions, error %v", len(versions), err)
	}
	deployed := []mlflow.Deployed{{Deployment: "model-api", Variant: "A", Version: "1.0.0"}, {Deployment: "model-api", Variant: "B", Version: "1.1.0"}}
	if found := mlflow.ServingOf(m, versions, deployed).Findings; len(found) != 0 || len(m.Aliases) != 2 {
		t.Errorf("aliases %v, findings %v", m.Aliases, found)
	}
	for _, v := range versions {
		d, err := r.Detail(t.Context(), v.Model, v.Number)
		if err != nil || len(d.Unknown) != 0 || len(d.Metrics) != 2 || !(d.Metrics[0].Value > 0.95) || d.Bytes == 0 || len(d.Signature.Inputs) != 30 {
			t.Errorf("version %s: metrics %v, unknown %v, error %v", v.Number, d.Metrics, d.Unknown, err)
		}
	}
	change := mlflow.AliasChange{Model: "model-api", Alias: mlflow.Champion, Before: m.Aliases[mlflow.Champion], After: "4"}
	if err := r.SetAlias(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	fill()
	if m, versions, err = r.Versions(t.Context(), "model-api"); err != nil || len(versions) != 4 || m.Aliases[mlflow.Champion] != "4" {
		t.Errorf("after a second start: %d versions, aliases %v, error %v", len(versions), m.Aliases, err)
	}
}
