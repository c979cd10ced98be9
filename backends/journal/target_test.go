package journal_test

import (
	"testing"

	"pitwall/backends/journal"
)

// TestTargetInPlace keeps records of one name apart by where the deployment is.
func TestTargetInPlace(t *testing.T) {
	prod := journal.Target{Backend: "kubernetes", Context: "prod", Namespace: "models"}
	for _, c := range []struct {
		target journal.Target
		in     bool
	}{
		{journal.Target{Backend: "kubernetes", Context: "prod", Namespace: "models", Name: "churn"}, true},
		{journal.Target{Backend: "kubernetes", Context: "prod", Namespace: "staging", Name: "churn"}, false},
		{journal.Target{Backend: "kubernetes", Context: "test", Namespace: "models", Name: "churn"}, false},
		{journal.Target{Backend: "docker", Name: "churn"}, false},
		{journal.Target{Backend: "kubernetes", Name: "churn"}, true}, // written by an earlier version
		{journal.Target{Name: "churn"}, true},
		{journal.Target{Backend: journal.Registry, Context: "https://mlflow", Name: "churn"}, true}, // an alias of the model
	} {
		if got := c.target.In(prod); got != c.in {
			t.Errorf("%+v in %+v: %v", c.target, prod, got)
		}
	}
}
