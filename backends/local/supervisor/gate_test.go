package supervisor

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/serve/fault"
	"pitwall/serve/gateway"
)

// fakeDoor keeps a state as a gateway does.
type fakeDoor struct {
	state   gateway.State
	meddle  bool // someone else changes the state before the next change
	refuses error
}

func (d *fakeDoor) State(context.Context) (gateway.State, error) { return d.state, nil }
func (d *fakeDoor) Close()                                       {}
func (d *fakeDoor) SetState(_ context.Context, s gateway.State, generation int64) (gateway.State, error) {
	if d.meddle {
		d.meddle = false
		d.state.Generation++
	}
	if d.refuses != nil {
		return d.state, d.refuses
	}
	if generation != d.state.Generation {
		return d.state, &gateway.ConflictError{Current: d.state}
	}
	s.Generation = generation + 1
	d.state = s
	return s, nil
}

// fakeWorld remembers configurations and events.
type fakeWorld struct {
	saved  []desired.Deployment
	full   bool // the disk
	events []backends.Event
}

func (w *fakeWorld) startReplica(string, *replica, desired.Model) (instance, error) {
	return nil, errors.New("not in this test")
}
func (w *fakeWorld) faults(string, *replica, int) []fault.Fault { return nil }
func (w *fakeWorld) event(e backends.Event)                     { w.events = append(w.events, e) }
func (w *fakeWorld) changed()                                   {}
func (w *fakeWorld) put(d desired.Deployment) error {
	if w.full {
		return errors.New("no space left on device")
	}
	w.saved = append(w.saved, d)
	return nil
}

// testConf is an A/B deployment whose A was changed from revision 1 to 3.
func testConf() desired.Deployment {
	model := func(v string) desired.Model {
		return desired.Model{Version: v, File: v + ".onnx", SHA256: "sha-" + v}
	}
	return desired.Deployment{
		Name: "m", Models: []desired.Model{model("1"), model("2"), model("3")},
		Revisions: []desired.Revision{
			{Number: 1, Variant: "A", Model: model("1"), Replicas: 2, GoodFor: time.Hour},
			{Number: 2, Variant: "B", Model: model("2"), Replicas: 1},
			{Number: 3, Variant: "A", Model: model("3"), Replicas: 3},
		},
		Variants: []desired.Variant{{Name: "A", Revision: 3, Replicas: 3, Weight: 70}, {Name: "B", Revision: 2, Replicas: 1, Weight: 30}},
	}
}

// newTestDeployment is the deployment of testConf with two replicas that are
// ready, behind a fake front door.
func newTestDeployment(door *fakeDoor) (*deployment, *fakeWorld) {
	w := &fakeWorld{}
	d := &deployment{name: "m", id: "x", world: w, log: slog.New(slog.DiscardHandler), now: time.Now,
		open: true, kick: make(chan struct{}, 1), conf: testConf(), targets: make(map[string]target)}
	for i, variant := range []string{"A", "B"} {
		d.replicas = append(d.replicas, &replica{name: replicaName("m", variant, 1), variant: variant, changed: d.noteChange,
			st: status{phase: phaseReady, addr: []string{"127.0.0.1:4001", "127.0.0.1:4002"}[i]}})
	}
	d.gate = &gate{wanted: d.wanted, changed: d.noteChange}
	if door != nil {
		d.gate.door = door
	}
	return d, w
}

func splitChange(d *deployment, a float64) backends.Change {
	return backends.Change{Op: backends.OpSplit, Split: backends.Split{"A": a, "B": 100 - a}, Token: d.token(d.config()), By: "alice"}
}

func weights(s gateway.State) string {
	split := backends.Split{}
	for _, v := range s.Variants {
		split[v.Name] = v.Weight
	}
	return split.String()
}

func TestSplitReachesTheDoor(t *testing.T) {
	door := &fakeDoor{meddle: true} // a generation moved by someone else is no obstacle
	d, w := newTestDeployment(door)
	if err := d.apply(t.Context(), splitChange(d, 40), nil); err != nil {
		t.Fatal(err)
	}
	if got := weights(door.state); got != "A=40 B=60" {
		t.Errorf("the front door has %s", got)
	}
	if len(w.saved) != 1 || len(w.events) != 1 || w.events[0].By != "alice" {
		t.Errorf("saved %d times, events %+v", len(w.saved), w.events)
	}
}

// TestSplitTheDoorRefuses: what the front door does not do is not configured.
func TestSplitTheDoorRefuses(t *testing.T) {
	door := &fakeDoor{refuses: errors.New("no")}
	d, w := newTestDeployment(door)
	if err := d.apply(t.Context(), splitChange(d, 40), nil); err == nil {
		t.Fatal("it was accepted")
	}
	if got := d.snapshot(); got.Split().String() != "A=70 B=30" || got.SplitBy != "" {
		t.Errorf("the split is %s by %q", got.Split(), got.SplitBy)
	}
	if last := w.saved[len(w.saved)-1]; last.Variant("A").Weight != 70 || len(w.events) > 0 {
		t.Errorf("saved %+v, events %+v", last.Variants, w.events)
	}
}

func TestNoDiskNoChange(t *testing.T) {
	door := &fakeDoor{}
	d, w := newTestDeployment(door)
	w.full = true
	if err := d.apply(t.Context(), splitChange(d, 40), nil); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("apply: %v", err)
	}
	if d.snapshot().Split().String() != "A=70 B=30" || len(door.state.Variants) > 0 {
		t.Error("something was changed")
	}
}

// TestSplitWithoutADoor: while the gateway is being restarted the change is
// taken, and the next gateway starts with it.
func TestSplitWithoutADoor(t *testing.T) {
	d, _ := newTestDeployment(nil)
	if err := d.apply(t.Context(), splitChange(d, 100), nil); err != nil {
		t.Fatal(err)
	}
	if got := weights(d.wanted()); got != "A=100 B=0" {
		t.Errorf("the next gateway starts with %s", got)
	}
}

// TestDeadVariantKeepsItsUsers: they get errors, not another variant.
func TestDeadVariantKeepsItsUsers(t *testing.T) {
	d, _ := newTestDeployment(nil)
	d.replicas[1].st = status{phase: phaseDown, exit: &backends.Exit{Code: 3}, failures: 1}
	told := d.wanted()
	if err := told.Validate(); err != nil || weights(told) != "A=70 B=30" {
		t.Errorf("told %+v: %v", told, err)
	}
	d.gate.st.up = true
	if got := d.snapshot(); got.State != backends.Fail || !strings.Contains(got.Reason, "B has no ready replica and 30 % of the users") {
		t.Errorf("state %v: %s", got.State, got.Reason)
	}
}

// dyingDoor is gone as soon as it was told.
type dyingDoor struct {
	fakeDoor
	gate *gate
}

func (d *dyingDoor) SetState(ctx context.Context, s gateway.State, generation int64) (gateway.State, error) {
	d.gate.setDoor(nil)
	return d.fakeDoor.SetState(ctx, s, generation)
}

// TestDoorThatEndedIsNotUp: its last answer does not bring it back.
func TestDoorThatEndedIsNotUp(t *testing.T) {
	d, _ := newTestDeployment(nil)
	d.gate.setDoor(&dyingDoor{gate: d.gate})
	if err := d.gate.Sync(t.Context()); err != errNoDoor || d.gate.Status().up {
		t.Errorf("up is %v, %v", d.gate.Status().up, err)
	}
}
