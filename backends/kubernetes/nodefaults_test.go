package kubernetes_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/explain"
)

// TestNodeFaultsAreExplained runs what cannot run: what is told of it first
// holds what the container itself wrote, or what the node says of it.
func TestNodeFaultsAreExplained(t *testing.T) {
	for _, c := range []struct {
		name, version string
		title         string
		details       []string
	}{
		{"the model file is not there", "1.3.0", "ended again and again", []string{"status 2", "restarted", "bc_nn.onnx: no such file or directory"}},
		{"the image is not there", "9.9.9", "the image is missing", []string{modelImage + ":9.9.9"}},
		{"the probe reaches nobody", "1.4.0", "its probe does not hold", []string{"Readiness probe failed", "connection refused"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := onNode(t, served("fraud", c.version, 1))
			began := time.Now()
			var told []explain.Evidence
			defer func() {
				for _, e := range told {
					t.Logf("| %s | after %.1f s: %s | %s | next: %s |", c.name, time.Since(began).Seconds(), e.Title, e.Detail, e.Next)
				}
			}()
			p.await(t, "it is explained", func(d backends.Deployment) bool {
				reasons, err := p.backend.Reasons(t.Context(), d.Name)
				if err != nil {
					t.Error(err)
				}
				told = explain.Explain(explain.Input{Deployment: d, Reasons: reasons, Now: time.Now()})
				told = told[:min(2, len(told))] // the first is that nothing answers, where the cause is not certain yet
				return slices.ContainsFunc(told, func(e explain.Evidence) bool {
					missing := func(text string) bool { return !strings.Contains(e.Detail, text) }
					return strings.Contains(e.Title, c.title) && !slices.ContainsFunc(c.details, missing)
				})
			})
		})
	}
}
