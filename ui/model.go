package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"pitwall/ui/theme"
)

// Model is the root of the console. It is used from one goroutine, that of
// the Bubble Tea program.
type Model struct {
	options Options
	ctx     context.Context
	cancel  context.CancelFunc

	stack   []entry // the screens, the visible one last
	dialogs []*openDialog
	overlay overlay // help, palette or message log; nil for none

	status StatusMsg
	toasts toasts
	tasks  []Task
	recent []string // titles of palette entries, newest first
	armed  time.Time

	awaited awaited

	width, height int
	now           time.Time // as the last tick saw it
	ticks         int       // generation of the clock; older ticks are dropped
	blurred       bool
	mouse         bool
	wheel         wheel

	look  look
	frame frame
}

// New makes the model and opens the first screen. Everything it starts ends
// with ctx or with Close.
// Errors: a required option is missing, the first screen cannot be opened, or
// *BindingError from its key table.
func New(ctx context.Context, o Options) (*Model, error) {
	if o.Open == nil || o.Now == nil {
		return nil, errors.New("open the console: Open and Now are required")
	}
	first, err := o.Open(o.First)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", o.First, err)
	}
	if err := CheckBindings(Table{Screen: o.First.Screen, Bindings: first.Bindings()}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	m := &Model{
		options: o, ctx: ctx, cancel: cancel,
		status: o.Status, now: o.Now().Truncate(time.Second), mouse: !o.NoMouse,
		look: look{name: o.Theme, dark: true, profile: theme.TrueColor, noColor: o.NoColor, ascii: o.ASCII},
	}
	m.look.build()
	m.put(first)
	return m, nil
}

// Close ends the work of every screen. It is called after the program has
// ended, however it ended.
func (m *Model) Close() { m.cancel() }

// Program makes the Bubble Tea program that runs the model.
func (m *Model) Program(extra ...tea.ProgramOption) *tea.Program {
	options := []tea.ProgramOption{tea.WithContext(m.ctx)}
	if m.options.NoColor {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	return tea.NewProgram(m, append(options, extra...)...)
}

// Init starts the clock and the first screen.
func (m *Model) Init() tea.Cmd {
	return tea.Batch(m.tick(), tea.RequestBackgroundColor, m.enter(0))
}

// Update takes every message of the program.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.update(msg)
	m.frame.stale = m.frame.stale || m.repaints(msg)
	return m, cmd
}

// repaints reports whether a message can change the frame. Without focus data
// waits for the slow clock, which repaints by itself.
func (m *Model) repaints(msg tea.Msg) bool {
	switch msg.(type) {
	case clockMsg, tea.MouseWheelMsg, tea.KeyReleaseMsg:
		return false
	case tea.WindowSizeMsg, tea.KeyPressMsg, tea.MouseMsg, tea.BlurMsg:
		return true
	}
	return !m.blurred
}

func (m *Model) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.MouseMsg:
		return m.mouseEvent(msg)
	case wheelMsg:
		return m.flushWheel()
	case clockMsg:
		return m.clockTick(msg)
	case tea.PasteMsg:
		return m.paste(msg)
	case tea.FocusMsg:
		return m.setFocus(true)
	case tea.BlurMsg:
		return m.setFocus(false)
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.ColorProfileMsg:
		m.look.setProfile(msg.Profile)
	case tea.BackgroundColorMsg:
		m.look.dark = msg.IsDark()
		m.look.build()
	case themeMsg:
		m.look.name = ThemeName(msg)
		m.look.build()
	case tea.KeyReleaseMsg:
	case answered:
		return m.answer(msg)
	default:
		return m.request(msg)
	}
	return nil
}

// request does what screens ask of the frame; everything else is theirs.
func (m *Model) request(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case Go:
		return m.open(msg.To)
	case Back:
		return m.back()
	case OpenDialog:
		return m.openDialog(msg)
	case CloseDialog:
		m.closeDialog()
	case graceMsg:
		return m.graceTick(msg)
	case Toast:
		return m.toast(msg)
	case expiredMsg:
		m.toasts.expire(int(msg))
	case Task:
		m.setTask(msg)
	case Quit:
		return m.quit()
	case Refresh:
		if m.options.Refresh != nil {
			m.options.Refresh()
		}
		return m.broadcast(msg)
	case StatusMsg:
		return tea.Batch(m.setStatus(msg), m.broadcast(msg))
	default:
		return m.broadcast(msg)
	}
	return nil
}

// broadcast hands a message to every screen and dialog.
func (m *Model) broadcast(msg tea.Msg) tea.Cmd {
	cmds := make([]tea.Cmd, 0, len(m.stack)+len(m.dialogs))
	for _, e := range m.stack {
		cmds = append(cmds, e.screen.Update(msg))
	}
	for _, d := range m.dialogs {
		cmds = append(cmds, d.Update(msg))
	}
	return tea.Batch(cmds...)
}
