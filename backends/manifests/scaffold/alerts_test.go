package scaffold

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
	"go.yaml.in/yaml/v3"
)

// history is ten minutes of two variants: A fails 0.5 % of its requests and is
// fast; B fails 4 %, most of its answers take longer than 250 ms, and one of its
// replicas is down. C had one request, which failed.
const history = `load 30s
  up{deployment="churn",variant="A",instance="a-1"} 1x20
  up{deployment="churn",variant="B",instance="b-1"} 0x20
  model_requests_total{deployment="churn",variant="A",code="200"} 0+398x20
  model_requests_total{deployment="churn",variant="A",code="500"} 0+2x20
  model_requests_total{deployment="churn",variant="B",code="200"} 0+96x20
  model_requests_total{deployment="churn",variant="B",code="500"} 0+4x20
  model_requests_total{deployment="churn",variant="C",code="500"} 0x10 1x9
  model_request_duration_seconds_bucket{deployment="churn",variant="A",le="0.1"} 0+400x20
  model_request_duration_seconds_bucket{deployment="churn",variant="A",le="0.5"} 0+400x20
  model_request_duration_seconds_bucket{deployment="churn",variant="A",le="+Inf"} 0+400x20
  model_request_duration_seconds_bucket{deployment="churn",variant="B",le="0.1"} 0+10x20
  model_request_duration_seconds_bucket{deployment="churn",variant="B",le="0.5"} 0+100x20
  model_request_duration_seconds_bucket{deployment="churn",variant="B",le="+Inf"} 0+100x20
  model_feature_drift{deployment="churn",variant="A",feature="x",measure="psi"} 0.1x20
  model_feature_drift{deployment="churn",variant="A",feature="x",measure="ks"} 0.9x20
  model_feature_drift{deployment="churn",variant="B",feature="x",measure="psi"} 0.4x20
  model_requests_total{deployment="other",variant="A",code="500"} 0+100x20
`

// TestAlertsFireWhenTheyShould: each for the variant that deserves it, and for
// no other deployment.
func TestAlertsFireWhenTheyShould(t *testing.T) {
	firing := fired(t, history, churn(Pitwall))
	for alert, want := range map[string][]string{"HighLatency": {"B"}, "HighErrorRatio": {"B"}, "ReplicaDown": {"B"}, "NoReplica": nil, "Drift": {"B"}} {
		if got := firing[alert]; !slices.Equal(got, want) {
			t.Errorf("%s fires for %v, want %v", alert, got, want)
		}
	}
	patient := churn(Pitwall)
	patient.Latency, patient.Errors = time.Second, 5
	firing = fired(t, history, patient)
	if len(firing["HighLatency"])+len(firing["HighErrorRatio"]) > 0 {
		t.Errorf("with other thresholds %v fire", firing)
	}
	if got := fired(t, "load 30s\n  up{deployment=\"churn\",variant=\"A\",instance=\"a-1\"} 0x20\n", churn(Pitwall))["NoReplica"]; !slices.Equal(got, []string{"A"}) {
		t.Errorf("without a replica NoReplica fires for %v", got)
	}
	if got := fired(t, "load 30s\n  something 0x20\n", churn(Pitwall))["NoReplica"]; !slices.Equal(got, []string{"A"}) {
		t.Errorf("without a target NoReplica fires for %v", got)
	}
}

// fired gives the variants for which each alert's condition holds after ten
// minutes.
func fired(t *testing.T, series string, a Answers) map[string][]string {
	t.Helper()
	storage := promqltest.LoadedStorage(t, series)
	t.Cleanup(func() { _ = storage.Close() })
	engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Labels      map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(files(t, a)["monitoring/alerts.yml"]), &rules); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, r := range rules.Groups[0].Rules {
		q, err := engine.NewInstantQuery(t.Context(), storage, nil, r.Expr, time.Unix(600, 0))
		if err != nil {
			t.Fatal(err)
		}
		found, err := q.Exec(t.Context()).Vector()
		if err != nil {
			t.Fatal(err)
		}
		out[r.Alert] = variantsOf(found, r.Labels["variant"])
		q.Close()
	}
	return out
}

// variantsOf are the variants of what was found, or those that the rule names.
func variantsOf(v promql.Vector, named string) (out []string) {
	for _, s := range v {
		out = append(out, cmp.Or(s.Metric.Get("variant"), named))
	}
	slices.Sort(out)
	return out
}
