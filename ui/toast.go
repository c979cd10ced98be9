package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

const (
	toastTime   = 6 * time.Second
	toastsShown = 4
	messagesMax = 500
)

// message is a toast that was shown, sanitised.
type message struct {
	id    int
	at    time.Time
	level Level
	text  string
}

// toasts holds what is shown now and the log of everything that was.
type toasts struct {
	shown []message
	log   []message
	last  int // id
}

// expiredMsg is the id of a toast whose time is over.
type expiredMsg int

func (m *Model) toast(t Toast) tea.Cmd {
	m.toasts.last++
	msg := message{m.toasts.last, m.options.Now(), t.Level, draw.Sanitize(t.Text)}
	m.toasts.forget(t.Level, msg.text)
	m.toasts.shown = append(m.toasts.shown, msg)
	m.toasts.log = append(m.toasts.log, msg)
	if len(m.toasts.log) > messagesMax {
		m.toasts.log = slices.Delete(m.toasts.log, 0, len(m.toasts.log)-messagesMax)
	}
	id := msg.id
	return tea.Tick(toastTime, func(time.Time) tea.Msg { return expiredMsg(id) })
}

// forget drops the newest toast if it says the same and is still shown: a key
// that is off and pressed five times is told once.
func (t *toasts) forget(level Level, text string) {
	n, logged := len(t.shown), len(t.log)
	if n > 0 && t.shown[n-1].level == level && t.shown[n-1].text == text {
		t.shown, t.log = t.shown[:n-1], t.log[:logged-1]
	}
}

func (t *toasts) expire(id int) {
	t.shown = slices.DeleteFunc(t.shown, func(m message) bool { return m.id == id })
}

// levelLook returns the glyph and the style of a level.
func levelLook(t *theme.Theme, l Level) (string, theme.Style) {
	switch l {
	case Good:
		return t.Glyphs.Check, t.ToastOK
	case Warning:
		return t.Glyphs.Warn, t.ToastWarn
	case Failure:
		return t.Glyphs.Fail, t.ToastFail
	default:
		return t.Glyphs.Bullet, t.ToastInfo
	}
}

// overlayToasts lays the newest toasts over the bottom right of base.
func (m *Model) overlayToasts(base []string, width int) []string {
	shown := m.toasts.shown
	shown = shown[max(len(shown)-toastsShown, 0):]
	for i, t := range shown {
		glyph, style := levelLook(m.look.theme, t.level)
		text := draw.Truncate(glyph+" "+t.text, width-4, m.look.theme.Glyphs.Ellipsis)
		line := m.look.theme.Bar.Around(" " + style.Paint(text) + " ")
		y := len(base) - len(shown) + i
		base = draw.Overlay(base, []string{line}, width-draw.Width(line)-1, y)
	}
	return base
}
