package engine

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/moby/moby/client"
)

const (
	maxFile  = 4 << 20 // bytes of a file that is read
	maxLinks = 8       // symbolic links that are followed
)

// ReadFile reads a file of a container, which need not run, and follows
// symbolic links. It sees the image, the container's own changes and volumes,
// but not what stands on a tmpfs.
// Errors: *NotFoundError of the kind container or file; a file over 4 MiB.
func (c *Client) ReadFile(ctx context.Context, id, name string) ([]byte, error) {
	doing := fmt.Sprintf("read %s in container %s", name, id)
	at := name
	for range maxLinks {
		text, link, err := c.readOnce(ctx, id, at)
		if err != nil && isNoSuchContainer(err) {
			return nil, &NotFoundError{Kind: "container", Name: id, Err: err}
		}
		if err != nil {
			return nil, c.missing(doing, "file", name, err)
		}
		if link == "" {
			return text, nil
		}
		if !path.IsAbs(link) {
			link = path.Join(path.Dir(at), link)
		}
		at = link
	}
	return nil, fmt.Errorf("%s: more than %d symbolic links", doing, maxLinks)
}

// readOnce reads a file, or tells where a symbolic link leads.
func (c *Client) readOnce(ctx context.Context, id, name string) (text []byte, link string, err error) {
	r, err := c.api.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: name})
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = r.Content.Close() }()
	t := tar.NewReader(r.Content)
	h, err := t.Next()
	if err != nil {
		return nil, "", err
	}
	switch {
	case h.Typeflag == tar.TypeSymlink:
		return nil, h.Linkname, nil
	case h.Typeflag == tar.TypeDir:
		return nil, "", errors.New("it is a directory")
	case h.Typeflag != tar.TypeReg:
		return nil, "", errors.New("it is no file")
	case h.Size > maxFile:
		return nil, "", fmt.Errorf("its %d bytes are more than the %d that are read", h.Size, maxFile)
	}
	text, err = io.ReadAll(t)
	return text, "", err
}

// CopyInto puts files below a directory of a container, by paths relative to
// it. The directory has to exist. It works on volumes and on a root file
// system that can be written; a read-only one refuses it even for a tmpfs, and
// below a tmpfs the processes of the container never see the files.
// Errors: *NotFoundError of the kind container or file.
func (c *Client) CopyInto(ctx context.Context, id, dir string, files map[string]File) error {
	doing := fmt.Sprintf("copy files to %s in container %s", dir, id)
	archive := packed(files)
	defer func() { _ = archive.Close() }()
	_, err := c.api.CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: dir, Content: archive})
	if err != nil && isNoSuchContainer(err) {
		return &NotFoundError{Kind: "container", Name: id, Err: err}
	}
	return c.missing(doing, "file", dir, err)
}
