package deployment

import (
	"maps"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/theme"
	"pitwall/views"
)

const usageEach = 3 * time.Second // between two questions while somebody looks

// usage is what each replica uses, as the backend measures it.
type usage struct {
	replicas map[string]backends.Usage // by name
	err      error
	at       time.Time // of the last good answer
	asking   bool
	askedAt  time.Time
}

type usageMsg struct {
	of       *Screen
	replicas map[string]backends.Usage
	at       time.Time
	err      error
}

// askUsage asks the backend, unless it does not measure or has still to answer.
func (s *Screen) askUsage() tea.Cmd {
	if s.deps.Measure == nil || s.usage.asking {
		return nil
	}
	s.usage.asking, s.usage.askedAt = true, s.deps.Now()
	parent, measure, msg, name := s.ctx, s.deps.Measure, usageMsg{of: s, at: s.usage.askedAt}, s.name
	return func() tea.Msg {
		ctx, cancel := backends.Within(parent, askTimeout)
		defer cancel()
		msg.replicas, msg.err = measure.Usage(ctx, name)
		return msg
	}
}

// take shows an answer; after an error what was known stands, dim with age.
// Part of an answer beside an error replaces what it tells.
func (u *usage) take(msg usageMsg) {
	u.asking, u.err = false, msg.err
	switch {
	case msg.err == nil:
		u.replicas, u.at = msg.replicas, msg.at
	case len(msg.replicas) > 0:
		known := maps.Clone(u.replicas)
		if known == nil {
			known = make(map[string]backends.Usage)
		}
		maps.Copy(known, msg.replicas)
		u.replicas = known
	}
}

func (u *usage) stale(f ui.Frame) bool { return views.Stale(f.Now, u.at) }

// text is the CPU and the memory of a replica, each of its limit when it has
// one: "0.12/0.5" cores and "48/64M".
func (u *usage) text(g *theme.Glyphs, replica string) (cpu, memory string) {
	x, known := u.replicas[replica]
	if !known {
		return g.Missing, g.Missing
	}
	return of(x.CPU, x.CPULimit, g, cores), of(x.Memory, x.MemoryLimit, g, memorySize)
}

// of writes a value of its limit; a unit that both have stands once.
func of(value, limit float64, g *theme.Glyphs, write func(v float64) (text, unit string)) string {
	if backends.Missing(value) {
		return g.Missing
	}
	text, unit := write(value)
	if backends.Missing(limit) || limit <= 0 {
		return text + unit
	}
	most, mostUnit := write(limit)
	if unit == mostUnit {
		unit = ""
	}
	return text + unit + "/" + most + mostUnit
}

func cores(v float64) (text, unit string) {
	return strconv.FormatFloat(v, 'f', 2, 64), ""
}

// memorySize writes bytes in mebibytes, from 1024 on in gibibytes.
func memorySize(bytes float64) (text, unit string) {
	const mebi, gibi = 1 << 20, 1 << 30
	if bytes >= gibi {
		return strconv.FormatFloat(bytes/gibi, 'f', 1, 64), "G"
	}
	return strconv.FormatFloat(bytes/mebi, 'f', 0, 64), "M"
}

// closeToLimit is from which share of its memory limit a replica is marked.
const closeToLimit = 0.9

// nearLimit reports whether a replica is about to be killed for its memory.
func (u *usage) nearLimit(replica string) bool {
	x, known := u.replicas[replica]
	return known && x.MemoryLimit > 0 && x.Memory >= closeToLimit*x.MemoryLimit
}
