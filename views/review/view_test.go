package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views/viewtest"
)

// stage is an empty screen under a dialog.
type stage struct{ ui.Dialog }

func (stage) Place() ui.Place               { return ui.Place{Screen: "split", Name: "model-api"} }
func (stage) Enter(context.Context) tea.Cmd { return nil }
func (s stage) View(f ui.Frame) []string {
	blank := draw.FitLines(f.Theme, nil, f.Width, f.Height)
	return draw.OverlayCenter(blank, s.Dialog.View(f), f.Width)
}

// reviews are dialogs in every phase.
func reviews() map[string]*dialog {
	d := viewtest.Deps(viewtest.Fleet())
	out := map[string]*dialog{
		"confirm": newDialog(d, plan(operation.Confirm), planTimeout),
		"typed":   newDialog(d, plan(operation.Typed), planTimeout),
		"denied":  newDialog(d, plan(operation.Denied), planTimeout),
	}
	lossy := plan(operation.Confirm)
	door := "front door model-api-nginx (nginx)"
	lossy.Effects = append(slices.Clone(lossy.Effects),
		backends.Effect{What: door, After: "a reload closes idle keep-alive connections: clients that repeat nothing may lose 2 to 5 requests (measured: 104 of 23,554 POSTs over 20 changes)"},
		backends.Effect{What: door, After: "the key is ${remote_addr}${http_user_agent}: behind one proxy every user of a program is on one side"},
		backends.Effect{What: "image of B", Before: "registry.example:5000/team/churn:1.1.0@sha256:0f1e2d3c4b5a", After: "registry.example:5000/team/churn:1.2.0@sha256:aa11bb22cc33"})
	out["lossy"] = newDialog(d, lossy, planTimeout)
	out["counting"] = newDialog(d, plan(operation.Typed), planTimeout)
	out["counting"].phase, out["counting"].left, out["counting"].field, out["counting"].reason = counting, 3, noField, "B is better"
	out["moved"] = newDialog(d, plan(operation.Confirm), planTimeout)
	now, _ := errors.AsType[*backends.ConflictError](conflict)
	out["moved"].moved = &now.Now
	out["running"] = newDialog(d, plan(operation.Confirm), planTimeout)
	out["running"].phase = running
	for _, stage := range []operation.Stage{operation.Recorded, operation.Applying, operation.Accepted} {
		out["running"].report(operation.Progress{Stage: stage, At: viewtest.Now})
	}
	out["running"].report(operation.Progress{Stage: operation.Observing, Requests: 212, Observed: backends.Split{"A": 54.2, "B": 45.8},
		Text: "observed A=54.2 B=45.8 over 212 requests, about 390 needed"})
	out["done"] = newDialog(d, plan(operation.Confirm), planTimeout)
	out["done"].report(operation.Progress{Stage: operation.Observed, Requests: 412, Observed: backends.Split{"A": 50.4, "B": 49.6}})
	out["done"].phase, out["done"].outcome = ended, outcome()
	out["done"].recovery = &RecoveryMsg{Deployment: "model-api", Recovery: operation.Recovery{Good: 40 * time.Second, Text: "healthy for 40s of 1m"}}
	out["conflict"] = newDialog(d, plan(operation.Confirm), planTimeout)
	out["conflict"].report(operation.Progress{Stage: operation.Applying})
	out["conflict"].phase, out["conflict"].err, out["conflict"].outcome = ended, conflict, operation.Outcome{Result: "failed", IntentID: "01JDAB"}
	rollback := plan(operation.Confirm)
	rollback.Title, rollback.Change = "Roll B of model-api back to revision 3 (1.0.0)", backends.Change{Op: backends.OpRollback, Deployment: "model-api", Variant: "B", Revision: 3}
	out["replicas"] = newDialog(d, rollback, planTimeout)
	out["replicas"].phase = running
	out["replicas"].report(operation.Progress{Stage: operation.Observing, Ready: 2, Total: 3, Text: "2 of 3 replicas ready"})
	out["commit"] = newDialog(d, proposed(), planTimeout)
	out["commit scrolled"] = newDialog(d, proposed(), planTimeout)
	out["commit scrolled"].View(viewtest.Frame(80, 24)) // which says how far it can go
	out["commit scrolled"].scroll.To(9)
	return out
}

// proposed is a plan that is refused with a text to commit, longer than the
// smallest frames.
func proposed() operation.Plan {
	p := plan(operation.Denied)
	p.WantsReason, p.Consequences = true, nil
	p.Commit = `# In kustomization.yaml. Places in lists are those of the live object: look at kustomize build before you commit.
# /spec/rules/0/backendRefs/0/weight was 70
patches:
  - patch: |
      - op: replace
        path: /spec/rules/0/backendRefs/0/weight
        value: 50
      - op: replace
        path: /spec/rules/0/backendRefs/1/weight
        value: 50
    target:
      group: gateway.networking.k8s.io
      kind: HTTPRoute
      name: model-api
      namespace: prod

# Message of the commit.
model-api: split

Proposed-by: ana@desk with pitwall
`
	p.Guards[0] = operation.Guard{Rule: "backend", Verdict: operation.Deny,
		Text: "split is not possible: Argo CD Application pay owns the httproute prod/model-api and will undo a change. Commit it instead:\n" + p.Commit + "\nTo do it all the same, give a reason"}
	return p
}

