package ui

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
)

// Table is the key table of one screen.
type Table struct {
	Screen   string
	Bindings []Binding
}

// Action names what a key does and where.
type Action struct {
	Screen string // "" is the frame itself
	Help   string
	Danger bool
}

func (a Action) String() string {
	where := a.Screen
	if where == "" {
		where = "everywhere"
	}
	if a.Danger {
		return fmt.Sprintf("%q (%s, dangerous)", a.Help, where)
	}
	return fmt.Sprintf("%q (%s)", a.Help, where)
}

// BindingError says that a key table would let a finger's habit do harm.
type BindingError struct {
	Key        string
	One, Other Action // Other is zero when One is wrong by itself
	Reason     string
}

func (e *BindingError) Error() string {
	if e.Other == (Action{}) {
		return fmt.Sprintf("key %q of %s: %s", e.Key, e.One, e.Reason)
	}
	return fmt.Sprintf("key %q is %s and %s: %s", e.Key, e.One, e.Other, e.Reason)
}

// CheckBindings holds key tables against each other and against the keys of
// the frame. A *BindingError tells that a key has two meanings on one screen,
// is dangerous here and harmless there, is dangerous without being a capital
// letter, or is reserved.
func CheckBindings(tables ...Table) error {
	everywhere := (&Model{}).globals()
	all := append([]Table{{Bindings: everywhere}}, tables...)
	seen := make(map[string]Action)
	for _, table := range all {
		here := make(map[string]Action)
		for _, b := range table.Bindings {
			action := Action{table.Screen, b.Help, b.Danger}
			for _, key := range b.Keys {
				if err := checkKey(key, action, here, seen); err != nil {
					return err
				}
				here[key], seen[key] = action, action
			}
		}
	}
	return nil
}

func checkKey(key string, a Action, here, seen map[string]Action) error {
	if a.Danger && !isCapital(key) {
		return &BindingError{Key: key, One: a, Reason: "a dangerous action needs a capital letter"}
	}
	if other, twice := here[key]; twice {
		return &BindingError{key, other, a, "one key has one meaning on a screen"}
	}
	if a.Screen != "" && key != "esc" && slices.Contains(reserved, key) {
		return &BindingError{key, seen[key], a, "this key means the same everywhere"}
	}
	if other, known := seen[key]; known && other.Danger != a.Danger {
		return &BindingError{key, other, a, "a key must not be harmless here and dangerous there"}
	}
	return nil
}

func isCapital(key string) bool {
	r, size := utf8.DecodeRuneInString(key)
	return size == len(key) && unicode.IsUpper(r)
}

// reserved keys belong to the frame; of the others a screen may take one for
// something as harmless. A screen may list esc to tell what it would close.
var reserved = []string{"?", ":", "ctrl+p", "esc", "q", "ctrl+c", "r"}

// globals is the key table that holds on every screen.
func (m *Model) globals() []Binding {
	quit, about := "back", "leave this screen"
	if len(m.stack) == 1 {
		quit, about = "quit", "end the console; asks while an operation runs"
	}
	return []Binding{
		{Keys: []string{":", "ctrl+p"}, Help: "palette", About: "find a screen, action or scenario by name", Run: m.openPalette},
		{Keys: []string{"?"}, Help: "help", About: "every key of this place, and why some are off", Run: m.openHelp},
		{Keys: []string{"esc", "backspace"}, Help: "back", About: "close, clear the filter, or leave; never quits", Hidden: true, Run: m.escape},
		{Keys: []string{"q"}, Help: quit, About: about, Hidden: true, Run: m.quitOrBack},
		{Keys: []string{"r"}, Help: "refresh", About: "ask every source for fresh data now", Hidden: true, Run: func() tea.Cmd { return send(Refresh{}) }},
		{Keys: []string{"!"}, Help: "messages", About: "what was reported, with its time", Hidden: true, Run: m.openMessages},
		{Keys: []string{"y"}, Help: "copy name", About: "copy the name of what is selected", Hidden: true, Run: m.copyName},
		{Keys: []string{"ctrl+y"}, Help: "copy screen", About: "copy the whole screen as text", Hidden: true, Run: m.copyScreen},
		{Keys: []string{"M"}, Help: "mouse", About: "mouse off to select text in the terminal, or on", Hidden: true, Run: m.toggleMouse},
		{Keys: []string{"ctrl+z"}, Help: "suspend", About: "back to the shell; fg returns", Hidden: true, Run: func() tea.Cmd { return tea.Suspend }},
		{Keys: []string{"ctrl+l"}, Help: "redraw", About: "paint the whole screen again", Hidden: true, Run: func() tea.Cmd { return tea.ClearScreen }},
	}
}

// send is the command that sends a message at once.
func send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

// find returns the binding of a key: the screen's first, then those that hold
// everywhere. Screens cannot take reserved keys (CheckBindings).
func (m *Model) find(key string) (Binding, bool) {
	has := func(b Binding) bool { return slices.Contains(b.Keys, key) }
	if !slices.Contains(reserved, key) {
		bindings := m.top().Bindings()
		if i := slices.IndexFunc(bindings, has); i >= 0 {
			return bindings[i], true
		}
	}
	bindings := m.globals()
	if i := slices.IndexFunc(bindings, has); i >= 0 {
		return bindings[i], true
	}
	return Binding{}, false
}
