//go:build !linux

package docker_test

import (
	"testing"

	"pitwall/backends/docker/internal/ownengine"
)

// The tests that take an engine away need one of their own.
func TestDockerEngineFails(t *testing.T) { ownengine.Inside(t) }

func TestDockerDiskFull(t *testing.T) { ownengine.Inside(t) }
