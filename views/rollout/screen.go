// Package rollout is the rollout screen of a deployment.
package rollout

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/views"
)

// Screen is the rollout screen of one deployment.
type Screen struct{ deployment string }

// New makes the rollout screen of a deployment.
func New(d views.Deps, deployment string) ui.Screen { return &Screen{deployment: deployment} }

// Place is "rollout" of the deployment.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "rollout", Name: s.deployment} }

// Enter does nothing yet.
func (s *Screen) Enter(context.Context) tea.Cmd { return nil }

// Update takes no message yet.
func (s *Screen) Update(tea.Msg) tea.Cmd { return nil }

// View draws nothing yet.
func (s *Screen) View(ui.Frame) []string { return nil }

// Bindings is empty.
func (s *Screen) Bindings() []ui.Binding { return nil }
