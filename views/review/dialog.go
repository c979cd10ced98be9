package review

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/ui/widget"
	"pitwall/views"
)

// countdown is how many seconds there are to take back a typed confirmation
// (reference/terminal.md §6.1).
const countdown = 5

// phase is how far a review has come.
type phase int

const (
	asking phase = iota
	counting
	running
	ended
)

// field is what takes the text that is typed.
type field int

const (
	noField     field = iota // keys are answers; cancel has the focus
	nameField                // the deployment's name
	reasonField              // why
)

// dialog is the review of one plan, from the question to the end.
type dialog struct {
	deps   views.Deps
	plan   operation.Plan
	within time.Duration // what the making of a plan may take
	phase  phase

	field         field
	typed, reason string
	note          string        // why the last key did nothing
	scroll        widget.Scroll // of the question
	left          int           // seconds of the countdown
	round         int           // number of the countdown; ticks of earlier ones are dropped

	moved    *backends.Deployment // as it is now, when it changed after the plan
	progress []operation.Progress // the latest of each stage, in order
	outcome  operation.Outcome
	err      error
	recovery *RecoveryMsg
}

// countMsg is one second of a countdown.
type countMsg struct {
	of    *dialog
	round int
}

func newDialog(d views.Deps, p operation.Plan, within time.Duration) *dialog {
	r := &dialog{deps: d, plan: p, within: within, reason: p.Change.Reason}
	r.ask()
	return r
}

// ask goes to the question, with nothing answered.
func (r *dialog) ask() {
	r.phase, r.typed, r.field = asking, "", noField
	if r.plan.Danger == operation.Typed && r.moved == nil {
		r.field = nameField
	}
}

// Update takes the messages of its own operation, and notices when the
// deployment changes while the question is open.
func (r *dialog) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case countMsg:
		return r.count(msg)
	case views.SnapshotMsg:
		r.compare(msg)
	case ProgressMsg:
		if msg.by == r {
			r.report(msg.Progress)
		}
	case EndedMsg:
		if msg.by == r {
			r.phase, r.outcome, r.err = ended, msg.Outcome, msg.Err
		}
	case RecoveryMsg:
		if r.phase == ended && msg.Deployment == r.plan.Change.Deployment && cures(r.plan.Change) {
			r.recovery = &msg
		}
	}
	return nil
}

// compare looks whether the deployment is still what the plan was made from.
// A listing that is older than the plan says nothing.
func (r *dialog) compare(msg views.SnapshotMsg) {
	if r.phase != asking && r.phase != counting || msg.Snapshot == nil {
		return
	}
	row, found := msg.Snapshot.Row(r.plan.Change.Deployment)
	if !found || !row.ListedAt.After(r.plan.ReadAt) || row.Deployment.Token == r.plan.Change.Token {
		return
	}
	now := row.Deployment
	r.moved = &now
	r.ask()
}

func (r *dialog) report(p operation.Progress) {
	if n := len(r.progress); n > 0 && r.progress[n-1].Stage == p.Stage {
		r.progress[n-1] = p
		return
	}
	r.progress = append(r.progress, p)
}

// confirm begins what was asked for: at once, or after a countdown when the
// name had to be typed.
func (r *dialog) confirm() tea.Cmd {
	r.note, r.field = "", noField
	if r.plan.Danger != operation.Typed {
		return r.start()
	}
	r.phase, r.left = counting, countdown
	r.round++
	return r.tick()
}

func (r *dialog) tick() tea.Cmd {
	m := countMsg{r, r.round}
	return tea.Tick(time.Second, func(time.Time) tea.Msg { return m })
}

func (r *dialog) count(msg countMsg) tea.Cmd {
	if msg.of != r || msg.round != r.round || r.phase != counting {
		return nil
	}
	if r.left--; r.left > 0 {
		return r.tick()
	}
	return r.start()
}

func (r *dialog) start() tea.Cmd {
	answer := operation.Confirmation{Typed: r.typed, Yes: r.plan.Danger == operation.Confirm, Reason: r.reason}
	cmd, other := start(r.deps, r.plan, answer, r)
	if cmd == nil {
		r.ask()
		r.note = "still running: " + other
		return nil
	}
	r.phase = running
	return cmd
}

// again plans the same change from the world as it is now. The weights of a
// split are absolute, so a new review shows the step that it is now.
func (r *dialog) again() tea.Cmd {
	c := r.plan.Change
	c.Token, c.Reason = "", r.reason
	return open(r.deps, c, r.within)
}

// takesReason reports whether there is anything to give a reason for.
func (r *dialog) takesReason() bool { return r.plan.Danger != operation.Denied || r.plan.WantsReason }

// overrides reports whether the plan is refused until a reason is given.
func (r *dialog) overrides() bool { return r.plan.Danger == operation.Denied && r.plan.WantsReason }

// lost reports whether the plan cannot be carried out any more, because the
// deployment is no longer what the plan was made from.
func (r *dialog) lost() bool {
	return r.moved != nil || r.phase == ended && (isConflict(r.err) || isNotConfirmed(r.err))
}

// renews reports whether a new review is offered: of what was lost, and of what
// was refused, which may be possible by now.
func (r *dialog) renews() bool {
	return r.lost() || r.phase == asking && r.plan.Danger == operation.Denied && !r.overrides()
}

var _ ui.Dialog = (*dialog)(nil)
