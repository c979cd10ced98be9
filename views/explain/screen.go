// Package explain is the screen that says why a deployment is unhealthy:
// ranked evidence, each with when it began, what to do next and where to look.
package explain

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

// New makes the screen of a deployment. It does no I/O.
func New(d views.Deps, name string) *Screen { return &Screen{deps: d, name: name} }

// Place is the explanation of the deployment.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "explain", Name: s.name} }

// Enter starts the queries.
func (s *Screen) Enter(context.Context) tea.Cmd { return nil }

// Update takes snapshots and answers.
func (s *Screen) Update(tea.Msg) tea.Cmd { return nil }

// View draws the screen.
func (s *Screen) View(ui.Frame) []string { return nil }

// Bindings is the key table of the screen.
func (s *Screen) Bindings() []ui.Binding { return nil }
