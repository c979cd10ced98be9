package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Stop sends a container its stop signal and kills it when it has not ended
// after grace (whole seconds, rounded up). It returns when it ended. One that
// does not run is no error.
func (c *Client) Stop(ctx context.Context, id string, grace time.Duration) error {
	seconds := wholeSeconds(max(grace, 0))
	_, err := c.api.ContainerStop(ctx, id, client.ContainerStopOptions{Timeout: &seconds})
	c.cache.changed(id)
	return c.missing(ctx, "stop container "+id, "container", id, err)
}

// Kill sends a signal ("HUP", "TERM", "9"…) to a container's first process.
// One that does not run is an error.
func (c *Client) Kill(ctx context.Context, id, signal string) error {
	_, err := c.api.ContainerKill(ctx, id, client.ContainerKillOptions{Signal: signal})
	c.cache.changed(id)
	return c.missing(ctx, fmt.Sprintf("send %s to container %s", signal, id), "container", id, err)
}

// Remove kills and removes a container with its anonymous volumes. One that
// does not exist, or is being removed already, is no error.
func (c *Client) Remove(ctx context.Context, id string) error {
	_, err := c.api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	c.cache.changed(id)
	if errdefs.IsNotFound(err) || beingRemoved(err) {
		return nil
	}
	return c.fail(ctx, "remove container "+id, err)
}

// Rename gives a container another name. A name that is taken is an error.
func (c *Client) Rename(ctx context.Context, id, name string) error {
	_, err := c.api.ContainerRename(ctx, id, client.ContainerRenameOptions{NewName: name})
	c.cache.changed(id)
	return c.missing(ctx, fmt.Sprintf("rename container %s to %s", id, name), "container", id, err)
}

// Wait returns the exit code of a container once it does not run, at once when
// it does not run now.
func (c *Client) Wait(ctx context.Context, id string) (int, error) {
	doing := "wait for container " + id
	w := c.api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select { // the library ends both when ctx ends
	case r := <-w.Result:
		if r.Error != nil {
			return int(r.StatusCode), fmt.Errorf("%s: %s", doing, r.Error.Message)
		}
		return int(r.StatusCode), nil
	case err := <-w.Error:
		return 0, c.missing(ctx, doing, "container", id, err)
	}
}

// beingRemoved tells that somebody else removes the container right now.
func beingRemoved(err error) bool {
	return errdefs.IsConflict(err) && strings.Contains(err.Error(), "already in progress")
}
