package engine

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

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
			return nil, c.missing(ctx, doing, "file", name, err)
		}
		if link == "" {
			return text, nil
		}
		at = leads(at, link)
	}
	return nil, fmt.Errorf("%s: more than %d symbolic links", doing, maxLinks)
}

// leads is where a symbolic link leads.
func leads(at, link string) string {
	if path.IsAbs(link) {
		return link
	}
	return path.Join(path.Dir(at), link)
}

// FileSize is the size in bytes of a regular file of a container, which need
// not run, and follows symbolic links. It reads nothing of the file.
// Errors: *NotFoundError of the kind file, also when there is no such
// container; a directory and what else is no regular file.
func (c *Client) FileSize(ctx context.Context, id, name string) (int64, error) {
	doing := fmt.Sprintf("look at %s in container %s", name, id)
	at := name
	for range maxLinks {
		r, err := c.api.ContainerStatPath(ctx, id, client.ContainerStatPathOptions{Path: at})
		if err != nil {
			return 0, c.missing(ctx, doing, "file", name, err)
		}
		switch mode := r.Stat.Mode; {
		case mode.IsRegular():
			return r.Stat.Size, nil
		case mode.IsDir():
			return 0, fmt.Errorf("%s: it is a directory", doing)
		case mode&fs.ModeSymlink == 0:
			return 0, fmt.Errorf("%s: it is no regular file", doing)
		}
		at = leads(at, r.Stat.LinkTarget)
	}
	return 0, fmt.Errorf("%s: more than %d symbolic links", doing, maxLinks)
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

// File reads a regular file of a container with its mode and owner. It follows
// no symbolic links. Errors: as of ReadFile, and for what is no regular file.
func (c *Client) File(ctx context.Context, id, name string) (File, error) {
	doing := fmt.Sprintf("read %s in container %s", name, id)
	r, err := c.api.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: name})
	if err != nil && isNoSuchContainer(err) {
		return File{}, &NotFoundError{Kind: "container", Name: id, Err: err}
	}
	if err != nil {
		return File{}, c.missing(ctx, doing, "file", name, err)
	}
	defer func() { _ = r.Content.Close() }()
	t := tar.NewReader(r.Content)
	h, err := t.Next()
	if err == nil && (h.Typeflag != tar.TypeReg || h.Size > maxFile) {
		err = fmt.Errorf("it is no regular file of at most %d bytes", maxFile)
	}
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", doing, err)
	}
	text, err := io.ReadAll(t)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", doing, err)
	}
	return File{Mode: h.Mode & 0o7777, Data: text, UID: h.Uid, GID: h.Gid}, nil
}

// maxListed bounds what is read of a directory's files to list it.
const maxListed = 64 << 20

// List gives the names in a directory of a container, in byte order.
// Errors: as of ReadFile; a directory with more than 64 MiB below it.
func (c *Client) List(ctx context.Context, id, dir string) ([]string, error) {
	doing := fmt.Sprintf("list %s in container %s", dir, id)
	r, err := c.api.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: dir})
	if err != nil {
		return nil, c.missing(ctx, doing, "file", dir, err)
	}
	defer func() { _ = r.Content.Close() }()
	bounded := &io.LimitedReader{R: r.Content, N: maxListed}
	var names []string
	for t := tar.NewReader(bounded); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) && bounded.N > 0 {
			slices.Sort(names)
			return names, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		_, name, _ := strings.Cut(strings.Trim(h.Name, "/"), "/") // below the directory's own name
		if name != "" && !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
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
	return c.missing(ctx, doing, "file", dir, err)
}
