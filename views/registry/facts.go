package registry

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends/mlflow"
)

// keep is how long what was read of a version stands while somebody looks: a
// run that goes on logs more, and tags change.
const keep = 2 * time.Minute

// facts are what was read of single versions: of those on screen the metrics,
// of the one under the cursor and the marked one everything. One is read at a
// time.
type facts struct {
	known  map[string]fact // by number
	asking string          // number of the version that is read, "" for none
	stop   context.CancelFunc
}

// fact is what was read of a version.
type fact struct {
	detail mlflow.Detail
	full   bool      // with signature and files
	err    error     // why it could not be read
	at     time.Time // of the reading
}

// factMsg ends the reading of a version.
type factMsg struct {
	of      *Versions
	number  string
	given   bool // up, for the cursor has moved on
	learned fact
}

// forget has everything read again; what is known shows until then.
func (k *facts) forget() {
	for number, f := range k.known {
		f.at = time.Time{}
		k.known[number] = f
	}
}

// fresh reports whether a version needs not to be read.
func (k *facts) fresh(v mlflow.Version, full bool, now time.Time) bool {
	f, ok := k.known[v.Number]
	switch {
	case !ok:
		return false
	case f.err != nil:
		return now.Sub(f.at) < least
	case full && !f.full:
		return false
	}
	return now.Sub(f.at) < keep && f.detail.Version.Updated.Equal(v.Updated)
}

// wanted is the version to be read next: the one under the cursor, the marked
// one, then those on screen.
func (s *Versions) wanted() (v mlflow.Version, full, ok bool) {
	now := s.deps.Now()
	if v, ok := s.chosen(); ok && !s.facts.fresh(v, true, now) {
		return v, true, true
	}
	for _, v := range s.versions {
		if v.Number == s.mark && !s.facts.fresh(v, true, now) {
			return v, true, true
		}
	}
	first, end := s.table.Window()
	for _, v := range s.shown[min(first, len(s.shown)):min(end, len(s.shown))] {
		if !s.facts.fresh(v, false, now) {
			return v, s.facts.known[v.Number].full, true
		}
	}
	return v, false, false
}

// learn reads what is wanted next, unless the registry is away or something is
// read already. The reading of a version that nobody looks at any more is given
// up.
func (s *Versions) learn() tea.Cmd {
	if s.deps.Registry == nil || !s.poll.known() || s.poll.err != nil {
		return nil
	}
	v, full, ok := s.wanted()
	if s.facts.asking != "" {
		if ok && full && s.facts.asking != v.Number && s.facts.asking != s.mark {
			s.facts.stop()
		}
		return nil
	}
	if !ok {
		return nil
	}
	ctx, stop := limited(s.ctx)
	s.facts.asking, s.facts.stop = v.Number, stop
	msg := factMsg{of: s, number: v.Number, learned: fact{full: full, at: s.deps.Now()}}
	registry := s.deps.Registry
	return func() tea.Msg {
		defer stop()
		if full {
			msg.learned.detail, msg.learned.err = registry.Detail(ctx, v.Model, v.Number)
		} else {
			msg.learned.detail = registry.Measured(ctx, v)
		}
		if ctx.Err() != nil {
			msg.learned.err = inTime(ctx, ctx.Err())
			msg.given = context.Cause(ctx) == context.Canceled
		}
		return msg
	}
}

// learned keeps what was read, and reads on.
func (s *Versions) learned(msg factMsg) tea.Cmd {
	s.facts.asking = ""
	if !msg.given {
		s.revision++
		if had := s.facts.known[msg.number]; msg.learned.err != nil {
			msg.learned.detail, msg.learned.full = had.detail, had.full // what was known stands
		}
		s.facts.known[msg.number] = msg.learned
		s.metrics = rank(s.facts.known)
	}
	return s.learn()
}
