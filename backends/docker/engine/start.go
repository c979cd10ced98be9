package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/moby/moby/client"
)

// The causes of a container that does not start.
const (
	CausePortConflict    = "port-conflict"     // somebody else listens on a port that it publishes
	CauseImageMissing    = "image-missing"     // its image does not exist
	CauseDiskFull        = "disk-full"         // of the engine
	CauseCommandNotFound = "command-not-found" // the image has no such program
	CauseJammed          = "jammed"            // the engine died while it started it, and never will start it
)

// StartError says that a container could not be created or started, and why.
type StartError struct {
	Container string
	Cause     string // one of the causes, "" when it is none of them
	Err       error
}

func (e *StartError) Error() string {
	text := fmt.Sprintf("container %s does not start", e.Container)
	switch e.Cause {
	case CausePortConflict:
		text += " because a port that it publishes is taken"
	case CauseImageMissing:
		text += " because its image does not exist on the engine"
	case CauseDiskFull:
		text += " because the engine's disk is full"
	case CauseJammed:
		text += " because the engine died in the middle of starting it"
	case CauseCommandNotFound:
		text += " because its image has no such command"
	}
	text += ": " + strings.TrimPrefix(e.Err.Error(), "Error response from daemon: ")
	if e.Cause == CauseDiskFull {
		text += ": " + MakeRoom
	}
	return text
}

func (e *StartError) Unwrap() error { return e.Err }

// Start starts a container; one that runs already is no error.
// Errors: *StartError, *NotFoundError, *DownError.
func (c *Client) Start(ctx context.Context, id string) error {
	_, err := c.api.ContainerStart(ctx, id, client.ContainerStartOptions{})
	if err != nil && isNoSuchContainer(err) {
		return &NotFoundError{Kind: "container", Name: id, Err: err}
	}
	c.cache.changed(id)
	return c.started(ctx, "start container "+id, id, err)
}

// started makes the error of a container that was to be created or started.
func (c *Client) started(ctx context.Context, doing, name string, err error) error {
	if err == nil {
		return nil
	}
	failed := c.fail(ctx, doing, err)
	var down *DownError
	if errors.As(failed, &down) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return failed
	}
	return &StartError{Container: name, Cause: causeOf(err), Err: err}
}

func isNoSuchContainer(err error) bool {
	return strings.Contains(err.Error(), "No such container")
}

// causeOf tells the cause from the engine's words, which are all there is:
// the status of the answer is 500 for most of them.
func causeOf(err error) string {
	text := strings.ToLower(err.Error())
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("no space left on device", "disk quota exceeded"):
		return CauseDiskFull
	case has("task ") && has("already exists"): // of containerd, whose task outlived the engine
		return CauseJammed
	case has("port is already allocated", "address already in use", "ports are not available"):
		return CausePortConflict
	case has("no such image", "image not known", "unable to find image"):
		return CauseImageMissing
	case has("executable file not found", "exec format error"):
		return CauseCommandNotFound
	case has("exec: ") && has("no such file or directory", "permission denied", "is a directory"):
		return CauseCommandNotFound
	case has("starting container process caused") && has("no such file or directory") && !has("mount"):
		return CauseCommandNotFound
	}
	return ""
}
