package crds

import (
	"strings"
	"testing"
)

func TestEveryProjectHasItsKinds(t *testing.T) {
	kinds := map[string][]string{
		"gateway": {"HTTPRoute", "GRPCRoute", "Gateway", "GatewayClass"},
		"istio":   {"VirtualService", "DestinationRule"},
		"traefik": {"TraefikService", "IngressRoute"},
		"argo":    {"Rollout", "AnalysisRun", "AnalysisTemplate", "ClusterAnalysisTemplate", "Experiment"},
		"knative": {"Service", "Route", "Revision", "Configuration"},
		"flagger": {"Canary"},
		"kserve":  {"InferenceService"},
		"seldon":  {"Experiment", "Model"},
	}
	for _, name := range Names() {
		text, err := YAML(t.Context(), name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, kind := range kinds[name] {
			if !strings.Contains(string(text), "kind: "+kind+"\n") {
				t.Errorf("%s has no kind %s", name, kind)
			}
		}
		if kinds[name] == nil {
			t.Errorf("nothing is known of %s", name)
		}
	}
}

func TestUnknownProject(t *testing.T) {
	_, err := YAML(t.Context(), "nginx")
	if err == nil || !strings.Contains(err.Error(), "argo, flagger, gateway") {
		t.Errorf("an unknown project: %v", err)
	}
}
