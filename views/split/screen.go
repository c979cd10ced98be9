// Package split is the screen that moves traffic: a slider that edits a
// proposal and nothing else, what would follow from it, and the observed share
// beside the configured one once a change was applied.
package split

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/ui/widget"
	"pitwall/views"
	"pitwall/views/review"
)

// Screen is the split screen of one deployment; it is a ui.Screen, Typer,
// Escaper and Mouser.
type Screen struct {
	deps views.Deps
	name string
	ctx  context.Context // of the screen's own work, from Enter

	row   fleet.Row
	found bool // the newest snapshot has the deployment

	slider *widget.Slider
	base   backends.Deployment // what the proposal started from
	moved  bool                // the configured split changed under the proposal
	typing bool
	typed  string // the exact value being typed
	digits digits // the share that digits make up
	note   string // why the last key did nothing

	preview  preview
	evidence evidence
	undo     undo
	running  *operation.Progress // of an operation of this console on the deployment
	plan     operation.Plan      // of running
	recovery *review.RecoveryMsg

	tracks tracks // where the mouse finds them
	looked bool   // View was called since evidence was due last
}

// New makes the split screen of a deployment on what is known now. It does no
// I/O.
func New(d views.Deps, deployment string) ui.Screen {
	s := &Screen{deps: d, name: deployment, ctx: context.Background(), slider: widget.NewSlider(nil)}
	s.take(d.Snapshot())
	return s
}

// Place is the split of the deployment.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "split", Name: s.name} }

// Enter starts to read the evidence, and finds out what undo would do.
func (s *Screen) Enter(ctx context.Context) tea.Cmd {
	s.ctx = ctx
	s.take(s.deps.Snapshot())
	return tea.Batch(s.readEvidence(), s.readUndo())
}

// Update takes snapshots, answers to what the screen asked, and the progress
// of operations.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case views.SnapshotMsg:
		before := s.row.Deployment
		s.take(msg.Snapshot)
		if before.Token != s.row.Deployment.Token {
			return tea.Batch(s.planSoon(), s.checkUndo(before))
		}
		return s.renewPlan()
	case planDueMsg:
		return s.planDue(msg)
	case plannedMsg:
		return s.planned(msg)
	case evidenceMsg:
		return s.takeEvidence(msg)
	case undoMsg:
		if msg.of == s && s.undo.change == nil {
			s.undo = msg.undo
		}
	case evidenceDueMsg:
		if msg.of == s {
			return s.evidenceDue()
		}
	case review.ProgressMsg:
		if msg.Plan.Change.Deployment == s.name {
			s.running, s.plan = &msg.Progress, msg.Plan
		}
	case review.EndedMsg:
		s.ended(msg)
	case review.RecoveryMsg:
		if msg.Deployment == s.name {
			s.recovery = &msg
		}
	case ui.Refresh:
		return tea.Batch(s.readEvidence(), s.planSoon())
	}
	return nil
}

// ended remembers how to take back what was done.
func (s *Screen) ended(msg review.EndedMsg) {
	if msg.Plan.Change.Deployment != s.name {
		return
	}
	s.running = nil
	if after := review.SplitAfter(msg.Plan); after != nil && msg.Outcome.Undo != nil {
		s.undo = undo{msg.Outcome.Undo, after}
	}
}

// take shows a snapshot. A proposal is kept, whatever changes under it.
func (s *Screen) take(snapshot *fleet.Snapshot) {
	if snapshot == nil {
		return
	}
	row, found := snapshot.Row(s.name)
	s.found = found
	if !found {
		return
	}
	s.row = row
	s.follow(row.Deployment)
}

// off gives the reason why the split cannot be changed, or "".
func (s *Screen) off() string {
	if why := s.fixed(); why != "" {
		return why
	}
	return review.Off(s.deps, backends.OpSplit, s.row.Deployment)
}

// fixed is why nothing can be proposed, "" when something can.
func (s *Screen) fixed() string {
	switch {
	case !s.found:
		return "the deployment is not there"
	case len(s.row.Deployment.Variants) < 2:
		return "there is only one variant: deploy a candidate first"
	case !s.row.Deployment.SplitKnown():
		return "the split cannot be read now"
	}
	return ""
}

// focused is the variant that the keys move.
func (s *Screen) focused() (backends.Variant, bool) {
	vs := s.row.Deployment.Variants
	if i := s.slider.Focus(); s.found && i < len(vs) {
		return vs[i], true
	}
	return backends.Variant{}, false
}

func (s *Screen) now() time.Time { return s.deps.Now() }
