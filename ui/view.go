package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// The least size that screens are drawn for, and the lines around them.
const (
	MinWidth  = 80
	MinHeight = 20

	headerLines = 1
	keyBarLines = 1
)

// frame is what was drawn last. The same string is returned until something
// on it changed, so that Bubble Tea has nothing to compare.
type frame struct {
	stale   bool
	lines   []string
	content string
	view    tea.View
}

// View returns the frame. It draws only after a message that could change it.
func (m *Model) View() tea.View {
	if m.frame.stale || m.frame.lines == nil {
		m.frame.stale = false
		m.draw()
	}
	return m.frame.view
}

func (m *Model) draw() {
	lines := m.lines()
	if !slices.Equal(lines, m.frame.lines) {
		m.frame.lines, m.frame.content = lines, strings.Join(lines, "\n")
	}
	v := tea.NewView(m.frame.content)
	v.AltScreen, v.ReportFocus = true, true
	v.WindowTitle, v.ProgramStatus = m.windowTitle(), m.programStatus()
	if m.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	m.frame.view = v
}

// lines draws the frame: exactly m.height lines of m.width columns.
func (m *Model) lines() []string {
	if m.width <= 0 || m.height <= 0 {
		return []string{}
	}
	if m.tooSmall() {
		return tooSmall(m.look.theme, m.width, m.height)
	}
	f := m.bodyFrame()
	body := fit(f, m.top().View(f))
	if m.overlay != nil {
		body = draw.OverlayCenter(body, m.overlay.view(m, f), f.Width)
	}
	for _, d := range m.dialogs {
		body = draw.OverlayCenter(body, clip(f, d.View(f)), f.Width)
	}
	body = m.overlayToasts(body, f.Width)
	c := m.chrome()
	lines := make([]string, 0, m.height)
	lines = append(lines, c.header())
	lines = append(lines, body...)
	return append(lines, c.keyBar())
}

func (m *Model) bodyFrame() Frame {
	return Frame{
		Width: m.width, Height: m.height - headerLines - keyBarLines,
		Theme: m.look.theme, Now: m.now,
	}
}

// fit holds a screen to its contract: one line that is too long would push
// everything below out of place. Lines that are right are kept as they are.
func fit(f Frame, lines []string) []string {
	right := len(lines) == f.Height
	for i := 0; right && i < len(lines); i++ {
		right = draw.Width(lines[i]) == f.Width
	}
	if right {
		return lines
	}
	return draw.FitLines(f.Theme, lines, f.Width, f.Height)
}

// clip holds a dialog to its contract.
func clip(f Frame, lines []string) []string {
	for i, line := range lines {
		if draw.Width(line) > f.Width {
			lines = slices.Clone(lines)
			lines[i] = draw.Truncate(line, f.Width, f.Theme.Glyphs.Ellipsis)
		}
	}
	return lines
}

// tooSmall reports whether no screen can be drawn. Keys still work, but for
// what is dangerous: nobody can see what it would do.
func (m *Model) tooSmall() bool { return m.width < MinWidth || m.height < MinHeight }

// tooSmall is the frame for such terminals.
func tooSmall(th *theme.Theme, width, height int) []string {
	lines := make([]string, height)
	text := []string{"terminal too small: 80x20 needed", "keys that change nothing work, q leaves"}
	top := max((height-len(text))/2, 0)
	for i := range lines {
		line := ""
		if i >= top && i-top < len(text) {
			line = text[i-top]
		}
		lines[i] = draw.Fit(line, width, draw.Center, th.Glyphs.Ellipsis)
	}
	return lines
}

func (m *Model) windowTitle() string {
	title := "pitwall"
	if m.status.Context != "" {
		title += " " + draw.Sanitize(m.status.Context)
	}
	if m.status.Incident != "" {
		title += ": " + draw.Sanitize(m.status.Incident)
	}
	return title
}

// programStatus tells the terminal what the console is about (OSC 7501): a
// question waits, an operation runs, an incident goes on, or nothing.
func (m *Model) programStatus() *tea.ProgramStatus {
	s := &tea.ProgramStatus{State: tea.ProgramStateIdle, App: "pitwall", Message: draw.SanitizeLine(m.status.Incident, 80)}
	switch {
	case len(m.dialogs) > 0:
		s.State, s.Kind = tea.ProgramStateBlocked, tea.ProgramStatusKindQuestion
	case len(m.tasks) > 0:
		s.State, s.Message = tea.ProgramStateWorking, draw.SanitizeLine(m.tasks[len(m.tasks)-1].Text, 80)
	case m.status.Level == Failure:
		s.State = tea.ProgramStateError
	}
	return s
}
