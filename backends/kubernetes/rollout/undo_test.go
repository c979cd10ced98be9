package rollout

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
)

// history is churn at :2 with the twin sets of a cluster upgrade, a foreign set
// and one that has no number yet.
func history(t *testing.T) (*apps.Deployment, []*apps.ReplicaSet) {
	return deployment(t, "churn:2"), []*apps.ReplicaSet{
		set(t, "twin", "d1", "4", "", "churn:2", 30),
		set(t, "one", "d1", "3", "", "churn:1", 5),
		set(t, "two", "d1", "5", "2", "churn:2", 10),
		set(t, "foreign", "d2", "9", "", "churn:9", 0),
		set(t, "fresh", "d1", "", "", "churn:3", 40),
	}
}

func TestHistoryOfADeployment(t *testing.T) {
	h := DeploymentHistory(history(t))
	var got []string
	for _, r := range h.Revisions {
		line := r.Name + " " + r.Images[0]
		if r.Current {
			line += " current"
		}
		got = append(got, line)
	}
	if want := []string{"two churn:2 current", "twin churn:2", "one churn:1"}; !slices.Equal(got, want) {
		t.Errorf("revisions %q, want %q: its own, newest first, the oldest of the same template current", got, want)
	}
	if r := h.Revisions[0]; r.Cause != "cause of 5" || !slices.Equal(r.Former, []int64{2}) || r.Number != 5 {
		t.Errorf("newest revision is %+v", r)
	}
	if !h.Gone || h.Note() != "older revisions are gone: the last 10 are kept (revisionHistoryLimit)" {
		t.Errorf("revision 1 is nowhere, but: %v %q", h.Gone, h.Note())
	}
	_, sets := history(t)
	sets[2].Annotations[formerAnnotation] = "1,2"
	if h := DeploymentHistory(deployment(t, "churn:2"), sets); h.Gone {
		t.Error("revision 1 is a former number of a set that is there: nothing is gone")
	}
}

func TestWatchedHistoryNeedsNoTemplates(t *testing.T) {
	d, sets := history(t)
	var watched []*objects.Workload
	for _, s := range sets {
		watched = append(watched, objects.TrimReplicaSet(s))
	}
	h := Watched(objects.TrimDeployment(d), watched)
	if len(h.Revisions) != 3 || h.Revisions[1].Number != 4 || !h.Revisions[1].Current || h.Revisions[0].Current {
		t.Errorf("revisions are %+v: the controller wrote 4 on the Deployment", h.Revisions)
	}
}

func TestUndoOfADeployment(t *testing.T) {
	d, sets := history(t)
	p, err := UndoDeployment(d, sets, 3, Cause{Who: "ann@laptop", Why: "errors\nof B"})
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, p.Patch.Body, `[
		{"op":"test","path":"/metadata/uid","value":"d1"},
		{"op":"test","path":"/metadata/generation","value":5},
		{"op":"replace","path":"/spec/template","value":{"metadata":{"labels":{"app":"churn"}},"spec":{"containers":[{"name":"model","image":"churn:1","resources":{}}]}}},
		{"op":"add","path":"/metadata/annotations","value":{"deployment.kubernetes.io/revision":"4","kubectl.kubernetes.io/last-applied-configuration":"{}",
			"kubernetes.io/change-cause":"pitwall: rollback to revision 3 by ann@laptop: errors of B","team":"old"}}]`)
	if got := text(p.Effects); got != "image of model: churn:2 -> churn:1\nannotation team of Deployment: set -> another value\n" {
		t.Errorf("effects\n%s", got)
	}
	if p.Notes[0] != "revision 3 becomes revision 6, and its old number is no more" || !strings.Contains(strings.Join(p.Notes, "\n"), "replicas stay at 3") {
		t.Errorf("notes %q", p.Notes)
	}
	if sets[1].Spec.Template.Labels["pod-template-hash"] != "one" {
		t.Error("the ReplicaSet that was read was changed")
	}

	p, err = UndoDeployment(d, sets, 3, Cause{})
	if err != nil || !strings.Contains(string(p.Patch.Body), `"cause of 3"`) {
		t.Errorf("without a cause it keeps that of the revision, as in kubectl: %v %s", err, p.Patch.Body)
	}
	d.Spec.Template.Spec.Containers[0].Image = "churn:8" // not rolled out yet: the second-highest number is 4
	if p, err = UndoDeployment(d, sets, 0, Cause{}); err != nil || !strings.Contains(string(p.Patch.Body), "churn:2") {
		t.Errorf("the previous one: %v %s", err, p.Patch.Body)
	}
}

func TestUndoIsRefused(t *testing.T) {
	d, sets := history(t)
	var missing *backends.NotFoundError
	if _, err := UndoDeployment(d, sets, 7, Cause{}); !errors.As(err, &missing) || err.Error() != `no revision "7": there is 5, 4, 3` {
		t.Errorf("a revision that is not there: %v", err)
	}
	if _, err := UndoDeployment(d, sets[:1], 0, Cause{}); !errors.As(err, &missing) {
		t.Errorf("nothing before the only one: %v", err)
	}
	var no *backends.UnsupportedError
	if _, err := UndoDeployment(d, sets, 4, Cause{}); !errors.As(err, &no) || err.Error() != "rollback is not possible: deployment prod/churn has the template of revision 4 already" {
		t.Errorf("it is there: %v", err)
	}
}

