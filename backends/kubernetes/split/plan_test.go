package split

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
)

func TestPlanRefusals(t *testing.T) {
	c := load(t, "gatewayapi", "knative", "seldon", "argorollouts", "flagger", "ingressnginx", "common")
	for _, test := range []struct {
		name   string
		door   Door
		want   map[string]float64
		reason string
	}{
		{"Flagger moves weights itself", c.door(Flagger, "fraud"), map[string]float64{"primary": 100}, "Flagger moves the weights itself"},
		{"written by a Rollout", c.door(Istio, "churn-ro"), map[string]float64{"churn-ro-stable": 100}, "rollout prod/churn writes it"},
		{"no such stop", c.door(ArgoRollouts, "churn"), map[string]float64{"stable": 70, "canary": 30}, "only 0, 20, 40, 60, 100 % of canary can be had"},
		{"no such number of pods", load(t, "replicaratio").door(ReplicaRatio, "ranker"), map[string]float64{"ranker-v1": 50, "ranker-v2": 50}, "only 0, 33.33, 66.67, 100 % of ranker-v2"},
		{"half a percent of Knative", c.door(Knative, "churn"), map[string]float64{"churn-00001": 99.5, "churn-00002": 0.5}, "in steps of 1 %"},
		{"finer than the total", c.door(IngressNGINX, "churn-canary"), map[string]float64{"churn-v1": 99.5, "churn-v2": 0.5}, "in steps of 1 %"},
		{"nobody would answer", c.door(Seldon, "churn"), map[string]float64{"churn-v1": 50, "churn-v3": 50}, "churn-v3 has no ready endpoint"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.door.Plan(test.want)
			refused(t, err, test.reason)
		})
	}
}

func TestPlanChecksTheShares(t *testing.T) {
	d := load(t, "gatewayapi", "common").door(GatewayAPI, "churn", "rule 1")
	for want, shares := range map[string]map[string]float64{
		"no side \"churn-v3\": there is churn-v1, churn-v2": {"churn-v1": 50, "churn-v3": 50},
		"sum to 90, not 100":        {"churn-v1": 60, "churn-v2": 30},
		"percentages from 0 to 100": {"churn-v1": 110, "churn-v2": -10},
		"share of churn-v1 is NaN":  {"churn-v1": math.NaN(), "churn-v2": 100},
	} {
		if _, err := d.Plan(shares); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", shares, err, want)
		}
	}
	var missing *backends.NotFoundError
	if _, err := d.Plan(map[string]float64{"x": 100}); !errors.As(err, &missing) {
		t.Errorf("%v is no NotFoundError", err)
	}
}

// TestEndpoints: a share on a side without ready endpoints may fall, not rise.
func TestEndpoints(t *testing.T) {
	c := load(t, "gatewayapi", "common")
	c.set("EndpointSlice", "churn-v2-x", false, "endpoints", 0, "conditions", "ready")
	d := c.door(GatewayAPI, "churn", "rule 1")
	_, err := d.Plan(map[string]float64{"churn-v1": 80, "churn-v2": 20})
	refused(t, err, "churn-v2 has no ready endpoint")
	for _, share := range []float64{5, 0} {
		if _, err := d.Plan(map[string]float64{"churn-v1": 100 - share, "churn-v2": share}); err != nil {
			t.Errorf("down to %v: %v", share, err)
		}
	}
}

// TestWeightsKeepTheirUnit: the sum of an object's weights stays where it can
// express the split.
func TestWeightsKeepTheirUnit(t *testing.T) {
	for _, test := range []struct {
		sums []int64
		most int64
		want []float64
		give []int64
	}{
		{[]int64{10, 100, 10000}, heaviest, []float64{70, 30}, []int64{7, 3}},
		{[]int64{10, 100, 10000}, heaviest, []float64{75, 25}, []int64{75, 25}},
		{[]int64{10, 100, 10000}, heaviest, []float64{87.5, 12.5}, []int64{8750, 1250}},
		{[]int64{3, 100, 10000}, heaviest, []float64{33.33, 66.67}, []int64{1, 2}}, // thirds have no two decimals
		{[]int64{3, 100, 10000}, heaviest, []float64{33.33, 33.33, 33.34}, []int64{3333, 3333, 3334}},
		{[]int64{0, 100, 10000}, heaviest, []float64{0, 100}, []int64{0, 100}},
		{[]int64{1000, 100}, 999, []float64{100, 0}, []int64{100, 0}}, // a single weight has its limit
		{[]int64{100}, 100, []float64{99.5, 0.5}, nil},
		{[]int64{-1, 0}, 100, []float64{50, 50}, nil},
	} {
		if got, _ := fit(test.sums, test.most, test.want); !slices.Equal(got, test.give) {
			t.Errorf("%v with %v: got %v, want %v", test.want, test.sums, got, test.give)
		}
	}
}
