package checklist

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends/fleet"
	"pitwall/checklist"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/viewtest"
)

// desk is a checklist with probes that answer at once and a shared record.
type desk struct {
	mu     sync.Mutex // of looked
	record checklist.Record
	probes map[string]checklist.Finding
	looked map[string]int
	signed []checklist.SignOff
	why    string
	fail   error // of signing
	open   error
	by     string
}

func newDesk() *desk {
	return &desk{by: "ana@laptop", looked: map[string]int{}, probes: map[string]checklist.Finding{
		"model.run":         {State: checklist.Pass, Text: "accuracy is 0.93; measured on churn-test (9f86d081)", Source: "mlflow"},
		"image.identity":    {State: checklist.Pass, Text: "churn:1.1.0 runs as sha256:9f5e78b6c837", Value: "sha256:9f5e78b6c837"},
		"image.scan":        {State: checklist.Fail, Text: "trivy found 2 high or critical with a fix, 0 without, 7 others, on 2026-11-20", Value: "2", Threshold: "≤ 0 with a fix", Source: "report.json", Next: "update what has a fix, and build the image anew"},
		"limits":            {State: checklist.Warn, Text: "model has no CPU limit; model: memory limit 256 MB", Next: "set limits, and deploy again"},
		"health.configured": {State: checklist.Fail, Text: "1 of 2 replicas are ready", Next: "see what keeps them from being ready", Go: checklist.GoExplain},
		"model.size":        {State: checklist.Pass, Text: "the model has 12 MB", Value: "12000000", Threshold: "< 500000000 bytes", Source: "the model \x1b[31mfile"},
		"autoscaling":       {State: checklist.NotApplicable, Text: "plain Docker scales nothing by itself"},
		"rollback.runbook":  {State: checklist.Pass, Text: "the runbook is there, and speaks of the rollback"},
		"rollback.possible": {State: checklist.Pass, Text: "revision 3 is kept"},
	}}
}

func (d *desk) look(probe string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looked[probe]++
}

func (d *desk) Load(context.Context, string) (checklist.Record, error) { return d.record, nil }

func (d *desk) Merge(_ context.Context, _ string, add checklist.Record) (checklist.Record, error) {
	d.record = checklist.Merge(d.record, add)
	return d.record, nil
}

func (d *desk) Sign(s checklist.SignOff) (string, error) {
	d.signed = append(d.signed, s)
	return fmt.Sprint("sign-", len(d.signed)), d.fail
}

func (d *desk) walk(name, variant string) (*checklist.Walk, error) {
	if d.open != nil {
		return nil, d.open
	}
	if variant == "" {
		variant = "B"
	}
	list := checklist.Standard()
	for i := range list.Items {
		list.Items[i].Second = list.Items[i].ID == "rollback-documented"
	}
	probes := map[string]checklist.Probe{}
	for _, i := range list.Items {
		for _, p := range i.Probes {
			f, ok := d.probes[p]
			if !ok {
				f = checklist.Finding{Text: "not known"}
			}
			probes[p] = func(context.Context) checklist.Finding { d.look(p); return f }
		}
	}
	o := checklist.WalkOptions{List: list, By: d.by, Loader: d, Merger: d, Signer: d, Now: viewtest.Clock, Why: d.why,
		Subject: checklist.Subject{Backend: "docker", Deployment: name, Variant: variant, Version: "1.1.0", Digest: "sha256:9f5e78b6c837"},
		Probes:  func() map[string]checklist.Probe { return probes }}
	if d.why != "" {
		o.Merger, o.Signer = nil, nil
	}
	return checklist.NewWalk(o), nil
}

// bench is a screen whose commands run at once.
type bench struct {
	*Screen
	t      *testing.T
	toasts []ui.Toast
}

func open(t *testing.T, d *desk, snapshot *fleet.Snapshot, name string) *bench {
	t.Helper()
	deps := viewtest.Deps(snapshot)
	if d != nil {
		deps.Checklist = d.walk
	}
	b := &bench{Screen: New(deps, name), t: t}
	return b
}

// entered is open with everything looked at.
func entered(t *testing.T, d *desk) *bench {
	t.Helper()
	snapshot := viewtest.Fleet()
	v, _ := snapshot.Rows[0].Deployment.Variant("B")
	for i, x := range snapshot.Rows[0].Deployment.Variants {
		if x.Name == v.Name {
			snapshot.Rows[0].Deployment.Variants[i].Version, snapshot.Rows[0].Deployment.Variants[i].Digest = "1.1.0", "sha256:9f5e78b6c837"
		}
	}
	b := open(t, d, snapshot, "model-api")
	b.run(b.Enter(t.Context()))
	return b
}

func (b *bench) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			b.run(c)
		}
	case ui.Toast:
		b.toasts = append(b.toasts, msg)
	default:
		b.run(b.Update(msg))
	}
}

