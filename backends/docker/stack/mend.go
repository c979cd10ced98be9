package stack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pitwall/backends/docker/engine"
)

// startReplica starts a replica and waits until it is ready to serve.
func (u *upper) startReplica(ctx context.Context, p part) error {
	if _, operated := u.operated(p.deployment); operated {
		return nil // the ledger says which replicas there have to be
	}
	id, err := u.start(ctx, p)
	if err != nil {
		return err
	}
	return u.ready(ctx, id, p.spec.Name, []string{"/pitwall", "serve", "--healthcheck", "--listen", fmt.Sprintf("127.0.0.1:%d", servePort)})
}

// startOther starts what nobody waits for but a person.
func (u *upper) startOther(ctx context.Context, p part) error {
	id, err := u.start(ctx, p)
	if err != nil || p.spec.Name != u.o.monitorName() {
		return err
	}
	return u.ready(ctx, id, p.spec.Name, p.spec.Health.Test[1:])
}

// start makes a part run: it stays as it is when it runs, is started when it
// does not, and made when it is missing.
func (u *upper) start(ctx context.Context, p part) (id string, err error) {
	what, began := "container "+p.spec.Name, time.Now()
	c, err := u.engine.Container(ctx, p.spec.Name)
	gone := (*engine.NotFoundError)(nil)
	switch {
	case errors.As(err, &gone):
		id, err = u.create(ctx, p)
		return id, err
	case err != nil:
		return "", err
	case c.Running():
		u.there(what)
		return c.ID, nil
	case c.Status == "paused":
		u.there(what)
		u.note("container %s is paused: `docker unpause %s` lets it go on", c.Name, c.Name)
		return c.ID, nil
	}
	if err := u.engine.Start(ctx, c.ID); err != nil {
		if !conflict(err) || len(p.spec.Publish) == 0 {
			return "", err
		}
		if err := u.engine.Remove(ctx, c.ID); err != nil { // its port went to somebody else meanwhile
			return "", err
		}
		return u.create(ctx, p)
	}
	u.made(what+", started again", time.Since(began))
	return c.ID, nil
}

// create makes a container and starts it, on another port when the preferred
// one is taken.
func (u *upper) create(ctx context.Context, p part) (id string, err error) {
	what, began := "container "+p.spec.Name, time.Now()
	id, err = u.launch(ctx, p.spec)
	if conflict(err) && len(p.spec.Publish) > 0 {
		p.spec.Publish = []engine.Port{p.spec.Publish[0]}
		p.spec.Publish[0].Host = 0 // any that is free
		id, err = u.launch(ctx, p.spec)
	}
	if err != nil {
		return "", err
	}
	u.made(what, time.Since(began))
	return id, nil
}

// launch creates and starts a container. One that does not start is removed.
func (u *upper) launch(ctx context.Context, s engine.Spec) (string, error) {
	id, err := u.engine.Create(ctx, s)
	if err != nil {
		return "", err
	}
	if err := u.engine.Start(ctx, id); err != nil {
		return "", errors.Join(err, u.engine.Remove(context.WithoutCancel(ctx), id))
	}
	return id, nil
}

// conflict reports whether a container does not start for a taken port.
func conflict(err error) bool {
	failed, ok := errors.AsType[*engine.StartError](err)
	return ok && failed.Cause == engine.CausePortConflict
}

// readyEvery is the pause between two looks at a process that starts. The
// engine's own probe comes after 5 s only.
const readyEvery = 150 * time.Millisecond

// ready waits until a command in the container says that the process is ready.
func (u *upper) ready(ctx context.Context, id, name string, command []string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	last := "it did not answer"
	for {
		c, err := u.engine.Container(ctx, id)
		if err != nil {
			return fmt.Errorf("wait for %s: %w", name, err)
		}
		if c.Status == "paused" {
			return nil
		}
		if !c.Running() || c.Restarts > 2 {
			return fmt.Errorf("container %s ended with status %d: `docker logs %s` says why", name, c.ExitCode, name)
		}
		result, err := u.engine.Exec(ctx, id, command, nil)
		if err == nil && result.Code == 0 {
			return nil
		}
		if text := strings.TrimSpace(string(result.Stderr)); text != "" {
			last = text
		}
		select {
		case <-time.After(readyEvery):
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return fmt.Errorf("wait for %s: %w", name, ctx.Err())
			}
			return fmt.Errorf("container %s was not ready within %v: %s: `docker logs %s` says more", name, readyTimeout, last, name)
		}
	}
}
