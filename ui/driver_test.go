package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/ui/draw"
)

// driver runs a Model as a program would: commands in goroutines, messages one
// at a time. It lives in a synctest bubble, so that time costs nothing.
type driver struct {
	t    *testing.T
	m    *Model
	msgs chan tea.Msg
	ctx  context.Context
	quit bool
	seen []tea.Msg // of the terminal's own, in order
}

// bubble runs f with a console on the fake screen in virtual time.
func bubble(t *testing.T, o Options, f func(d *driver)) {
	synctest.Test(t, func(t *testing.T) {
		if o.Open == nil {
			o.Open = openFake
		}
		o.Now = time.Now
		o.First = Place{Screen: "fleet"}
		m, err := New(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		d := &driver{t: t, m: m, msgs: make(chan tea.Msg, 100), ctx: m.ctx}
		d.run(m.Init())
		d.send(tea.WindowSizeMsg{Width: 100, Height: 30})
		f(d)
		m.Close()
		time.Sleep(time.Minute) // every timer ends
	})
}

func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		select {
		case d.msgs <- cmd():
		case <-d.ctx.Done():
		}
	}()
}

// send hands a message to the model and everything that follows from it.
func (d *driver) send(msg tea.Msg) {
	d.t.Helper()
	d.one(msg)
	d.settle()
}

func (d *driver) settle() {
	d.t.Helper()
	for {
		synctest.Wait()
		select {
		case msg := <-d.msgs:
			d.one(msg)
		default:
			return
		}
	}
}

func (d *driver) one(msg tea.Msg) {
	d.t.Helper()
	switch msg := msg.(type) {
	case nil:
		return
	case tea.QuitMsg:
		d.quit = true
		return
	case tea.BatchMsg:
		for _, cmd := range msg {
			d.run(cmd)
		}
		return
	}
	if strings.HasPrefix(fmt.Sprintf("%T", msg), "tea.set") {
		d.seen = append(d.seen, msg)
	}
	_, cmd := d.m.Update(msg)
	d.check()
	d.run(cmd)
}

// check holds every frame to its size, and what was cached to a fresh drawing.
func (d *driver) check() {
	d.t.Helper()
	content := d.m.View().Content
	if d.m.blurred || d.m.width == 0 {
		return
	}
	lines := d.m.lines()
	if content != strings.Join(lines, "\n") {
		d.t.Error("the cached frame is not the one that would be drawn now")
	}
	if len(lines) != d.m.height {
		d.t.Errorf("%d lines in a terminal of %d", len(lines), d.m.height)
	}
	for i, line := range lines {
		if w := draw.Width(line); w != d.m.width {
			d.t.Errorf("line %d has %d columns, not %d: %q", i, w, d.m.width, line)
		}
	}
}

// sleep lets virtual time pass, a tenth of a second at a time.
func (d *driver) sleep(total time.Duration) {
	d.t.Helper()
	for range total / (100 * time.Millisecond) {
		time.Sleep(100 * time.Millisecond)
		d.settle()
	}
}

func (d *driver) press(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.send(key(k))
	}
}

func (d *driver) text() string { return ansi.Strip(d.m.View().Content) }

func (d *driver) shows(want string) {
	d.t.Helper()
	if !strings.Contains(d.text(), want) {
		d.t.Errorf("the frame does not show %q:\n%s", want, d.text())
	}
}

func (d *driver) hides(unwanted string) {
	d.t.Helper()
	if strings.Contains(d.text(), unwanted) {
		d.t.Errorf("the frame shows %q:\n%s", unwanted, d.text())
	}
}

// key is the press of a key by its name.
func key(name string) tea.KeyPressMsg {
	special := map[string]tea.Key{
		"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "down": {Code: tea.KeyDown}, "up": {Code: tea.KeyUp},
		"backspace": {Code: tea.KeyBackspace}, "pgdown": {Code: tea.KeyPgDown}, "end": {Code: tea.KeyEnd}, "home": {Code: tea.KeyHome},
		"space": {Code: tea.KeySpace, Text: " "},
	}
	if k, ok := special[name]; ok {
		return tea.KeyPressMsg(k)
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// fake is a screen that keeps what happened to it.
type fake struct {
	place  Place
	ctx    context.Context
	extra  []Binding
	typing bool
	typed  string
	filter string // escape clears it
	got    []tea.Msg
	mouse  []MouseEvent
	off    string
	acted  int
}

func openFake(p Place) (Screen, error) {
	if p.Screen == "nowhere" {
		return nil, errors.New("there is no such\x1b[31m place")
	}
	return &fake{place: p}, nil
}

func (f *fake) Place() Place                      { return f.place }
func (f *fake) Enter(ctx context.Context) tea.Cmd { f.ctx = ctx; return nil }
func (f *fake) Typing() bool                      { return f.typing }
func (f *fake) Mouse(e MouseEvent) tea.Cmd        { f.mouse = append(f.mouse, e); return nil }

func (f *fake) Update(msg tea.Msg) tea.Cmd { f.got = append(f.got, msg); return nil }

func (f *fake) Type(k tea.KeyPressMsg) tea.Cmd {
	if k.String() == "enter" {
		f.typing = false
	}
	f.typed, _ = EditLine(f.typed, k)
	return nil
}

func (f *fake) Escape() bool {
	had := f.filter != ""
	f.filter = ""
	return had
}

// View draws a line that is too long and too few lines: the frame must hold.
func (f *fake) View(fr Frame) []string {
	return []string{"body of " + f.place.String() + " filter=" + f.filter + strings.Repeat(" wide", 40)}
}

func (f *fake) Bindings() []Binding {
	act := func() tea.Cmd { f.acted++; return nil }
	return slices.Concat([]Binding{
		{Keys: []string{"enter"}, Help: "open", About: "open the thing", Run: func() tea.Cmd { return send(Go{Place{"split", "model-api"}}) }},
		{Keys: []string{"B"}, Help: "rollback", About: "go back", Danger: true, Off: f.off, Run: act},
		{Keys: []string{"j", "down"}, Help: "down", Hidden: true, Run: act},
	}, f.extra)
}

func (d *driver) fake() *fake { return d.m.top().(*fake) }
