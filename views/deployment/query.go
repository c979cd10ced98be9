package deployment

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/prometheus"
	"pitwall/views"
)

const (
	beat         = time.Second            // how often it is looked whether to ask again
	askDelay     = 120 * time.Millisecond // after a key, so that a held key asks once
	askTimeout   = 2 * time.Second
	askLeast     = 2 * time.Second // between two questions
	askMost      = 30 * time.Second
	timelineEach = 5 * time.Second
)

// feed is what is asked of Prometheus. A round asks for everything that is on
// screen; a newer round ends the one before, whose answers no longer count.
type feed struct {
	generation int
	asking     bool
	askedAt    time.Time
	cancel     context.CancelFunc
}

type (
	// beatMsg is the screen's slow clock.
	beatMsg struct{ of *Screen }
	// askMsg asks unless a newer question was put.
	askMsg struct {
		of         *Screen
		generation int
	}
	// roundMsg holds the answers of one round.
	roundMsg struct {
		of         *Screen
		generation int
		at         time.Time
		charts     map[prometheus.Panel]answer
		features   *featuresAnswer
	}
)

// answer is what a panel got; series may be there beside an error.
type answer struct {
	series []prometheus.Series
	err    error
}

type featuresAnswer struct {
	features []prometheus.FeatureDrift
	err      error
}

func (s *Screen) nextBeat() tea.Cmd {
	return tea.Tick(beat, func(time.Time) tea.Msg { return beatMsg{s} })
}

// onBeat asks when it is time. View is only called while the screen is on top
// of the stack and the terminal has the focus: without a frame since the last
// beat nobody looks, and nothing is asked.
func (s *Screen) onBeat() tea.Cmd {
	if s.ctx.Err() != nil {
		return nil
	}
	looked := s.looked
	s.looked = false
	if !looked {
		return s.nextBeat()
	}
	cmds := []tea.Cmd{s.nextBeat()}
	now := s.deps.Now()
	if !s.feed.asking && s.due(now) {
		cmds = append(cmds, s.ask())
	}
	if !s.timeline.asking && now.Sub(s.timeline.askedAt) >= timelineEach {
		cmds = append(cmds, s.askTimeline())
	}
	if s.showsReplicas() && now.Sub(s.usage.askedAt) >= usageEach {
		cmds = append(cmds, s.askUsage())
	}
	return tea.Batch(cmds...)
}

// every is how often a window that follows the present is asked for again: a
// new point comes with every step.
func (s *Screen) every() time.Duration { return min(max(s.axis.step, askLeast), askMost) }

// due reports whether to ask again. The past does not change: it is asked for
// until it was answered.
func (s *Screen) due(now time.Time) bool {
	if !s.axis.live() && !s.failing() && s.answered() {
		return false
	}
	return now.Sub(s.feed.askedAt) >= s.every()
}

// askSoon moves the window and asks for it after a moment without keys.
func (s *Screen) askSoon() tea.Cmd {
	s.axis.settle(s.deps.Now(), s.columns)
	s.revision++
	s.feed.generation++
	generation := s.feed.generation
	return tea.Tick(askDelay, func(time.Time) tea.Msg { return askMsg{s, generation} })
}

// ask puts the questions of one round.
func (s *Screen) ask() tea.Cmd {
	if s.deps.Metrics == nil {
		return nil
	}
	now := s.deps.Now()
	s.axis.settle(now, s.columns)
	s.revision++
	s.feed.generation++
	s.feed.asking, s.feed.askedAt = true, now
	if s.feed.cancel != nil {
		s.feed.cancel()
	}
	ctx, cancel := backends.Within(s.ctx, askTimeout)
	s.feed.cancel = cancel
	q := questions{
		metrics: s.deps.Metrics, name: s.name, from: s.axis.from, to: s.axis.to, step: s.axis.step,
		charts: s.showsCharts(), features: s.showsFeatures(),
	}
	msg := roundMsg{of: s, generation: s.feed.generation, at: now}
	return func() tea.Msg {
		defer cancel()
		msg.charts, msg.features = q.put(ctx)
		return msg
	}
}

// questions is one round, free of the screen's own state.
type questions struct {
	metrics          views.Metrics
	name             string
	from, to         time.Time
	step             time.Duration
	charts, features bool
}

// put asks everything at once and waits for all.
func (q questions) put(ctx context.Context) (map[prometheus.Panel]answer, *featuresAnswer) {
	var all sync.WaitGroup
	var answers [len(kinds)]answer
	var features *featuresAnswer
	if q.charts {
		for i, kind := range kinds {
			all.Go(func() {
				answers[i].series, answers[i].err = q.metrics.Range(ctx, q.name, kind, q.from, q.to, q.step)
			})
		}
	}
	if q.features {
		features = &featuresAnswer{}
		all.Go(func() { features.features, features.err = q.metrics.Features(ctx, q.name) })
	}
	all.Wait()
	if !q.charts {
		return nil, features
	}
	charts := make(map[prometheus.Panel]answer, len(kinds))
	for i, kind := range kinds {
		charts[kind] = answers[i]
	}
	return charts, features
}

// takeRound shows the answers of the newest round and drops others.
func (s *Screen) takeRound(msg roundMsg) {
	if msg.generation != s.feed.generation {
		return
	}
	s.feed.asking = false
	s.revision++
	for i := range s.panels {
		p := &s.panels[i]
		if a, asked := msg.charts[p.kind]; asked {
			p.take(a, msg.at)
		}
	}
	if msg.features != nil {
		s.features.take(*msg.features, msg.at)
	}
}

// failing reports whether a panel's last answer was an error.
func (s *Screen) failing() bool {
	for i := range s.panels {
		if s.panels[i].err != nil {
			return true
		}
	}
	return false
}

// answered reports whether the window on screen was answered.
func (s *Screen) answered() bool {
	for i := range s.panels {
		if s.panels[i].at.IsZero() || s.panels[i].at.Before(s.feed.askedAt) {
			return false
		}
	}
	return !s.feed.asking
}
