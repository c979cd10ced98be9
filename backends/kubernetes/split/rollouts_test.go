package split

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
)

func TestArgoReads(t *testing.T) {
	d := load(t, "argorollouts").door(ArgoRollouts, "churn")
	if s := sharesOf(d); s["stable"] != 80 || s["canary"] != 20 || !d.Sides[0].Stable || d.Sides[1].Ready != 1 {
		t.Errorf("%v %+v", s, d.Sides)
	}
	if !slices.Equal(d.Stops, []float64{0, 20, 40, 60, 100}) {
		t.Errorf("stops %v", d.Stops)
	}
	r := d.Rollout
	if r.Phase != "Paused" || r.Step != 1 || !r.Paused || r.Since.IsZero() || len(r.Steps) != 6 {
		t.Errorf("%+v", r)
	}
	if r.Steps[0].Text != "set weight 20 %" || r.Steps[5].Text != "pause 10m" || r.Steps[3].Text != "analysis error-rate" || !math.IsNaN(r.Steps[3].Weight) {
		t.Errorf("%+v", r.Steps)
	}
	want := []backends.Op{backends.OpPromote, backends.OpAbort, backends.OpPause, backends.OpResume, backends.OpRollback}
	if !slices.Equal(d.Verbs, want) {
		t.Errorf("offers %v, want %v", d.Verbs, want)
	}
}

