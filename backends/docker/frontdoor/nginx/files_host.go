package nginx

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"pitwall/backends/docker/engine"
)

// HostFiles reaches a configuration whose directory is mounted from this
// machine. Symbolic links that lead out of the mount are not followed.
type HostFiles struct{ Mounts []engine.Mount }

// Reaches tells why the file of that path cannot be replaced from here, or nil.
// A file that is mounted by itself cannot: the container keeps the old inode
// when another file gets its name.
func (f *HostFiles) Reaches(name string) error {
	root, rel, err := f.open(name)
	if err != nil {
		return err
	}
	defer root.Close()
	info, err := root.Lstat(rel)
	switch {
	case err != nil:
		return &NotHereError{name, err.Error()}
	case info.Mode()&fs.ModeSymlink != 0:
		return &NotHereError{name, isLink}
	}
	return nil
}

const isLink = "it is a symbolic link: name the file that it leads to"

// mountOf finds the mount that holds a path, with a clean destination.
func mountOf(mounts []engine.Mount, name string) (best engine.Mount, ok bool) {
	for _, m := range mounts {
		at := path.Clean(m.Destination)
		within := at == name || at == "/" || strings.HasPrefix(name, at+"/")
		if within && len(at) > len(best.Destination) {
			best = m
			best.Destination = at
		}
	}
	return best, best.Destination != "" && best.Type != "tmpfs"
}

// open opens the mount that holds a path.
func (f *HostFiles) open(name string) (root *os.Root, rel string, err error) {
	best, mounted := mountOf(f.Mounts, name)
	switch {
	case !mounted:
		return nil, "", &NotHereError{name, "it is not on a mount: mount its directory into the container"}
	case best.Destination == name && !isDir(best.Source):
		return nil, "", &NotHereError{name, "the file is mounted by itself, and the container would keep the old one when it is replaced: mount its directory"}
	case !isDir(best.Source):
		return nil, "", &NotHereError{name, fmt.Sprintf("its directory %s is not on this machine", best.Source)}
	}
	if root, err = os.OpenRoot(best.Source); err != nil {
		return nil, "", &NotHereError{name, err.Error()}
	}
	return root, cmp.Or(strings.Trim(strings.TrimPrefix(name, best.Destination), "/"), "."), nil
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func (f *HostFiles) Read(_ context.Context, name string) (string, error) {
	root, rel, err := f.open(name)
	if err != nil {
		return "", err
	}
	defer root.Close()
	text, err := root.ReadFile(rel)
	return string(text), err
}

func (f *HostFiles) List(_ context.Context, dir string) ([]string, error) {
	root, rel, err := f.open(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	d, err := root.Open(rel)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

// Changed tells when a file was last written.
func (f *HostFiles) Changed(name string) (time.Time, error) {
	root, rel, err := f.open(name)
	if err != nil {
		return time.Time{}, err
	}
	defer root.Close()
	info, err := root.Stat(rel)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

func (f *HostFiles) Remove(_ context.Context, name string) error {
	root, rel, err := f.open(name)
	if err != nil {
		return err
	}
	defer root.Close()
	return root.Remove(rel)
}

// Write writes beside, syncs and renames.
func (f *HostFiles) Write(_ context.Context, name, like, text string) error {
	root, rel, err := f.open(name)
	if err != nil {
		return err
	}
	defer root.Close()
	likeRoot, likeRel, err := f.open(like)
	if err != nil {
		return err
	}
	defer likeRoot.Close()
	info, err := likeRoot.Lstat(likeRel)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return &NotHereError{like, "it is not a regular file"}
	}
	if name == like {
		previous, err := root.ReadFile(rel)
		if err == nil {
			err = replace(root, hidden(rel, "", ".pitwall-previous"), info, string(previous))
		}
		if err != nil {
			return fmt.Errorf("keep the previous %s: %w", name, err)
		}
	}
	if err := replace(root, rel, info, text); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// hidden is the name of a file beside another one that no include of * matches.
func hidden(name, prefix, suffix string) string {
	return path.Join(path.Dir(name), "."+prefix+path.Base(name)+suffix)
}

func replace(root *os.Root, rel string, like fs.FileInfo, text string) error {
	temp := hidden(rel, "pitwall-new-", "") // the one writer holds the lock: a leftover is overwritten
	if err := writeSynced(root, temp, like, text); err != nil {
		return errors.Join(err, root.Remove(temp))
	}
	if err := root.Rename(temp, rel); err != nil {
		return errors.Join(err, root.Remove(temp))
	}
	dir, err := root.Open(path.Dir(rel))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func writeSynced(root *os.Root, temp string, like fs.FileInfo, text string) error {
	file, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, giveTo(file, like), file.Chmod(like.Mode().Perm()), file.Sync(), file.Close())
}

func (f *HostFiles) Lock(ctx context.Context, name string) (unlock func(), err error) {
	root, rel, err := f.open(name)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	dir, err := root.Open(path.Dir(rel))
	if err != nil {
		return nil, err
	}
	if err := lockDir(ctx, dir); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for another change of %s: %w", name, err), dir.Close())
	}
	return func() { _ = dir.Close() }, nil
}
