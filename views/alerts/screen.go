// Package alerts is the screen of what fires and of what happened around it.
package alerts

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/views"
)

// Screen is the screen of one deployment; it is a ui.Screen.
type Screen struct {
	deps views.Deps
	name string
}

// New makes the screen of a deployment, "" for all. It does no I/O.
func New(d views.Deps, deployment string) *Screen { return &Screen{deps: d, name: deployment} }

// Place is the screen and its deployment.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "alerts", Name: s.name} }

// Enter starts the reading.
func (s *Screen) Enter(context.Context) tea.Cmd { return nil }

// Update takes what was read.
func (s *Screen) Update(tea.Msg) tea.Cmd { return nil }

// View draws the screen.
func (s *Screen) View(ui.Frame) []string { return nil }

// Bindings is the key table of the screen.
func (s *Screen) Bindings() []ui.Binding { return nil }
