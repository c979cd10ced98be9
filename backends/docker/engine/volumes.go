package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/volume"
	"github.com/moby/moby/client"
)

// Volume is a named volume. pitwall uses empty ones as cells that are written
// once: the labels are the content.
type Volume struct {
	Name    string
	Labels  map[string]string // the caller's own copy, never nil
	Created time.Time         // in whole seconds
}

// Volumes lists the volumes that carry a label key, or key=value, in name order.
func (c *Client) Volumes(ctx context.Context, label string) ([]Volume, error) {
	r, err := c.api.VolumeList(ctx, client.VolumeListOptions{Filters: make(client.Filters).Add("label", label)})
	if err != nil {
		return nil, c.fail(ctx, "list volumes", err)
	}
	found := make([]Volume, 0, len(r.Items))
	for _, v := range r.Items {
		found = append(found, decodeVolume(v))
	}
	slices.SortFunc(found, func(a, b Volume) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

// CreateVolume creates a volume and returns what exists under that name
// afterwards: when there was one, that one, with its own labels. So of several
// that create one name at the same time, each is told the labels of the one
// that won, and the labels of a volume never change: a compare-and-swap.
func (c *Client) CreateVolume(ctx context.Context, name string, labels map[string]string) (Volume, error) {
	r, err := c.api.VolumeCreate(ctx, client.VolumeCreateOptions{Name: name, Labels: labels})
	if err != nil {
		return Volume{}, c.fail(ctx, "create volume "+name, err)
	}
	return decodeVolume(r.Volume), nil
}

// RemoveVolume removes a volume. One that does not exist is no error; one that
// a container uses is.
func (c *Client) RemoveVolume(ctx context.Context, name string) error {
	_, err := c.api.VolumeRemove(ctx, name, client.VolumeRemoveOptions{})
	if errdefs.IsNotFound(err) {
		return nil
	}
	return c.fail(ctx, "remove volume "+name, err)
}

func decodeVolume(v volume.Volume) Volume {
	labels := v.Labels
	if labels == nil {
		labels = make(map[string]string)
	}
	return Volume{Name: v.Name, Labels: labels, Created: parseTime(v.CreatedAt)}
}
