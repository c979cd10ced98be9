package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// Image is an image that the engine has.
type Image struct {
	ID         string   // sha256:…
	Tags       []string // NAME:TAG
	Digests    []string // NAME@sha256:…, of a registry
	Labels     map[string]string
	Created    time.Time
	Size       int64  // bytes
	Exposed    []Port // in order
	Entrypoint []string
	Cmd        []string
	User       string
	Env        []string // NAME=value
	Health     bool     // it has a health check
}

// Called is a name of the image: the one wished for when it has that, else its
// first, else its ID.
func (i Image) Called(wish string) string {
	switch {
	case slices.Contains(i.Tags, wish) || slices.Contains(i.Tags, wish+":latest"):
		return wish
	case len(i.Tags) > 0:
		return i.Tags[0]
	}
	return i.ID
}

// Images lists the images that carry a label key, or key=value, and all images
// for a label of "", newest first. It inspects each.
func (c *Client) Images(ctx context.Context, label string) ([]Image, error) {
	filters := make(client.Filters)
	if label != "" {
		filters.Add("label", label)
	}
	r, err := c.api.ImageList(ctx, client.ImageListOptions{Filters: filters})
	if err != nil {
		return nil, c.fail(ctx, "list images", err)
	}
	found := make([]Image, 0, len(r.Items))
	for _, row := range r.Items {
		got, err := c.api.ImageInspect(ctx, row.ID)
		if errdefs.IsNotFound(err) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, c.fail(ctx, "inspect image "+row.ID, err)
		}
		found = append(found, decodeImage(got.InspectResponse))
	}
	slices.SortFunc(found, func(a, b Image) int {
		if n := b.Created.Compare(a.Created); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	return found, nil
}

// Image inspects an image by tag, digest or ID. Errors: *NotFoundError, *DownError.
func (c *Client) Image(ctx context.Context, ref string) (Image, error) {
	r, err := c.image(ctx, ref)
	if err != nil {
		return Image{}, err
	}
	return decodeImage(r), nil
}

func (c *Client) image(ctx context.Context, ref string) (image.InspectResponse, error) {
	r, err := c.api.ImageInspect(ctx, ref)
	return r.InspectResponse, c.missing(ctx, "inspect image "+ref, "image", ref, err)
}

// RemoveImage removes a tag, and the image with its last tag. One that does
// not exist is no error; one that a container uses is.
func (c *Client) RemoveImage(ctx context.Context, ref string) error {
	_, err := c.api.ImageRemove(ctx, ref, client.ImageRemoveOptions{PruneChildren: true})
	if errdefs.IsNotFound(err) {
		return nil
	}
	return c.fail(ctx, "remove image "+ref, err)
}

// UsersOf names the containers, running or not, that were made from an image or
// from one built on it, in name order.
func (c *Client) UsersOf(ctx context.Context, ref string) ([]string, error) {
	r, err := c.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: make(client.Filters).Add("ancestor", ref)})
	if err != nil {
		return nil, c.fail(ctx, "list the containers of image "+ref, err)
	}
	names := make([]string, 0, len(r.Items))
	for _, row := range r.Items {
		names = append(names, rowName(row))
	}
	slices.Sort(names)
	return names, nil
}

func decodeImage(r image.InspectResponse) Image {
	i := Image{ID: r.ID, Tags: r.RepoTags, Digests: r.RepoDigests, Created: parseTime(r.Created), Size: r.Size}
	if r.Config == nil {
		return i
	}
	i.Labels, i.Entrypoint, i.Cmd, i.User, i.Env = r.Config.Labels, r.Config.Entrypoint, r.Config.Cmd, r.Config.User, r.Config.Env
	i.Health = r.Config.Healthcheck != nil && len(r.Config.Healthcheck.Test) > 0 && r.Config.Healthcheck.Test[0] != "NONE"
	for text := range r.Config.ExposedPorts {
		if p, err := network.ParsePort(text); err == nil {
			i.Exposed = append(i.Exposed, Port{Container: p.Num(), Protocol: string(p.Proto())})
		}
	}
	slices.SortFunc(i.Exposed, comparePorts)
	return i
}