func TestArgoAsks(t *testing.T) {
	const meta = `{"metadata":{"resourceVersion":"80","uid":"ro-1"},`
	for _, test := range []struct {
		name   string
		change func(c *cluster)
		op     backends.Op
		want   []string // patches, or the refusal
	}{
		{"promote a paused one", nil, backends.OpPromote, []string{meta + `"status":{"pauseConditions":null}}`}},
		{"resume", nil, backends.OpResume, []string{meta + `"status":{"pauseConditions":null}}`}},
		{"promote a running one", func(c *cluster) { c.set("Rollout", "churn", nil, "status", "pauseConditions") }, backends.OpPromote,
			[]string{meta + `"status":{"currentStepIndex":2,"pauseConditions":null}}`}},
		{"promote an inconclusive one", func(c *cluster) {
			c.set("Rollout", "churn", "InconclusiveAnalysisRun", "status", "pauseConditions", 0, "reason")
		}, backends.OpPromote, []string{meta + `"status":{"controllerPause":false,"currentStepIndex":2,"pauseConditions":null}}`}},
		{"promote a held one", func(c *cluster) { c.set("Rollout", "churn", true, "spec", "paused") }, backends.OpPromote, []string{"resume it first"}},
		{"resume a held one", func(c *cluster) { c.set("Rollout", "churn", true, "spec", "paused") }, backends.OpResume,
			[]string{`[{"op":"test","path":"/metadata/uid","value":"ro-1"},{"op":"test","path":"/spec/paused","value":true},{"op":"replace","path":"/spec/paused","value":false}]`}},
		{"full", nil, full, []string{meta + `"status":{"promoteFull":true}}`}},
		{"abort", nil, backends.OpAbort, []string{meta + `"status":{"abort":true}}`}},
		{"pause", nil, backends.OpPause, []string{meta + `"spec":{"paused":true}}`}},
		{"retry", func(c *cluster) { c.set("Rollout", "churn", true, "status", "abort") }, backends.OpResume, []string{meta + `"status":{"abort":false}}`}},
		{"abort a full promotion", func(c *cluster) { c.set("Rollout", "churn", true, "status", "promoteFull") }, backends.OpAbort, []string{"ignores an abort during a full promotion"}},
		{"abort what is done", func(c *cluster) { c.set("Rollout", "churn", "7c9d8b5d6f", "status", "stableRS") }, backends.OpAbort, []string{"no new version is being rolled out"}},
		{"full without pods", func(c *cluster) { c.set("Pod", "churn-ro-new", nil, "status", "conditions") }, full, []string{"has no ready pod"}},
		{"scale", nil, backends.OpScale, []string{"no such request"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := load(t, "argorollouts")
			if test.change != nil {
				test.change(c)
			}
			d := c.door(ArgoRollouts, "churn")
			plan, err := d.Act(test.op)
			if !strings.ContainsAny(test.want[0][:1], "{[") {
				refused(t, err, test.want[0])
				return
			}
			if err != nil || !slices.Equal(bodies(plan), test.want) || len(plan.Effects) == 0 {
				t.Fatalf("patches %v, %v; want %v", bodies(plan), err, test.want)
			}
			if status := strings.Contains(test.want[0], `"status"`); status != (plan.Patches[0].Subresource == "status") {
				t.Errorf("subresource %q", plan.Patches[0].Subresource)
			}
			if err := c.apply(plan); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestArgoStops: a split is a stop of the steps that are left.
func TestArgoStops(t *testing.T) {
	d := load(t, "argorollouts").door(ArgoRollouts, "churn")
	for share, want := range map[float64]string{
		0:   `"status":{"abort":true}`,
		40:  `"status":{"pauseConditions":null}`, // the next step
		60:  `"status":{"controllerPause":false,"currentStepIndex":4,"pauseConditions":null}`,
		100: `"status":{"promoteFull":true}`,
	} {
		plan, err := d.Plan(map[string]float64{"stable": 100 - share, "canary": share})
		if err != nil || len(plan.Patches) != 1 || !strings.Contains(bodies(plan)[0], want) {
			t.Errorf("to %v %%: %v, %v; want %s", share, bodies(plan), err, want)
		}
		if share == 60 && !slices.ContainsFunc(plan.Notes, func(n string) bool { return n == "left out: set weight 40 %; analysis error-rate" }) {
			t.Errorf("to 60 %% leaves out %q", plan.Notes)
		}
		if share == 40 && !slices.ContainsFunc(plan.Notes, func(n string) bool { return strings.HasPrefix(n, "no pause follows") }) {
			t.Errorf("to 40 %% notes %q", plan.Notes)
		}
	}
}

func TestArgoAborted(t *testing.T) {
	c := load(t, "argorollouts")
	c.set("Rollout", "churn", true, "status", "abort")
	c.set("Rollout", "churn", "Degraded", "status", "phase")
	d := c.door(ArgoRollouts, "churn")
	if s := sharesOf(d); s["stable"] != 100 || d.Accepted.State != backends.Warn || !d.Rollout.Aborted || !warned(d, "Undo it to stay") {
		t.Errorf("%v %+v %q", s, d.Accepted, d.Warnings)
	}
	_, err := d.Plan(map[string]float64{"stable": 60, "canary": 40})
	refused(t, err, "it was aborted")
	c.set("Rollout", "churn", "6", "status", "observedGeneration")
	if d := c.door(ArgoRollouts, "churn"); d.Accepted.State != backends.Progressing || d.Rollout.Phase != "Progressing" {
		t.Errorf("an old status is believed: %+v %q", d.Accepted, d.Rollout.Phase)
	}
}

func TestArgoUndo(t *testing.T) {
	c := load(t, "argorollouts")
	d := c.door(ArgoRollouts, "churn")
	plan, err := d.Undo(c.object("ReplicaSet", "churn-6bdf7c9f4d"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.apply(plan); err != nil {
		t.Fatal(err)
	}
	template := members(c.object("Rollout", "churn"), "spec", "template")
	if text(template, "spec", "containers", 0, "image") != "registry/churn:1" || len(labels(template, "metadata", "labels")) != 1 {
		t.Errorf("template %v", template)
	}
	if err := c.apply(plan); err == nil {
		t.Error("a second undo of what was read before goes through")
	}
	_, err = d.Undo(map[string]any{})
	refused(t, err, "no template")
	_, err = load(t, "knative").door(Knative, "churn").Undo(nil)
	refused(t, err, "makes no pods")
}

// TestArgoUndoOfADeployment: a Rollout that refers to a Deployment takes its
// template from there.
func TestArgoUndoOfADeployment(t *testing.T) {
	c := load(t, "argorollouts")
	set := c.object("ReplicaSet", "churn-6bdf7c9f4d")
	c.set("Rollout", "churn", nil, "spec", "template")
	c.set("Rollout", "churn", map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "churn"}, "spec", "workloadRef")
	_, err := c.door(ArgoRollouts, "churn").Undo(set)
	refused(t, err, "Deployment churn, which is not there")
	c.add(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: churn, namespace: prod, uid: d-1, resourceVersion: "5"}, spec: {replicas: 0, template: {metadata: {labels: {app: churn-ro}}}}}`)
	plan, err := c.door(ArgoRollouts, "churn").Undo(set)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.apply(plan); err != nil {
		t.Fatal(err)
	}
	if image := text(c.object("Deployment", "churn"), "spec", "template", "spec", "containers", 0, "image"); image != "registry/churn:1" {
		t.Errorf("image %q", image)
	}
}

// TestArgoWithoutARouter: the weight is that of the steps that were done.
func TestArgoWithoutARouter(t *testing.T) {
	c := load(t, "argorollouts")
	c.set("Rollout", "churn", nil, "status", "canary")
	c.set("Rollout", "churn", nil, "spec", "strategy", "canary", "trafficRouting")
	c.set("Rollout", "churn", int64(3), "status", "currentStepIndex")
	d := c.door(ArgoRollouts, "churn")
	if s := sharesOf(d); s["canary"] != 40 || !warned(d, "follows the number of pods") || !slices.Equal(d.Stops, []float64{0, 40, 60, 100}) {
		t.Errorf("%v, stops %v, %q", s, d.Stops, d.Warnings)
	}
	plan, err := d.Act(backends.OpPromote)
	if want := (backends.Effect{What: "step", Before: "4 of 6: analysis error-rate", After: "5 of 6: set weight 60 %"}); err != nil || plan.Effects[0] != want {
		t.Errorf("%+v, %v, want %+v", plan.Effects, err, want)
	}
	c.set("Rollout", "churn", "2026-11-26T12:00:00Z", "metadata", "deletionTimestamp")
	d = c.door(ArgoRollouts, "churn")
	_, err = d.Act(backends.OpPromote)
	refused(t, err, "it is being deleted")
}

func TestArgoAccepted(t *testing.T) {
	for want, change := range map[string]func(c *cluster){
		"ok":      func(*cluster) {},
		"unknown": func(c *cluster) { c.set("Rollout", "churn", nil, "status") },
		"warn":    func(c *cluster) { c.set("Rollout", "churn", "Degraded", "status", "phase") },
		"fail": func(c *cluster) {
			c.set("Rollout", "churn", []any{map[string]any{"type": "InvalidSpec", "status": "True", "message": "no service"}}, "status", "conditions")
		},
	} {
		c := load(t, "argorollouts")
		change(c)
		if lamp := c.door(ArgoRollouts, "churn").Accepted; lamp.State.String() != want {
			t.Errorf("%+v, want %s", lamp, want)
		}
	}
}

func TestArgoBlueGreen(t *testing.T) {
	c := load(t, "argorollouts")
	c.set("Rollout", "churn", map[string]any{"blueGreen": map[string]any{"activeService": "churn-ro-stable", "previewService": "churn-ro-canary"}}, "spec", "strategy")
	c.set("Rollout", "churn", "BlueGreenPause", "status", "pauseConditions", 0, "reason")
	d := c.door(ArgoRollouts, "churn")
	if s := sharesOf(d); s["stable"] != 100 || !slices.Equal(d.Stops, []float64{0, 100}) || d.Sides[1].Service != "churn-ro-canary" {
		t.Errorf("%v, stops %v, %+v", s, d.Stops, d.Sides)
	}
	plan, err := d.Plan(map[string]float64{"canary": 100})
	if err != nil || !strings.Contains(bodies(plan)[0], `"status":{"pauseConditions":null}`) {
		t.Errorf("%v, %v", bodies(plan), err)
	}
}

func TestFlaggerPhases(t *testing.T) {
	for phase, want := range map[string]string{"": "unknown", "Failed": "warn", "Succeeded": "ok", "WaitingPromotion": "paused", "Promoting": "progressing"} {
		c := load(t, "flagger")
		c.set("Canary", "fraud", phase, "status", "phase")
		if d := c.door(Flagger, "fraud"); d.Accepted.State.String() != want || d.Rollout.Aborted != (phase == "Failed") {
			t.Errorf("%q is %+v, want %s", phase, d.Accepted, want)
		}
	}
}

func TestFlagger(t *testing.T) {
	c := load(t, "flagger")
	d := c.door(Flagger, "fraud")
	if s := sharesOf(d); s["canary"] != 30 || s["primary"] != 70 || !d.Sides[0].Stable || d.SetBy != "flagger" {
		t.Errorf("%v by %q: the route counts, not the status", s, d.SetBy)
	}
	if !warned(d, "the status says 0 % for the canary") || d.Rollout.Phase != "Progressing" || d.Accepted.State != backends.Progressing {
		t.Errorf("%q %+v %+v", d.Warnings, d.Rollout, d.Accepted)
	}
	if !slices.Equal(d.Verbs, []backends.Op{backends.OpPause, backends.OpPromote}) {
		t.Errorf("offers %v", d.Verbs)
	}
	_, err := d.Act(backends.OpAbort)
	refused(t, err, "Flagger has no abort")
	plan, err := d.Act(backends.OpPause)
	if err != nil || bodies(plan)[0] != `{"metadata":{"resourceVersion":"90","uid":"fl-1"},"spec":{"suspend":true}}` {
		t.Fatalf("%v, %v", bodies(plan), err)
	}
	if err := c.apply(plan); err != nil {
		t.Fatal(err)
	}
	if d := c.door(Flagger, "fraud"); !d.Rollout.Paused || !slices.Equal(d.Verbs, []backends.Op{backends.OpResume, backends.OpPromote}) {
		t.Errorf("paused %v, offers %v", d.Rollout.Paused, d.Verbs)
	}
}
