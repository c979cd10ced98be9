package kubernetes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/operation"
)

// gatewaySays writes the status of the route as the controller of its gateway
// does, for the newest generation.
func (p *place) gatewaySays(t *testing.T, accepted, reason string) {
	t.Helper()
	generation := p.Kubectl(t, "get", "httproute/fraud", "-o", "jsonpath={.metadata.generation}")
	condition := func(kind, status, reason string) string {
		return fmt.Sprintf(`{"type":%q,"status":%q,"reason":%q,"message":"as the test has it","observedGeneration":%s,"lastTransitionTime":"2026-01-01T00:00:00Z"}`, kind, status, reason, generation)
	}
	p.Kubectl(t, "patch", "httproute/fraud", "--subresource=status", "--type=merge", "-p", fmt.Sprintf(
		`{"status":{"parents":[{"parentRef":{"name":"public"},"controllerName":"example.com/gateway","conditions":[%s,%s]}]}}`,
		condition("Accepted", accepted, reason), condition("ResolvedRefs", "True", "ResolvedRefs")))
}

// TestClusterSplitNeedsItsController splits at a route whose controller is not
// there, stands still, refuses, and takes the split: each is told as what it is.
func TestClusterSplitNeedsItsController(t *testing.T) {
	c := clustertest.Shared(t)
	c.CRDs(t, "gateway")
	p := operated(t, c, "gateway-http")
	o := p.operator(t)
	yes := operation.Confirmation{Yes: true, Typed: "fraud"}
	splits := func(a float64, says string) (operation.Outcome, error) {
		t.Helper()
		plan := o.plan(t, backends.Change{Op: backends.OpSplit, Split: pair(a, 100-a)})
		said := false
		return o.ops.Run(t.Context(), plan, yes, func(s operation.Progress) {
			if s.Stage == operation.Observing && says != "" && !said {
				said = true
				p.gatewaySays(t, says, "NotAllowedByListeners")
			}
		})
	}
	explained := func(want string) {
		t.Helper()
		reasons, err := p.backend.Reasons(t.Context(), "fraud")
		if err != nil || !slices.ContainsFunc(reasons, func(r backends.Reason) bool { return strings.Contains(r.Text, want) }) {
			t.Errorf("explained as %+v, %v; want %q", reasons, err, want)
		}
	}
	out, err := splits(65, "")
	if err != nil || out.Observed || !strings.HasPrefix(out.Text, "accepted by the API (no controller has taken it yet") {
		t.Errorf("without a controller: %+v, %v", out, err)
	}
	explained("no controller has taken the httproute")
	if out, err = splits(62, "True"); err != nil || out.Observed || !strings.HasPrefix(out.Text, "accepted by the API and by the controller (public has taken it)") {
		t.Errorf("taken: %+v, %v", out, err)
	}
	if out, err = splits(61, ""); err != nil || out.Observed || !strings.HasPrefix(out.Text, "accepted by the API, not yet by the controller (public has not seen") {
		t.Errorf("with a controller that stands still: %+v, %v", out, err)
	}
	explained("no controller has taken the httproute")
	if out, err = splits(60, "False"); err == nil || out.Result != journal.ResultFailed || !strings.Contains(out.Text, "public refuses it: NotAllowedByListeners: as the test has it") {
		t.Errorf("refused: %+v, %v", out, err)
	}
	explained("does not take it as it stands")
}
