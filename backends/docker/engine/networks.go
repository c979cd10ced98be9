package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"pitwall/backends/internal/flow"
)

// Network is a network that containers can join.
type Network struct {
	ID, Name string
	Driver   string // bridge, overlay…
	Labels   map[string]string
	Created  time.Time
}

// Networks lists the networks that carry a label key, or key=value, in name order.
func (c *Client) Networks(ctx context.Context, label string) ([]Network, error) {
	return c.networks(ctx, "label", label)
}

func (c *Client) networks(ctx context.Context, filter, value string) ([]Network, error) {
	r, err := c.api.NetworkList(ctx, client.NetworkListOptions{Filters: make(client.Filters).Add(filter, value)})
	if err != nil {
		return nil, c.fail(ctx, "list networks", err)
	}
	found := make([]Network, 0, len(r.Items))
	for _, n := range r.Items {
		found = append(found, decodeNetwork(n.Network))
	}
	slices.SortFunc(found, func(a, b Network) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return found, nil
}

func decodeNetwork(n network.Network) Network {
	return Network{ID: n.ID, Name: n.Name, Driver: n.Driver, Labels: n.Labels, Created: n.Created}
}

// rivalTime is how long a network that somebody else makes at the same time may
// take to show up, on an engine with little to do.
const rivalTime = 200 * time.Millisecond

// EnsureNetwork makes a bridge network unless one of that name exists. Engines
// before API 1.44 make two when two ask at the same time: the oldest stays, and
// whoever finds a younger one with the same labels removes it.
func (c *Client) EnsureNetwork(ctx context.Context, name string, labels map[string]string) error {
	same, err := c.networksNamed(ctx, name)
	if err != nil {
		return err
	}
	if len(same) > 0 {
		return c.removeDoubles(ctx, same, labels)
	}
	doing, began := "create network "+name, time.Now()
	_, err = c.api.NetworkCreate(ctx, name, client.NetworkCreateOptions{Driver: "bridge", Labels: labels})
	if errdefs.IsConflict(err) {
		return nil // a newer engine, and somebody was faster
	}
	if err != nil {
		return c.fail(ctx, doing, err)
	}
	// A network shows up when it is whole, and one that was begun earlier may
	// be whole later: an engine that is slow with this one is with the other.
	flow.Sleep(ctx, rivalTime+2*time.Since(began))
	if same, err = c.networksNamed(ctx, name); err != nil {
		return err
	}
	return c.removeDoubles(ctx, same, labels)
}

// removeDoubles removes all networks but the oldest. One that a running
// container is attached to stays, and so does one without the labels.
func (c *Client) removeDoubles(ctx context.Context, same []Network, labels map[string]string) error {
	for _, n := range same[min(1, len(same)):] {
		if !carries(n.Labels, labels) {
			continue
		}
		if err := c.RemoveNetwork(ctx, n.ID); err != nil && !errdefs.IsPermissionDenied(err) && !errdefs.IsConflict(err) {
			return fmt.Errorf("remove network %s, which was made twice: %w", n.Name, err)
		}
	}
	return nil
}

// carries reports whether all of want are among labels.
func carries(labels, want map[string]string) bool {
	for key, value := range want {
		if got, there := labels[key]; !there || got != value {
			return false
		}
	}
	return true
}

// networksNamed lists the networks of exactly that name, the oldest first.
func (c *Client) networksNamed(ctx context.Context, name string) ([]Network, error) {
	found, err := c.networks(ctx, "name", name)
	found = slices.DeleteFunc(found, func(n Network) bool { return n.Name != name })
	slices.SortStableFunc(found, func(a, b Network) int { return a.Created.Compare(b.Created) })
	return found, err
}

// RemoveNetwork removes a network by name or ID. One that does not exist is no
// error; one that containers are attached to is.
func (c *Client) RemoveNetwork(ctx context.Context, name string) error {
	_, err := c.api.NetworkRemove(ctx, name, client.NetworkRemoveOptions{})
	if errdefs.IsNotFound(err) {
		return nil
	}
	return c.fail(ctx, "remove network "+name, err)
}
