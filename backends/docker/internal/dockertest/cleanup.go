package dockertest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends/docker/engine"
)

// remove removes everything of a prefix: containers first, they use the rest.
func remove(ctx context.Context, c *engine.Client, prefix string) error {
	return removeIf(ctx, c, func(labels map[string]string, names ...string) bool {
		if madeBy(labels) == prefix {
			return true
		}
		for _, name := range names {
			if strings.HasPrefix(name, prefix) {
				return true
			}
		}
		return false
	})
}

// madeBy is the prefix of the test that made a thing: its Label, or the stack
// that pitwall made it for, which a test names after its prefix.
func madeBy(labels map[string]string) string {
	if prefix := labels[Label]; prefix != "" {
		return prefix
	}
	return labels["com.pitwall.stack"]
}

// removeIf removes what is meant. It looks at things with any of pitwall's labels.
func removeIf(ctx context.Context, c *engine.Client, meant func(labels map[string]string, names ...string) bool) error {
	var failed error
	note := func(err error) { failed = errors.Join(failed, err) }
	for _, label := range []string{Label, "com.pitwall.deployment", "com.pitwall.stack", "com.pitwall.role"} {
		containers, err := c.Containers(ctx, label)
		note(err)
		for _, it := range containers {
			if meant(it.Labels, it.Name, it.Image) { // an image goes only after its containers
				note(c.Remove(ctx, it.ID))
			}
		}
		volumes, err := c.Volumes(ctx, label)
		note(err)
		for _, it := range volumes {
			if meant(it.Labels, it.Name) {
				note(c.RemoveVolume(ctx, it.Name))
			}
		}
		networks, err := c.Networks(ctx, label)
		note(err)
		for _, it := range networks {
			if meant(it.Labels, it.Name) {
				note(c.RemoveNetwork(ctx, it.ID))
			}
		}
		images, err := c.Images(ctx, label)
		note(err)
		for _, it := range images {
			if meant(it.Labels, it.Tags...) {
				note(removeImage(ctx, c, it))
			}
		}
	}
	return failed
}

// removeImage removes all tags of an image: the last one takes it along.
func removeImage(ctx context.Context, c *engine.Client, it engine.Image) error {
	var failed error
	for _, tag := range it.Tags {
		failed = errors.Join(failed, c.RemoveImage(ctx, tag))
	}
	return errors.Join(failed, c.RemoveImage(ctx, it.ID))
}

// sweep removes what test processes left that were killed.
func sweep(t testing.TB, c *engine.Client) {
	t.Helper()
	if _, err := os.Stat("/proc/self"); err != nil || !c.Local() {
		return // which processes live is not known
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := removeIf(ctx, c, func(labels map[string]string, _ ...string) bool {
		pid := owner(madeBy(labels))
		if pid == "" {
			return false
		}
		_, err := os.Stat(filepath.Join("/proc", pid))
		return os.IsNotExist(err)
	})
	if err != nil {
		t.Logf("remove what earlier tests left: %v", err)
	}
}
