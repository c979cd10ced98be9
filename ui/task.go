package ui

import (
	"slices"
	"strconv"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// setTask adds, updates or removes a task.
func (m *Model) setTask(t Task) {
	t.Text = draw.Sanitize(t.Text)
	i := slices.IndexFunc(m.tasks, func(old Task) bool { return old.ID == t.ID })
	switch {
	case t.Done && i >= 0:
		m.tasks = slices.Delete(m.tasks, i, i+1)
	case t.Done:
	case i >= 0:
		m.tasks[i] = t
	default:
		m.tasks = append(m.tasks, t)
	}
}

// taskText is the right end of the key bar: the newest task, or how many run.
func taskText(th *theme.Theme, tasks []Task, width int) string {
	if len(tasks) == 0 || width < 4 {
		return ""
	}
	text := tasks[len(tasks)-1].Text
	if len(tasks) > 1 {
		text = strconv.Itoa(len(tasks)) + " tasks: " + text
	}
	glyph, style := th.State(theme.StateProgressing)
	text = draw.Truncate(text, width-draw.Width(glyph)-2, th.Glyphs.Ellipsis)
	return style.Paint(glyph) + " " + text + " "
}
