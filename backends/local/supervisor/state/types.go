// Package state is the supervisor's memory: one directory that belongs to one
// running supervisor at a time and survives a crash at any moment.
//
// Everything in it is written to a temporary file, synced and renamed, so that
// a reader finds the old content or the new, never a part. Directories have
// mode 0700 and files 0600.
package state

import (
	"maps"
	"slices"

	"pitwall/backends/desired"
)

// Stack is all that is remembered.
type Stack struct {
	ID          string               `json:"id"` // random; part of every token, so that a new directory never repeats one
	Deployments []desired.Deployment `json:"deployments"`
	Listen      map[string]string    `json:"listen"` // deployment (or "prometheus") → address its listener had last
}

// Clone copies everything that can be changed in place.
func (s Stack) Clone() Stack {
	s.Deployments = slices.Clone(s.Deployments)
	for i := range s.Deployments {
		s.Deployments[i] = s.Deployments[i].Clone()
	}
	s.Listen = maps.Clone(s.Listen)
	return s
}
