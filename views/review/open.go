package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/views"
)

// planTimeout bounds the making of a plan, which reads the world; walkTimeout
// that of one that walks a checklist too, whose probes have 5 s each.
const (
	planTimeout = 10 * time.Second
	walkTimeout = 90 * time.Second
)

// Open plans a change and opens its review over the screen. A change that
// needs no confirmation (pause) starts at once. A change that cannot be
// planned gives a toast that says what to do, and so does a deployment on which
// another operation of this console is on its way; one that is only watched
// until the world shows it makes room for the next.
//
// What was started goes on when the dialog is closed or the screen is left, as
// a ui.Task that ends with a toast.
//
// A review takes no keys until the keyboard was quiet for 400 ms: it opens when
// the plan is there, in the midst of whatever is typed then.
func Open(d views.Deps, c backends.Change) tea.Cmd { return open(d, c, planTimeout) }

// OpenWalked is Open for a plan that walks a checklist first. That takes a
// while: it is a ui.Task, and the console stays usable.
func OpenWalked(d views.Deps, c backends.Change) tea.Cmd {
	ask := open(d, c, walkTimeout)
	return func() tea.Msg {
		if d.Send != nil {
			id := "plan " + c.Deployment
			d.Send(ui.Task{ID: id, Text: "checklist of " + c.Deployment + " for the promotion"})
			defer d.Send(ui.Task{ID: id, Done: true})
		}
		return ask()
	}
}

func open(d views.Deps, c backends.Change, within time.Duration) tea.Cmd {
	return func() tea.Msg {
		if d.Operations == nil {
			return ui.Toast{Level: ui.Warning, Text: "nothing can be changed here: this backend has no operations"}
		}
		if other := d.Running.Busy(c.Deployment); other != "" {
			return busy(other)
		}
		ctx, cancel := backends.Within(background(d), within)
		defer cancel()
		p, err := d.Operations.Plan(ctx, c)
		if err != nil {
			return ui.Toast{Level: ui.Failure, Text: planFailure(err, within)}
		}
		if p.Danger != operation.Reversible {
			return ui.OpenDialog{Dialog: newDialog(d, p, within), Grace: true}
		}
		cmd, other := start(d, p, operation.Confirmation{Yes: true}, nil)
		if cmd == nil {
			return busy(other)
		}
		return cmd()
	}
}

// AllToStable is the change behind the key A of every screen: the stable
// variant gets all the traffic. It is a split and not an abort, because an
// abort would also stop a rollback that is under way, and because a split is
// taken back exactly.
func AllToStable(d backends.Deployment) backends.Change {
	names := make([]string, len(d.Variants))
	for i, v := range d.Variants {
		names[i] = v.Name
	}
	return backends.Change{Op: backends.OpSplit, Deployment: d.Name, Split: backends.AllToStable(names)}
}

// Off gives the reason why an operation is off for a deployment, or "".
func Off(d views.Deps, op backends.Op, dep backends.Deployment) string {
	if d.Operations == nil {
		return "this backend has no operations"
	}
	if other := d.Running.Busy(dep.Name); other != "" {
		return "still running: " + other
	}
	return d.Operations.Disabled(op, dep)
}

// StableOff gives the reason why AllToStable is off for a deployment, or "".
func StableOff(d views.Deps, dep backends.Deployment) string {
	switch {
	case len(dep.Variants) < 2:
		return "there is only one variant"
	case dep.Split().Equal(AllToStable(dep).Split):
		return "stable has all the traffic already"
	}
	return Off(d, backends.OpSplit, dep)
}

func background(d views.Deps) context.Context {
	if d.Context == nil {
		return context.Background()
	}
	return d.Context
}

func busy(other string) ui.Toast {
	return ui.Toast{Level: ui.Warning, Text: "still running: " + other + "; one operation at a time on a deployment, wait for its end"}
}

// planFailure says why there is no plan and what to do next.
func planFailure(err error, within time.Duration) string {
	next := ""
	switch {
	case isConflict(err):
		next = "; look at it as it is now and ask again"
	case errors.Is(err, context.DeadlineExceeded):
		next = fmt.Sprintf("; there was no answer within %s: look at the sources in the first line, r asks them again", within)
	}
	return err.Error() + next
}

func isConflict(err error) bool {
	_, ok := errors.AsType[*backends.ConflictError](err)
	return ok
}
