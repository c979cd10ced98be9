//go:build !linux

// Package ownengine gives a test a Docker engine that nobody else uses, on
// Linux. Elsewhere such tests are skipped.
package ownengine

import "testing"

// Main does nothing here.
func Main() {}

// Inside skips the test.
func Inside(t *testing.T) bool {
	t.Helper()
	t.Skip("an engine of the test's own needs Linux")
	return false
}
