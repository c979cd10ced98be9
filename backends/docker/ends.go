package docker

import (
	"context"
	"strconv"
	"syscall"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
)

const (
	// eventLag is how far apart the engine may tell what belongs together: that
	// a container came to its memory limit, and that it ended.
	eventLag = 5 * time.Second
	// longestStop is the longest time between asking a container to end and its end.
	longestStop = time.Minute
	// endsBack is how far back it is worth while to ask how a container ended.
	endsBack = 2 * time.Hour
)

// end is what was found out about how a container ended.
type end struct {
	world.End
	at      time.Time // of that end
	settled bool      // nothing more will come
}

// learn gives the options of grouping, with how the containers ended. Each end
// is asked for when it is new, and again until the engine has told all of it.
func (b *Backend) learn(ctx context.Context, containers []engine.Container) world.Options {
	b.learning.Lock()
	defer b.learning.Unlock()
	ends, unknown := make(map[string]end, len(b.ends)), []engine.Container(nil)
	for _, c := range containers {
		known, is := b.ends[c.ID]
		if is && known.at.Equal(c.FinishedAt) {
			ends[c.ID] = known
		}
		if ended := c.FinishedAt.Year() > 1970 && b.now().Sub(c.FinishedAt) < endsBack; ended && !ends[c.ID].settled {
			unknown = append(unknown, c)
		}
	}
	b.ends = ends
	if len(unknown) > 0 {
		b.askEnds(ctx, unknown)
	}
	b.learnPauses(ctx, containers)
	o := b.world
	o.Ends = make(map[string]world.End, len(b.ends))
	for id, e := range b.ends {
		o.Ends[id] = e.End
	}
	for id, p := range b.pauses {
		e := o.Ends[id]
		e.Paused = p.at
		o.Ends[id] = e
	}
	return o
}

// askEnds asks the engine how containers ended. What it does not tell stays
// unknown: a listing is worth more than that.
func (b *Backend) askEnds(ctx context.Context, containers []engine.Container) {
	first := containers[0].FinishedAt
	for _, c := range containers {
		if c.FinishedAt.Before(first) {
			first = c.FinishedAt
		}
	}
	past, err := b.engine.PastEvents(ctx, first.Add(-longestStop), time.Time{})
	if err != nil {
		return
	}
	for _, c := range containers {
		e := end{End: endOf(c, past), at: c.FinishedAt, settled: b.now().Sub(c.FinishedAt) > eventLag}
		if e.Asked == 0 && (c.ExitCode != 0 || e.Code != 0) {
			e.Line = b.lastLineBefore(ctx, c)
		}
		b.ends[c.ID] = e
	}
}

// endOf reads the events for how a container ended when it did so last.
func endOf(c engine.Container, past []engine.Event) world.End {
	var out world.End
	for _, e := range past {
		if e.ID != c.ID {
			continue
		}
		before := c.FinishedAt.Sub(e.At)
		switch {
		case e.Action == "die" && before.Abs() < eventLag:
			out.Known, out.Code = true, e.ExitCode
		case e.Action == "oom" && before.Abs() < eventLag:
			out.OOM = true
		case e.Action == "start" && before > 0:
			out.Asked = 0 // that was of an earlier end
		case e.Action == "kill" && out.Asked == 0 && before > -eventLag && before < longestStop:
			out.Asked = ends(e.Signal)
		}
	}
	return out
}

// ends is a signal of a kill event when it ends a process as a rule, else 0.
func ends(signal string) syscall.Signal {
	n, _ := strconv.Atoi(signal)
	switch s := syscall.Signal(n); s {
	case syscall.SIGTERM, syscall.SIGKILL, syscall.SIGINT, syscall.SIGQUIT:
		return s
	}
	return 0
}

// lastLineBefore is the last line that a container wrote before it ended.
func (b *Backend) lastLineBefore(ctx context.Context, c engine.Container) string {
	if c.StartedAt.After(c.FinishedAt) {
		return "" // what it wrote last is of its present life
	}
	return b.lastLine(ctx, c.ID)
}
