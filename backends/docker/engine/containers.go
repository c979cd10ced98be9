package engine

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// parallel bounds the calls that one method makes at the same time.
const parallel = 8

// Containers gives all containers, running or not, that carry at least one of
// the label keys, in name order. It costs one list call a label and an
// inspection of those containers that changed since the last time. A
// container that is removed meanwhile is left out.
func (c *Client) Containers(ctx context.Context, labels ...string) ([]Container, error) {
	rows, err := c.list(ctx, labels)
	if err != nil {
		return nil, err
	}
	var (
		mu    sync.Mutex
		found = make([]Container, 0, len(rows))
		stale []container.Summary
	)
	for _, row := range rows {
		if known, ok := c.cache.fresh(row, time.Now()); ok {
			found = append(found, known)
		} else {
			stale = append(stale, row)
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, row := range stale {
		g.Go(func() error {
			got, err := c.renew(ctx, row)
			if errdefs.IsNotFound(err) {
				return nil
			}
			if err != nil {
				return c.fail(ctx, "inspect container "+rowName(row), err)
			}
			mu.Lock()
			defer mu.Unlock()
			found = append(found, got)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	c.cache.prune(time.Now())
	slices.SortFunc(found, func(a, b Container) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

// list gives the rows of the union of the labels.
func (c *Client) list(ctx context.Context, labels []string) ([]container.Summary, error) {
	var rows []container.Summary
	seen := make(map[string]bool)
	for _, label := range labels {
		r, err := c.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: make(client.Filters).Add("label", label)})
		if err != nil {
			return nil, c.fail(ctx, "list containers", err)
		}
		for _, row := range r.Items {
			if !seen[row.ID] {
				seen[row.ID] = true
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

// renew inspects a container and remembers it under its row.
func (c *Client) renew(ctx context.Context, row container.Summary) (Container, error) {
	began := c.cache.mark()
	r, err := c.api.ContainerInspect(ctx, row.ID, client.ContainerInspectOptions{})
	if err != nil {
		return Container{}, err
	}
	got := decode(r.Container)
	c.cache.keep(row, got, began, time.Now())
	return got, nil
}

func rowName(row container.Summary) string {
	if len(row.Names) == 0 {
		return row.ID
	}
	return strings.TrimPrefix(row.Names[0], "/")
}

// Container inspects one container by name or ID, as it is now.
// Errors: *NotFoundError, *DownError.
func (c *Client) Container(ctx context.Context, nameOrID string) (Container, error) {
	r, err := c.inspect(ctx, nameOrID)
	if err != nil {
		return Container{}, err
	}
	return decode(r.Container), nil
}

func (c *Client) inspect(ctx context.Context, nameOrID string) (client.ContainerInspectResult, error) {
	r, err := c.api.ContainerInspect(ctx, nameOrID, client.ContainerInspectOptions{})
	return r, c.missing(ctx, "inspect container "+nameOrID, "container", nameOrID, err)
}