// TestEveryLineOfTheCommitCanBeRead scrolls through it as a person would.
func TestEveryLineOfTheCommitCanBeRead(t *testing.T) {
	for _, typing := range []bool{false, true} {
		d := newDialog(viewtest.Deps(viewtest.Fleet()), proposed(), planTimeout)
		step := []tea.KeyPressMsg{{Code: 'j', Text: "j"}, {Code: 'k', Text: "k"}, {Code: tea.KeyPgDown}, {Code: 'G', Text: "G"}, {Code: 'g', Text: "g"}, {Code: tea.KeyDown}}
		if typing {
			d.field = reasonField
			step = []tea.KeyPressMsg{{Code: tea.KeyDown}, {Code: tea.KeyUp}, {Code: tea.KeyPgDown}, {Code: tea.KeyPgUp}, {Code: tea.KeyDown}}
		}
		f, seen := viewtest.Frame(80, 20), ""
		look := func() string {
			text := ansi.Strip(strings.Join(d.View(f), "\n"))
			if seen += text; !strings.Contains(text, "[esc] close") || !strings.Contains(text, "why  ") || !strings.Contains(text, "more line") {
				t.Errorf("what always shows does not:\n%s", text)
			}
			return text
		}
		first := look()
		d.Key(step[0])
		if second := look(); second == first {
			t.Error("the first key down scrolls nothing")
		}
		d.Key(step[1])
		if look() != first {
			t.Error("up does not lead back")
		}
		for range 8 {
			d.Key(step[2])
			look()
		}
		for line := range strings.Lines(d.plan.Commit) {
			if words := strings.Fields(line); len(words) > 0 && !strings.Contains(seen, words[len(words)-1]) {
				t.Errorf("typing %v: %q was never on screen", typing, line)
			}
		}
		if d.reason != "" {
			t.Errorf("scrolling typed %q", d.reason)
		}
	}
}

func TestGolden(t *testing.T) {
	for name, d := range reviews() {
		t.Run(name, func(t *testing.T) { viewtest.Golden(t, stage{d}, viewtest.Fleet()) })
	}
}

// TestWhatAChangeCostsIsNeverCut looks for every word of every effect, at the
// sizes of the golden frames.
func TestWhatAChangeCostsIsNeverCut(t *testing.T) {
	d := reviews()["lossy"]
	for _, size := range viewtest.Sizes {
		var shown strings.Builder
		for _, line := range (stage{d}).View(viewtest.Frame(size.Width, size.Height)) {
			shown.WriteString(" " + strings.Trim(ansi.Strip(line), " │┃|"))
		}
		text := strings.Join(strings.Fields(shown.String()), " ")
		for _, e := range d.plan.Effects {
			for _, part := range []string{e.What, e.Before, e.After} {
				if !strings.Contains(text, part) {
					t.Errorf("at %v %q is cut: %s", size, part, text)
				}
			}
		}
	}
}

// TestEverySize draws every phase of a long and hostile plan.
func TestEverySize(t *testing.T) {
	dialogs := reviews()
	for _, d := range dialogs {
		d.plan.Title += "\x1b]0;owned\x07"
		d.plan.Effects = append(slices.Clone(d.plan.Effects), backends.Effect{What: "image\r\nof B", Before: strings.Repeat("日本語", 30), After: "\x1b[31mx" + strings.Repeat("y", 200)})
		for i := range 6 {
			d.plan.Consequences = append(slices.Clone(d.plan.Consequences), fmt.Sprintf("consequence %d %s", i, strings.Repeat("long ", 30)))
		}
		d.reason = strings.Repeat("why ", 60)
	}
	for name, d := range dialogs {
		for width := 80; width <= 200; width += 7 {
			for height := 18; height <= 60; height += 5 {
				f := viewtest.Frame(width, height)
				viewtest.Check(t, stage{d}.View(f), f)
				if t.Failed() {
					t.Fatalf("%s at %dx%d", name, width, height)
				}
			}
		}
	}
}

// TestSmallestFrameKeepsTheVerdicts makes sure that what forbids or asks is
// read before it is confirmed, also on a small terminal.
func TestSmallestFrameKeepsTheVerdicts(t *testing.T) {
	dialogs := reviews()
	f := viewtest.Frame(80, 18)
	for _, d := range dialogs {
		d.plan.Consequences = append(slices.Clone(d.plan.Consequences), strings.Repeat("and so on ", 60))
	}
	for name, want := range map[string]string{"denied": "B has no ready replica", "typed": "this is production", "confirm": "drift of B", "moved": "changed by bob"} {
		if text := ansi.Strip(strings.Join(dialogs[name].View(f), "\n")); !strings.Contains(text, want) {
			t.Errorf("%s does not show %q:\n%s", name, want, text)
		}
	}
}