func (b *bench) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		if b.Typing() {
			k := tea.KeyPressMsg{Text: key}
			switch key {
			case "enter":
				k = tea.KeyPressMsg{Code: tea.KeyEnter}
			case "esc":
				k = tea.KeyPressMsg{Code: tea.KeyEscape}
			case "tab":
				k = tea.KeyPressMsg{Code: tea.KeyTab}
			}
			b.run(b.Type(k))
			continue
		}
		at := slices.IndexFunc(b.Bindings(), func(x ui.Binding) bool { return slices.Contains(x.Keys, key) })
		if at < 0 {
			b.t.Fatalf("no binding for %q", key)
		}
		if x := b.Bindings()[at]; x.Off != "" {
			b.t.Fatalf("%s is off: %s", key, x.Off)
		} else {
			b.run(viewtest.Act(x))
		}
	}
}

func (b *bench) off(key string) string {
	for _, x := range b.Bindings() {
		if slices.Contains(x.Keys, key) {
			return x.Off
		}
	}
	return "no binding"
}

func (b *bench) item(id string) checklist.Row {
	b.t.Helper()
	for _, r := range b.report.Rows {
		if r.Item.ID == id {
			return r
		}
	}
	b.t.Fatalf("no item %s", id)
	return checklist.Row{}
}

// to moves the cursor to an item.
func (b *bench) to(id string) {
	for i, r := range b.report.Rows {
		if r.Item.ID == id {
			b.run(b.move(i))
		}
	}
}

func TestGolden(t *testing.T) {
	for name, arrange := range map[string]func(t *testing.T) *bench{
		"walked": func(t *testing.T) *bench {
			b := entered(t, newDesk())
			b.to("image-scanned")
			return b
		},
		"signed": func(t *testing.T) *bench {
			b := entered(t, newDesk())
			b.to("on-call")
			b.press("t", "asked Carl", "tab", "7d", "enter")
			return b
		},
		"signing": func(t *testing.T) *bench {
			b := entered(t, newDesk())
			b.to("image-scanned")
			b.press("w", "RISK-7: no fix can be had yet", "tab")
			return b
		},
		"step": func(t *testing.T) *bench {
			b := entered(t, newDesk())
			b.press("z", "n", "n")
			return b
		},
		"broken": func(t *testing.T) *bench {
			d := newDesk()
			d.open = errors.New("checklist team.yaml, line 3: model-validated: there is no probe \"model.ran\"\nchecklist team.yaml, line 9: x: a new item needs a phase")
			return entered(t, d)
		},
		"reading": func(t *testing.T) *bench { return open(t, newDesk(), viewtest.Fleet(), "model-api") },
		"gone":    func(t *testing.T) *bench { return open(t, newDesk(), viewtest.NoStack(), "model-api") },
	} {
		t.Run(name, func(t *testing.T) {
			b := arrange(t)
			viewtest.Golden(t, b.Screen, b.deps.Snapshot())
		})
	}
}

func TestArrivingLooksAgainWhenThatIsLongAgo(t *testing.T) {
	d := newDesk()
	b := entered(t, d)
	if d.looked["model.size"] != 1 || d.looked["autoscaling"] != 1 {
		t.Fatalf("looked %v: each probe once", d.looked)
	}
	b.to("model-size")
	if d.looked["model.size"] != 1 {
		t.Error("looked again at once")
	}
	b.asked["limits"], b.asked["resource-limits"] = time.Time{}, viewtest.Now.Add(-2*again)
	b.to("resource-limits")
	if d.looked["limits"] != 2 || d.looked["model.size"] != 1 {
		t.Errorf("looked %v: again at the item that was arrived at, and at no other", d.looked)
	}
	b.run(b.Update(ui.Refresh{}))
	if d.looked["limits"] != 3 || d.looked["model.size"] != 2 {
		t.Errorf("looked %v: refresh looks at all", d.looked)
	}
}

func TestSigning(t *testing.T) {
	d := newDesk()
	b := entered(t, d)
	b.to("on-call")
	b.press("t", "enter")
	if !b.Typing() || len(d.signed) != 0 {
		t.Fatal("an empty note was signed")
	}
	b.press("asked Carl", "tab", "soon", "enter")
	if len(d.signed) != 0 || !strings.Contains(b.toasts[len(b.toasts)-1].Text, "write 90s, 24h or 7d") {
		t.Fatalf("signed %v, told %v", d.signed, b.toasts)
	}
	b.run(b.Type(tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl}))
	b.press("2d", "enter")
	if row := b.item("on-call"); len(d.signed) != 1 || row.State != checklist.Attested || d.signed[0].Note != "asked Carl" || d.signed[0].Expires != viewtest.Now.UTC().Add(48*time.Hour) {
		t.Fatalf("signed %+v, row %+v", d.signed, row)
	}
	b.press("u", "Carl is ill", "enter")
	if row := b.item("on-call"); row.State == checklist.Attested || d.signed[1].Of != "sign-1" {
		t.Errorf("after revoking: %+v", row)
	}
	if off := b.off("u"); off != "nobody has signed it" {
		t.Errorf("revoke again: %q", off)
	}
}

