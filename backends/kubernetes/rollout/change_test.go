package rollout

import (
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
)

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func churn(t *testing.T) *objects.Workload {
	return objects.TrimDeployment(deployment(t, "registry.example:5000/churn:2"))
}

func TestSetImage(t *testing.T) {
	p, err := SetImage(churn(t), "", "@"+digest, nil, Cause{Who: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, p.Patch.Body, `[
		{"op":"test","path":"/metadata/uid","value":"d1"},
		{"op":"test","path":"/spec/template/spec/containers/0/name","value":"model"},
		{"op":"test","path":"/spec/template/spec/containers/0/image","value":"registry.example:5000/churn:2"},
		{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"registry.example:5000/churn@`+digest+`"},
		{"op":"add","path":"/metadata/annotations/kubernetes.io~1change-cause","value":"pitwall: image registry.example:5000/churn@`+digest+` by ann"}]`)
	if len(p.Notes) != 0 {
		t.Errorf("a digest needs no warning: %q", p.Notes)
	}
	for wanted, full := range map[string]string{":3": "registry.example:5000/churn:3", digest: "registry.example:5000/churn@" + digest, "other/churn": "other/churn", "h:5000/a/b:1@" + digest: "h:5000/a/b:1@" + digest} {
		if got, err := Image("registry.example:5000/churn:2", wanted); err != nil || got != full {
			t.Errorf("%s: %q %v, want %q", wanted, got, err, full)
		}
	}
	for _, bad := range []string{"", " ", "a b", ":", "@sha256:12", "churn:2:3", "churn:2\n", "-x", "$(id)"} {
		if got, err := Image("churn:2", bad); err == nil {
			t.Errorf("%q was taken as %q", bad, got)
		}
	}
}

func TestSetImageWithoutAnnotationsKeepsThoseThatAreNotSeen(t *testing.T) {
	w := churn(t)
	w.Annotations = nil // the real object may have its last-applied-configuration
	p, err := SetImage(w, "model", ":3", nil, Cause{Why: "better"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Patch.Type != types.StrategicMergePatchType {
		t.Fatalf("sent as %s", p.Patch.Type)
	}
	sameJSON(t, p.Patch.Body, `{"metadata":{"annotations":{"kubernetes.io/change-cause":"pitwall: image registry.example:5000/churn:3: better"},"resourceVersion":"77","uid":"d1"},
		"spec":{"template":{"spec":{"containers":[{"image":"registry.example:5000/churn:3","name":"model"}]}}}}`)
}

func TestSetImageKnowsWhichContainer(t *testing.T) {
	w := churn(t)
	w.Template.Containers = []objects.TemplateContainer{{Name: "istio-proxy", Image: "istio:1"}, {Name: "model", Image: "churn:2"}}
	if p, err := SetImage(w, "", ":3", nil, Cause{}); err != nil || p.Effects[0].What != "image of model" {
		t.Errorf("beside a known helper: %v %v", p.Effects, err)
	}
	w.Template.Containers = append(w.Template.Containers, objects.TemplateContainer{Name: "feature", Image: "f:1"})
	var no *backends.UnsupportedError
	if _, err := SetImage(w, "", ":3", nil, Cause{}); !errors.As(err, &no) || !strings.Contains(err.Error(), "say which one of istio-proxy, model, feature") {
		t.Errorf("two that may be meant: %v", err)
	}
	var missing *backends.NotFoundError
	if _, err := SetImage(w, "modle", ":3", nil, Cause{}); !errors.As(err, &missing) || len(missing.Have) != 3 {
		t.Errorf("one that is not there: %v", err)
	}
	if _, err := SetImage(w, "model", "churn:2", nil, Cause{}); !errors.As(err, &no) {
		t.Errorf("the same image: %v", err)
	}
}

func TestRestartPauseResume(t *testing.T) {
	w := churn(t)
	p, err := Restart(w, made, Cause{})
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, p.Patch.Body, `[{"op":"test","path":"/metadata/uid","value":"d1"},{"op":"test","path":"/metadata/generation","value":5},
		{"op":"add","path":"/spec/template/metadata/annotations","value":{"kubectl.kubernetes.io/restartedAt":"2026-11-24T12:00:00Z"}}]`)
	w.Template.Annotations = map[string]string{"prometheus.io/scrape": "true"}
	if p, err = Restart(w, made.Add(time.Hour), Cause{}); err != nil || !strings.Contains(string(p.Patch.Body), `"/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt"`) {
		t.Errorf("other annotations of the template have to stay: %v %s", err, p.Patch.Body)
	}
	p, err = Pause(w)
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, p.Patch.Body, `[{"op":"test","path":"/metadata/uid","value":"d1"},{"op":"test","path":"/metadata/generation","value":5},{"op":"add","path":"/spec/paused","value":true}]`)
	var no *backends.UnsupportedError
	if _, err := Resume(w); !errors.As(err, &no) || !strings.Contains(err.Error(), "is running already") {
		t.Errorf("resume of what runs: %v", err)
	}
	w.Paused = true
	if p, err := Resume(w); err != nil || !strings.Contains(string(p.Patch.Body), `"value":false`) {
		t.Errorf("resume: %v %s", err, p.Patch.Body)
	}
	if _, err := Pause(w); !errors.As(err, &no) {
		t.Errorf("pause of what is paused: %v", err)
	}
	if _, err := Restart(w, made, Cause{}); !errors.As(err, &no) || no.Op != backends.OpRestart {
		t.Errorf("restart of what is paused: %v", err)
	}
	set := objects.TrimStatefulSet(statefulSet(t, "churn:2", "OrderedReady", "OnDelete"))
	if _, err := Pause(set); !errors.As(err, &no) || err.Error() != "pause is not possible: statefulset prod/rank cannot be held: only Deployments can" {
		t.Errorf("pause of a StatefulSet: %v", err)
	}
	if p, err := Restart(set, made, Cause{}); err != nil || !strings.Contains(p.Notes[0], "OnDelete") {
		t.Errorf("restart with OnDelete: %v %q", err, p.Notes)
	}
}

func TestScale(t *testing.T) {
	w := churn(t)
	p, err := Scale(w, 5, []*objects.Scaler{{TargetKind: "Deployment", TargetName: "other"}})
	if err != nil {
		t.Fatal(err)
	}
	if p.Patch.Subresource != "scale" || p.Patch.Type != types.MergePatchType {
		t.Errorf("sent to %q as %s", p.Patch.Subresource, p.Patch.Type)
	}
	sameJSON(t, p.Patch.Body, `{"metadata":{"resourceVersion":"77","uid":"d1"},"spec":{"replicas":5}}`)

	scaler := &objects.Scaler{Meta: objects.Meta{Name: "auto"}, TargetKind: "Deployment", TargetName: "churn", Min: 2, Max: 6, Desired: 3}
	off := *scaler
	off.Conditions = []objects.Condition{{Type: "ScalingActive", Status: "False", Reason: "FailedGetResourceMetric"}}
	none := *w
	none.Desired = 0
	for _, c := range []struct {
		name     string
		w        *objects.Workload
		replicas int
		scaler   *objects.Scaler
		note     string // "" refused
	}{
		{"inside the bounds", w, 5, scaler, ""},
		{"outside the bounds", w, 9, scaler, ""},
		{"outside the bounds of one that does not scale", w, 9, &off, ""},
		{"one that does not scale", w, 5, &off, "auto does not scale now (FailedGetResourceMetric)"},
		{"to nothing", w, 0, scaler, "stops until somebody scales up again"},
		{"from nothing", &none, 3, scaler, "begins to scale"},
	} {
		p, err := Scale(c.w, c.replicas, []*objects.Scaler{c.scaler})
		var no *backends.UnsupportedError
		if c.note == "" {
			if !errors.As(err, &no) || !strings.Contains(err.Error(), "HorizontalPodAutoscaler auto") {
				t.Errorf("%s: %v, want a refusal that names the autoscaler", c.name, err)
			}
		} else if err != nil || !strings.Contains(strings.Join(p.Notes, "\n"), c.note) {
			t.Errorf("%s: %v %q", c.name, err, p.Notes)
		}
	}
	for _, bad := range []int{-1, 3} {
		if _, err := Scale(w, bad, nil); err == nil {
			t.Errorf("%d replicas were taken", bad)
		}
	}
	if _, err := Scale(&objects.Workload{Kind: objects.DaemonSet}, 2, nil); err == nil {
		t.Error("a DaemonSet was scaled")
	}
}
