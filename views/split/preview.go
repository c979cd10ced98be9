package split

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/operation"
)

const (
	planEvery   = 500 * time.Millisecond // at most two plans a second while the slider moves
	planRenew   = 2 * time.Second        // the guards judge signals and replicas, which change under a proposal
	planTimeout = 5 * time.Second
)

// preview is what the rules say to the proposal, planned in the background.
type preview struct {
	waiting bool           // a planDueMsg or a plannedMsg is on its way
	of      backends.Split // the proposal that plan is for
	token   string         // of the deployment as it was then
	at      time.Time      // when the answer came
	plan    operation.Plan
	err     error
}

type planDueMsg struct{ of *Screen }

type plannedMsg struct {
	screen *Screen
	of     backends.Split
	token  string
	plan   operation.Plan
	err    error
}

// planSoon asks for a plan of the proposal, unless one is on its way.
func (s *Screen) planSoon() tea.Cmd {
	if s.preview.waiting || s.reviewOff() != "" {
		return nil
	}
	s.preview.waiting = true
	return tea.Tick(planEvery, func(time.Time) tea.Msg { return planDueMsg{s} })
}

// planDue plans the proposal as it is now, however often it moved meanwhile.
func (s *Screen) planDue(msg planDueMsg) tea.Cmd {
	if msg.of != s {
		return nil
	}
	if s.reviewOff() != "" {
		s.preview.waiting = false
		return nil
	}
	parent, operations, token := s.ctx, s.deps.Operations, s.row.Deployment.Token
	change := backends.Change{Op: backends.OpSplit, Deployment: s.name, Split: s.proposal()}
	return func() tea.Msg {
		ctx, cancel := backends.Within(parent, planTimeout)
		defer cancel()
		p, err := operations.Plan(ctx, change)
		return plannedMsg{s, change.Split, token, p, err}
	}
}

func (s *Screen) planned(msg plannedMsg) tea.Cmd {
	if msg.screen != s {
		return nil
	}
	s.preview = preview{of: msg.of, token: msg.token, at: s.now(), plan: msg.plan, err: msg.err}
	if s.slider.Changed() && !s.current() {
		return s.planSoon()
	}
	return nil
}

// renewPlan asks again when the answer has become old.
func (s *Screen) renewPlan() tea.Cmd {
	if s.preview.of == nil || s.now().Sub(s.preview.at) < planRenew {
		return nil
	}
	return s.planSoon()
}

// current reports whether the preview is about the proposal and the deployment
// as they stand.
func (s *Screen) current() bool {
	return s.preview.of != nil && s.preview.token == s.row.Deployment.Token && s.slider.Changed() && s.preview.of.Equal(s.proposal())
}