func TestASecondPersonApproves(t *testing.T) {
	d := newDesk()
	ana := entered(t, d)
	ana.to("rollback-documented")
	ana.press("t", "read it", "enter", "y", "me too", "enter")
	if told := ana.toasts[len(ana.toasts)-1]; told.Level != ui.Failure || !strings.Contains(told.Text, "another person") || ana.item("rollback-documented").State != checklist.Unknown {
		t.Errorf("own approval: %+v", told)
	}
	d.by = "bob@laptop"
	bob := entered(t, d)
	bob.to("rollback-documented")
	bob.press("y", "I read it too", "enter")
	if row := bob.item("rollback-documented"); row.State != checklist.Attested || row.Approval == nil {
		t.Errorf("after the approval: %+v", row)
	}
}

// TestWhatCannotBeWrittenIsNotLost: the line opens again with what was typed.
func TestWhatCannotBeWrittenIsNotLost(t *testing.T) {
	d := newDesk()
	d.fail = errors.New("no space left on device")
	b := entered(t, d)
	b.to("image-scanned")
	b.press("w", "RISK-7", "enter")
	if !b.Typing() || b.form.fields[0] != "RISK-7" || !strings.Contains(b.toasts[0].Text, "no space left") {
		t.Errorf("form %+v, told %+v", b.form, b.toasts)
	}
}

func TestReadOnlyLooksAndSignsNothing(t *testing.T) {
	d := newDesk()
	d.why = "this console is read-only (--read-only)"
	b := entered(t, d)
	b.to("on-call")
	for _, key := range []string{"t", "w", "u", "y"} {
		if off := b.off(key); off != d.why {
			t.Errorf("%s: %q", key, off)
		}
	}
	if d.looked["model.size"] == 0 || len(d.record.Evidence) != 0 {
		t.Errorf("looked %v, shared %v", d.looked, d.record)
	}
}

// TestAnotherVersionIsAnotherSubject: what was proven of the one before is stale.
func TestAnotherVersionIsAnotherSubject(t *testing.T) {
	d := newDesk()
	b := entered(t, d)
	s := viewtest.Fleet()
	s.Version++
	d.probes["model.size"] = checklist.Finding{State: checklist.Unknown, Text: "away"}
	b.run(b.Update(views.SnapshotMsg{Snapshot: s}))
	if b.walk == nil {
		t.Fatal("the checklist was not opened again")
	}
	if d.looked["model.size"] != 2 {
		t.Errorf("looked %v", d.looked)
	}
}

func TestTheOtherVariant(t *testing.T) {
	b := entered(t, newDesk())
	b.press("v")
	if b.subject.Variant != "A" {
		t.Errorf("walks %s", b.subject.Variant)
	}
}

func TestKeysLeadWhereItIsMended(t *testing.T) {
	b := entered(t, newDesk())
	if err := ui.CheckBindings(ui.Table{Screen: "checklist", Bindings: b.Bindings()}); err != nil {
		t.Error(err)
	}
	b.to("health-checks")
	if x := b.Bindings()[0]; x.To != (ui.Place{Screen: "explain", Name: "model-api"}) || x.Off != "" {
		t.Errorf("enter on what is not ready: %+v", x)
	}
	b.to("model-size")
	if off := b.off("enter"); off == "" {
		t.Error("enter leads somewhere from an item that no screen mends")
	}
	b.cursor = 0
	b.press("n")
	if row, _ := b.chosen(); row.State.Holds() {
		t.Errorf("n went to %s, which is %s", row.Item.ID, row.State)
	}
}

func TestForeignTextIsClean(t *testing.T) {
	b := entered(t, newDesk())
	b.to("model-size")
	for _, size := range viewtest.Sizes {
		f := viewtest.Frame(size.Width, size.Height)
		lines := b.View(f)
		viewtest.Check(t, lines, f)
		if !strings.Contains(ansi.Strip(strings.Join(lines, "\n")), "model-size") {
			t.Error("the item is not on screen")
		}
	}
}

func TestMouse(t *testing.T) {
	b := entered(t, newDesk())
	b.View(viewtest.Frame(120, 40))
	b.run(b.Mouse(ui.MouseEvent{Kind: ui.MousePress, X: 5, Y: headLines + 3}))
	if b.cursor != 2 {
		t.Errorf("a press on the fourth line chose %d", b.cursor)
	}
	b.run(b.Mouse(ui.MouseEvent{Kind: ui.MousePress, X: 5, Y: headLines}))
	b.run(b.Mouse(ui.MouseEvent{Kind: ui.MouseWheel, Wheel: 1}))
	if b.cursor != 3 {
		t.Errorf("a heading and the wheel: %d", b.cursor)
	}
}
