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
		return nil, c.fail("list networks", err)
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
// take to show up.
const rivalTime = 200 * time.Millisecond

// EnsureNetwork makes a bridge network unless one of that name exists, whose
// labels stay as they are. Two that do it at the same time leave one: engines
// before 25 allow several networks of one name, so all but the oldest go.
func (c *Client) EnsureNetwork(ctx context.Context, name string, labels map[string]string) error {
	if same, err := c.networksNamed(ctx, name); err != nil || len(same) > 0 {
		return err
	}
	doing := "create network " + name
	made, err := c.api.NetworkCreate(ctx, name, client.NetworkCreateOptions{Driver: "bridge", Labels: labels})
	if errdefs.IsConflict(err) {
		return nil // a newer engine, and somebody was faster
	}
	if err != nil {
		return c.fail(doing, err)
	}
	pause(ctx, rivalTime)
	same, err := c.networksNamed(ctx, name)
	if err != nil {
		return err
	}
	for _, n := range same[min(1, len(same)):] {
		if n.ID == made.ID {
			if err := c.RemoveNetwork(ctx, n.ID); err != nil {
				return fmt.Errorf("%s, which was made twice: %w", doing, err)
			}
		}
	}
	return nil
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
	return c.fail("remove network "+name, err)
}
