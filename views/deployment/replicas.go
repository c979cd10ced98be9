package deployment

import (
	"cmp"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

// replicas lists all replicas; those that are not well come first.
func (s *Screen) replicas() []backends.Replica {
	var all []backends.Replica
	for _, v := range s.row.Deployment.Variants {
		all = append(all, v.Replicas...)
	}
	slices.SortStableFunc(all, func(a, b backends.Replica) int { return cmp.Compare(b.State.Severity(), a.State.Severity()) })
	return all
}

// replicaList is a line a replica, and more for the reason of one that is not
// well and how one ended that has exited before.
func (s *Screen) replicaList(f ui.Frame, width int) list {
	th, g := f.Theme, f.Theme.Glyphs
	all := s.replicas()
	l := list{at: replicas, title: "replicas", status: s.replicaStatus(f), least: 3}
	if all == nil {
		l.lines = []string{th.Dim.Paint("the backend lists no replicas")}
		return l
	}
	columns := s.fields(all, width)
	l.lines = []string{th.Header.Paint(draw.Pad(columns.head(), width-1, draw.Left))}
	chosen, _ := s.selection()
	for _, r := range all {
		from := len(l.lines)
		line := columns.row(s, f, r)
		if s.selects() && s.focus == replicas && r.Name == chosen.Name {
			line = th.Selected.Around(draw.Fit(line, width-1, draw.Left, g.Ellipsis))
		}
		l.lines = append(l.lines, line)
		if r.Reason != "" {
			_, style := views.StateLook(th, r.State)
			l.lines = append(l.lines, "  "+style.Paint(draw.Sanitize(r.Reason)))
		}
		if r.LastExit != nil {
			l.lines = append(l.lines, "  "+th.Dim.Paint("last exit: "+exitText(f.Now, r.LastExit)))
		}
		if s.selects() && r.Name == chosen.Name {
			l.from, l.to = from, len(l.lines)
		}
	}
	if l.from == 1 {
		l.from = 0 // with the header
	}
	return l
}

// replicaStatus is the age of the list, or why it is not known what the
// replicas use.
func (s *Screen) replicaStatus(f ui.Frame) string {
	if s.usage.err == nil {
		return s.listed(f)
	}
	const most = 40
	return f.Theme.Fail.Paint("usage unread: "+draw.SanitizeLine(s.usage.err.Error(), most)) + " " + s.listed(f)
}

// replicaColumns are the widths of the table; 0 leaves a column out.
type replicaColumns struct{ name, state, restarts, age, cpu, memory, address int }

// fields divides a width: everything that the backend tells, or in a narrow
// list what matters most.
func (s *Screen) fields(all []backends.Replica, width int) replicaColumns {
	const least, restarts, age, cpu, memory, address = 12, 9, 5, 11, 12, 22
	c := replicaColumns{state: 14}
	if slices.ContainsFunc(all, func(r backends.Replica) bool { return r.Cause != "" }) {
		c.state = 21 // "X  fail image-missing"
	}
	if s.deps.Measure == nil {
		c.restarts, c.age, c.address = restarts, age, address
	} else {
		room := width - 1 - least - c.state
		for _, want := range []struct {
			into  *int
			width int
		}{{&c.memory, memory}, {&c.cpu, cpu}, {&c.restarts, restarts}, {&c.age, age}, {&c.address, address}} {
			if room >= want.width {
				*want.into = want.width
				room -= want.width
			}
		}
	}
	c.name = max(width-c.state-c.restarts-c.age-c.cpu-c.memory-c.address-1, least)
	return c
}

// right is a cell at the right of its column, nothing in one that is left out.
func right(text string, width int) string {
	if width == 0 {
		return ""
	}
	return draw.Fit(text, width, draw.Right, "")
}

func (c replicaColumns) head() string {
	head := draw.Pad("REPLICA", c.name, draw.Left) + draw.Pad("STATE", c.state, draw.Left) + right("RESTARTS", c.restarts) +
		right("AGE", c.age) + right("CPU", c.cpu) + right("MEMORY", c.memory)
	if c.address > 0 {
		head += "  ADDRESS"
	}
	return head
}

// row is the line of a replica.
func (c replicaColumns) row(s *Screen, f ui.Frame, r backends.Replica) string {
	th, g := f.Theme, f.Theme.Glyphs
	glyph, style := views.StateLook(th, r.State)
	line := draw.Pad(draw.TruncateMiddle(draw.Sanitize(r.Name), c.name-1, g.Ellipsis), c.name, draw.Left) +
		style.Paint(draw.Fit(draw.Pad(glyph, draw.Width(g.OK), draw.Left)+" "+stateWord(r), c.state, draw.Left, g.Ellipsis)) +
		right(strconv.Itoa(r.Restarts), c.restarts) + right(views.Age(f.Now, r.StartedAt, g), c.age)
	if c.cpu+c.memory > 0 {
		cpu, memory := s.usage.text(g, r.Name)
		line += s.usage.paint(f, right(cpu, c.cpu), false) + s.usage.paint(f, right(memory, c.memory), s.usage.nearLimit(r.Name))
	}
	if c.address > 0 {
		line += "  " + th.Dim.Paint(draw.Sanitize(r.Address))
	}
	return line
}

// paint draws a measurement dim when it is old, and as a warning near a limit.
func (u *usage) paint(f ui.Frame, text string, near bool) string {
	style := theme.Style{}
	switch {
	case u.stale(f):
		style = f.Theme.Faint
	case near:
		style = f.Theme.Warn
	}
	return style.Paint(text)
}

// stateWord is the state, with its cause when that is known.
func stateWord(r backends.Replica) string {
	if r.Cause == "" {
		return r.State.String()
	}
	return r.State.String() + " " + draw.SanitizeLine(string(r.Cause), 16)
}

// selects reports whether there is something to do with a single replica; then
// the list has a cursor.
func (s *Screen) selects() bool { return s.deps.Inspect != nil || s.deps.Smoke != nil }

// selection is the replica under the cursor: the worst one until somebody moved.
func (s *Screen) selection() (backends.Replica, bool) {
	all := s.replicas()
	if len(all) == 0 {
		return backends.Replica{}, false
	}
	i := slices.IndexFunc(all, func(r backends.Replica) bool { return r.Name == s.selected })
	return all[max(i, 0)], true
}

// selectReplica moves the cursor by lines of the list.
func (s *Screen) selectReplica(by int) {
	all := s.replicas()
	if len(all) == 0 {
		return
	}
	i := max(slices.IndexFunc(all, func(r backends.Replica) bool { return r.Name == s.selected }), 0)
	s.selected = all[min(max(i+by, 0), len(all)-1)].Name
}

// inspectBinding leads to everything that is known of the selected replica. A
// backend that knows no more has the key in help only, with the reason.
func (s *Screen) inspectBinding() ui.Binding {
	r, some := s.selection()
	off := ""
	switch {
	case s.deps.Inspect == nil:
		off = "this backend knows no more than is shown here"
	case !s.known:
		off = gone
	case !some:
		off = "the backend lists no replicas"
	}
	b := views.To("inspect", s.name, off)
	which := views.InspectMsg{Deployment: s.name, Replica: r.Name}
	b.Hidden = s.deps.Inspect == nil
	b.Run = func() tea.Cmd { return func() tea.Msg { return which } }
	return b
}