// TestUndoOfAHeldRollout: whoever goes back wants the old pods.
func TestUndoOfAHeldRollout(t *testing.T) {
	d, sets := history(t)
	d.Spec.Paused = true
	p, err := UndoDeployment(d, sets, 3, Cause{})
	if err != nil || !strings.Contains(string(p.Patch.Body), `{"op":"add","path":"/spec/paused","value":false}`) || !strings.Contains(text(p.Effects), "rollout of churn: paused -> running") {
		t.Errorf("%v %s %s", err, p.Patch.Body, text(p.Effects))
	}
}

func TestUndoOfAStatefulSet(t *testing.T) {
	kept := []*apps.ControllerRevision{revision(t, "rank-1", "s1", 1, "churn:1"), revision(t, "rank-2", "s1", 2, "churn:2"), revision(t, "other", "s9", 7, "x")}
	s := statefulSet(t, "churn:2", "OrderedReady", "RollingUpdate")
	ready := pod(t, "rank-0", "s1", `{phase: Running, conditions: [{type: Ready, status: "True"}]}`)
	bad := pod(t, "rank-2", "s1", `{phase: Pending, containerStatuses: [{name: model, state: {waiting: {reason: ImagePullBackOff}}}]}`)
	young := pod(t, "rank-1", "s1", `{phase: Pending, containerStatuses: [{name: model, state: {waiting: {reason: ContainerCreating}}}]}`)
	back := pod(t, "rank-3", "s1", `{phase: Pending, containerStatuses: [{name: model, state: {waiting: {reason: ImagePullBackOff}}}]}`)
	back.Labels["controller-revision-hash"] = "rank-1"

	p, err := UndoStatefulSet(s, kept, []*objects.Pod{ready, bad, young, back}, 0, Cause{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Patch.Type != types.StrategicMergePatchType || p.Patch.Resource.Resource != "statefulsets" {
		t.Errorf("patch of %v by %s", p.Patch.Resource, p.Patch.Type)
	}
	sameJSON(t, p.Patch.Body, `{"metadata":{"resourceVersion":"88","uid":"s1"},
		"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"churn"}},"spec":{"containers":[{"image":"churn:1","name":"model"}]}}}}`)
	if text(p.Effects) != "image of model: churn:2 -> churn:1\n" {
		t.Errorf("effects\n%s", text(p.Effects))
	}
	if len(p.Then) != 1 || p.Then[0].Delete.Name != "rank-2" || p.Then[0].Delete.UID != "u-rank-2" || !strings.Contains(p.Then[0].Text, "delete pod rank-2 (ImagePullBackOff)") {
		t.Errorf("only the broken pod of another revision holds it up: %+v", p.Then)
	}
	for _, free := range []*apps.StatefulSet{statefulSet(t, "churn:2", "Parallel", "RollingUpdate"), statefulSet(t, "churn:2", "OrderedReady", "OnDelete")} {
		if p, err := UndoStatefulSet(free, kept, []*objects.Pod{bad}, 1, Cause{}); err != nil || len(p.Then) != 0 {
			t.Errorf("%s, %s: %v %v: it waits for no pod", free.Spec.PodManagementPolicy, free.Spec.UpdateStrategy.Type, err, p.Then)
		}
	}
	var no *backends.UnsupportedError
	if _, err := UndoStatefulSet(s, kept, nil, 2, Cause{}); !errors.As(err, &no) {
		t.Errorf("it is at revision 2: %v", err)
	}
	h, err := StatefulSetHistory(s, kept)
	if err != nil || len(h.Revisions) != 2 || h.Gone || !h.Revisions[0].Current {
		t.Errorf("history %+v %v", h, err)
	}
	kept[0].Data.Raw = []byte("{")
	if _, err := StatefulSetHistory(s, kept); err == nil || !strings.Contains(err.Error(), "revision 1 of rank") {
		t.Errorf("a broken ControllerRevision: %v", err)
	}
}

func TestUndoOfADaemonSet(t *testing.T) {
	d := decode[apps.DaemonSet](t, `
metadata: {name: edge, namespace: prod, uid: s1, resourceVersion: "5", annotations: {team: ml}}
spec: {updateStrategy: {type: RollingUpdate}, template: `+template("churn:3", "")+`}`)
	kept := []*apps.ControllerRevision{revision(t, "edge-4", "s1", 4, "churn:3"), revision(t, "edge-3", "s1", 3, "churn:1")}
	p, err := UndoDaemonSet(d, kept, 3, Cause{Who: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	var body struct {
		Metadata struct{ Annotations map[string]string }
	}
	if err := json.Unmarshal(p.Patch.Body, &body); err != nil || body.Metadata.Annotations[CauseAnnotation] != "pitwall: rollback to revision 3 by ann" {
		t.Errorf("change-cause: %v %s", err, p.Patch.Body)
	}
	if !strings.Contains(strings.Join(p.Notes, "\n"), "revision 3 becomes revision 5") || strings.Contains(strings.Join(p.Notes, "\n"), "replicas stay") {
		t.Errorf("notes %q", p.Notes)
	}
}
