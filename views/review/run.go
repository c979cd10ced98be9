package review

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
)

// ProgressMsg tells every screen how far an operation has come.
type ProgressMsg struct {
	Plan     operation.Plan
	Progress operation.Progress
	by       *dialog // that started it, nil for none
}

// EndedMsg tells every screen how an operation ended.
type EndedMsg struct {
	Plan    operation.Plan
	Outcome operation.Outcome
	Err     error
	by      *dialog
}

// RecoveryMsg tells every screen how far a deployment has recovered after an
// operation that should have cured it. Done and Verified say how it ended; it
// is in the journal then, unless Err says why it is not.
type RecoveryMsg struct {
	Deployment string
	Recovery   operation.Recovery
	Err        error
}

// run is an operation under way. It belongs to the console, not to a screen.
type run struct {
	views.Deps
	plan   operation.Plan
	answer operation.Confirmation
	by     *dialog
	ctx    context.Context // ends with the console, or when another operation takes the place of this one
	claim  *views.Claim
}

// start claims the deployment and returns the command that carries out the
// plan; nil and the other operation's title when one runs there.
func start(d views.Deps, p operation.Plan, answer operation.Confirmation, by *dialog) (tea.Cmd, string) {
	ctx, claim, other := d.Running.Begin(background(d), p.Change.Deployment, p.Title)
	if claim == nil {
		return nil, other
	}
	if d.Send == nil {
		d.Send = func(tea.Msg) {}
	}
	r := &run{Deps: d, plan: p, answer: answer, by: by, ctx: ctx, claim: claim}
	return r.carryOut, ""
}

// carryOut runs the plan and then watches the recovery. All its messages go
// through Send, from one goroutine, so that they arrive in order.
func (r *run) carryOut() tea.Msg {
	r.claim.Turn(r.ctx)
	id := "operation " + r.plan.Change.Deployment
	r.Send(ui.Task{ID: id, Text: r.plan.Title})
	outcome, err := r.Operations.Run(r.ctx, r.plan, r.answer, func(p operation.Progress) {
		if p.Stage >= operation.Accepted {
			r.claim.Yield()
		}
		r.Send(ProgressMsg{r.plan, p, r.by})
		r.Send(ui.Task{ID: id, Text: r.taskText(p)})
	})
	r.Send(ui.Task{ID: id, Done: true})
	r.claim.End()
	r.Send(EndedMsg{r.plan, outcome, err, r.by})
	r.Send(endToast(r.plan, outcome, err))
	if err == nil && outcome.Result == journal.ResultOK && cures(r.plan.Change) && r.Recovery != nil {
		r.watch(outcome)
	}
	return nil
}

func (r *run) taskText(p operation.Progress) string {
	text := fmt.Sprintf("%s %s: %s", r.plan.Change.Op, r.plan.Change.Deployment, p.Stage)
	if p.Total > 0 {
		return fmt.Sprintf("%s, %d of %d ready", text, p.Ready, p.Total)
	}
	if len(p.Observed) > 0 {
		return text + " " + shares(p.Observed)
	}
	return text
}

// cures reports whether a change is meant to make a sick deployment well.
func cures(c backends.Change) bool {
	switch c.Op {
	case backends.OpRollback, backends.OpAbort:
		return true
	case backends.OpSplit:
		return c.Split[backends.Stable] == 100
	}
	return false
}

// watch follows the signals until the deployment is well again or is given up.
func (r *run) watch(outcome operation.Outcome) {
	name := r.plan.Change.Deployment
	ctx, cancel := r.Running.Watch(background(r.Deps), name)
	defer cancel()
	id := "recovery " + name
	r.Send(ui.Task{ID: id, Text: "recovery of " + name})
	w := operation.RecoveryWatch{Deployment: name, IntentID: outcome.IntentID}
	last, err := r.Recovery.WatchRecovery(ctx, w, func(rec operation.Recovery) {
		r.Send(RecoveryMsg{Deployment: name, Recovery: rec})
		r.Send(ui.Task{ID: id, Text: "recovery of " + name + ": " + rec.Text})
	})
	r.Send(ui.Task{ID: id, Done: true})
	r.Send(RecoveryMsg{name, last, err})
	r.Send(recoveryToast(name, last, err))
}

// endToast says how an operation ended and what to do when it did not end well.
func endToast(p operation.Plan, o operation.Outcome, err error) ui.Toast {
	if next, ok := errors.AsType[*views.SupersededError](err); ok {
		return ui.Toast{Level: ui.Info, Text: p.Title + " was accepted and is watched no longer: " + next.Error()}
	}
	switch {
	case isConflict(err):
		return ui.Toast{Level: ui.Warning, Text: err.Error()}
	case o.Result == journal.ResultOK && err != nil:
		return ui.Toast{Level: ui.Failure, Text: p.Title + ": " + o.Text + ", but " + err.Error()}
	case o.Result == journal.ResultOK && o.Observed:
		return ui.Toast{Level: ui.Good, Text: fmt.Sprintf("%s: %s (%s)", p.Title, o.Text, draw.Duration(o.Took))}
	case o.Result == journal.ResultOK:
		return ui.Toast{Level: ui.Warning, Text: p.Title + ": " + o.Text}
	case o.Result == journal.ResultUnknown:
		return ui.Toast{Level: ui.Failure, Text: p.Title + " has an unknown result: " + ending(o, err) + "; look before you do anything else"}
	default:
		return ui.Toast{Level: ui.Failure, Text: p.Title + " failed: " + ending(o, err)}
	}
}

// ending joins what was seen with why.
func ending(o operation.Outcome, err error) string {
	switch {
	case err == nil:
		return o.Text
	case o.Text == "" || strings.Contains(err.Error(), o.Text):
		return err.Error()
	default:
		return o.Text + ": " + err.Error()
	}
}

func recoveryToast(name string, r operation.Recovery, err error) ui.Toast {
	next, superseded := errors.AsType[*views.SupersededError](err)
	switch {
	case superseded:
		return ui.Toast{Level: ui.Info, Text: "the recovery of " + name + " is watched no longer: " + next.Error()}
	case errors.Is(err, context.Canceled):
		return ui.Toast{Level: ui.Info, Text: "the recovery of " + name + " is watched no longer"}
	case err != nil:
		return ui.Toast{Level: ui.Failure, Text: "recovery of " + name + ": " + strings.TrimPrefix(r.Text+"; ", "; ") + err.Error()}
	case r.Verified:
		return ui.Toast{Level: ui.Good, Text: r.Text}
	case r.Unmeasured:
		return ui.Toast{Level: ui.Info, Text: r.Text}
	default:
		return ui.Toast{Level: ui.Failure, Text: r.Text + "; x explains, B rolls back further"}
	}
}

// shares writes "A 69.4 % B 30.6 %".
func shares(s backends.Split) string {
	parts := make([]string, 0, len(s))
	for _, name := range s.Names() {
		parts = append(parts, fmt.Sprintf("%s %.1f %%", name, s[name]))
	}
	return strings.Join(parts, " ")
}
