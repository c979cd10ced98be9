package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui/theme"
)

// Screen is one place of the console. The root model owns the stack of
// screens, calls them from one goroutine only, and draws the header, the key
// bar, toasts and dialogs around them.
//
// Update and View do no I/O. Work that waits runs in a tea.Cmd under the
// context that Enter was given, which ends when the screen leaves the stack.
type Screen interface {
	// Place is where this is; it gives the breadcrumb and finds the screen again.
	Place() Place
	// Enter is called once, when the screen is put on the stack.
	Enter(ctx context.Context) tea.Cmd
	// Update takes every message that is not a key or a mouse event, also
	// while another screen covers this one.
	Update(msg tea.Msg) tea.Cmd
	// View draws exactly f.Height lines of exactly f.Width cells. Called with
	// the same state and frame it gives equal lines.
	View(f Frame) []string
	// Bindings lists every key that means something here now, the most useful
	// and safest first: the key bar shows the first few, help shows all.
	Bindings() []Binding
}

// Frame is what a screen may draw on.
type Frame struct {
	Width, Height int
	Theme         *theme.Theme
	Now           time.Time

	// Plain asks for linear text for screen readers and pipes: no charts, no
	// boxes. Number and width of the lines are then free; nothing is cut.
	Plain bool
}

// Place names a screen and what it shows; Name is the name of a
// deployment, in the registry of a model, or "".
type Place struct {
	Screen string // "fleet", "deployment", "split", "rollout", "alerts", "logs", "journal", "explain", "checklist", "registry"
	Name   string
}

// String is the breadcrumb's last part: "model-api split", or "fleet".
func (p Place) String() string {
	if p.Name == "" {
		return p.Screen
	}
	return p.Name + " " + p.Screen
}

// Binding ties keys to an action. One table feeds dispatch, the key bar, help
// and the command palette, so that none of them can lie.
type Binding struct {
	Keys   []string // as tea.KeyPressMsg.String gives them: "enter", "S", "ctrl+p"
	Help   string   // one or two words for the key bar
	About  string   // a sentence for help and the palette
	Hidden bool     // not in the key bar (navigation that everybody knows)
	// Danger marks an action that changes the world. Such an action has a
	// capital letter or its own menu, never doubles as navigation and never
	// acts on a key that repeats while held.
	Danger bool
	// Off tells why the action cannot be used now; "" when it can.
	Off string
	// To is opened before the next key is looked at, so that a key which was
	// typed ahead goes to the screen that it was meant for; a Go message would
	// come after it. Run follows, when there is one.
	To  Place
	Run func() tea.Cmd
}

// Typer is a Screen that takes text now (a filter, a search): while Typing it
// gets every key but ctrl+c, and its Bindings only tell the key bar what they do.
type Typer interface {
	Typing() bool
	Type(key tea.KeyPressMsg) tea.Cmd
}

// Escaper is a Screen with something to close or clear before esc leaves it.
// Escape reports whether it did. A binding of esc in the screen's table is
// shown, but the ladder runs: overlay, Escape, back.
type Escaper interface {
	Escape() bool
}

// Mouser is a Screen that takes mouse events, in cells from its top left corner.
type Mouser interface {
	Mouse(e MouseEvent) tea.Cmd
}

// Leaver is a Screen that wants to know when somebody opens another one from it.
type Leaver interface {
	Leave()
}

// Copier is a Screen that says what y copies; of others it is the name of
// their Place.
type Copier interface {
	Copy() string // foreign text is sanitised by the root model
}

// MouseEvent is one press, drag, release or turn of the wheel.
type MouseEvent struct {
	X, Y  int
	Kind  MouseKind
	Wheel int // lines, negative is up; only for MouseWheel
}

// MouseKind tells mouse events apart.
type MouseKind int

// The mouse events that screens see.
const (
	MousePress MouseKind = iota
	MouseDrag
	MouseRelease
	MouseWheel
)

// Dialog is drawn over the screen and takes every key until it is done. A
// dialog that opens by itself swallows keys until the keyboard was quiet for
// 400 ms, so that keys in flight cannot confirm it.
type Dialog interface {
	View(f Frame) []string // at most f.Height lines of at most f.Width cells
	Key(key tea.KeyPressMsg) (done bool, cmd tea.Cmd)
	Update(msg tea.Msg) tea.Cmd
	Bindings() []Binding // for the key bar
}

// The messages that screens send to the root model.
type (
	// Go opens a place on top of the stack.
	Go struct{ To Place }
	// Back leaves the top screen.
	Back struct{}
	// OpenDialog lays a dialog over the screen. Grace is for dialogs that
	// were not opened by a key that was pressed just now.
	OpenDialog struct {
		Dialog Dialog
		Grace  bool
	}
	// CloseDialog closes the dialog.
	CloseDialog struct{}
	// Toast shows one line for six seconds and keeps it in the message log.
	Toast struct {
		Level Level
		Text  string // foreign text is sanitised by the root model
	}
	// Task shows a long operation in the status line until Done.
	Task struct {
		ID   string
		Text string
		Done bool
	}
	// Refresh asks every source for fresh data now.
	Refresh struct{}
	// Quit ends the console; it asks first while a task runs.
	Quit struct{}
)

// Level tells how serious a toast is.
type Level int

// The levels of toasts.
const (
	Info Level = iota
	Good
	Warning
	Failure
)

// StatusMsg sets what the header shows; the program sends it with new data.
type StatusMsg struct {
	Context    string // "local", "docker://host", "k8s://prod/ml"
	Production bool
	ReadOnly   string // why nothing can be changed; "" when it can
	Practice   string // the incident scenario that runs; "" for none
	Sources    []SourceStatus

	// Incident is the worst that is known in a few words ("1 fail, 2 warn"),
	// "" when all is well, and Level how bad it is. They go to the title of the
	// window and to terminals that show the status of programs.
	Incident string
	Level    Level
}

// SourceStatus is the health of one source of data.
type SourceStatus struct {
	Name  string
	State string    // "live", "stale", "offline", "connecting", "none" where there is no such source
	At    time.Time // of the last good data, zero for none
	Text  string    // the error, foreign text
}
