package nginx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/containerd/errdefs"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
)

// Editor is what EngineFiles uses of an engine; *engine.Client has it.
type Editor interface {
	Create(ctx context.Context, s engine.Spec) (string, error)
	Container(ctx context.Context, nameOrID string) (engine.Container, error)
	Remove(ctx context.Context, id string) error
	File(ctx context.Context, id, path string) (engine.File, error)
	List(ctx context.Context, id, dir string) ([]string, error)
	CopyInto(ctx context.Context, id, dir string, files map[string]engine.File) error
}

// EngineFiles reaches a configuration through the engine: in a volume, or on
// another machine. What is written goes through a container that never starts,
// of the same image and with the same mounts, of which none is read-only. Its
// name is the lock.
//
// The engine replaces a file by removing it and making it anew, not in one
// step. nginx reads the files only when it starts, tests or reloads.
type EngineFiles struct {
	Editor    Editor
	Container engine.Container
	Why       error // why nothing can be changed, nil when it can; a *NotHereError

	writer string // the container, while the lock is held
}

// Read reads a file in the container of nginx.
func (f *EngineFiles) Read(ctx context.Context, name string) (string, error) {
	file, err := f.Editor.File(ctx, f.Container.ID, name)
	return string(file.Data), missing(err)
}

// List gives the names in a directory in the container of nginx.
func (f *EngineFiles) List(ctx context.Context, dir string) ([]string, error) {
	names, err := f.Editor.List(ctx, f.Container.ID, dir)
	return names, missing(err)
}

// missing makes what is not in a container the same as what is not on a disk.
func missing(err error) error {
	var none *engine.NotFoundError
	if errors.As(err, &none) && none.Kind == "file" {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}

// Write implements Files, while the lock is held.
func (f *EngineFiles) Write(ctx context.Context, name, like, text string) error {
	if f.Why != nil {
		return f.Why
	}
	was, err := f.Editor.File(ctx, f.writer, like)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, missing(err))
	}
	if name == like {
		if err := f.put(ctx, hidden(name, "", ".pitwall-previous"), was); err != nil {
			return fmt.Errorf("keep the previous %s: %w", name, err)
		}
	}
	was.Data = []byte(text)
	return f.put(ctx, name, was)
}

func (f *EngineFiles) put(ctx context.Context, name string, file engine.File) error {
	return f.Editor.CopyInto(ctx, f.writer, path.Dir(name), map[string]engine.File{path.Base(name): file})
}

// leftover is what stays of a file that nginx tested.
const leftover = "# pitwall had nginx test a configuration here; nothing reads this file\n"

// Remove empties a file: the engine can make files and remove none.
func (f *EngineFiles) Remove(ctx context.Context, name string) error {
	file, err := f.Editor.File(ctx, f.writer, name)
	if err != nil {
		return missing(err)
	}
	file.Data = []byte(leftover)
	return f.put(ctx, name, file)
}

// staleLock is how old the container of a change is whose pitwall has died: a
// change is done or undone in less than half of it.
const staleLock = 2 * time.Minute

// Lock makes the container that files are written through. Only one of a name
// can exist; the engine removes it with the lock.
func (f *EngineFiles) Lock(ctx context.Context, name string) (unlock func(), err error) {
	if f.Why != nil {
		return nil, f.Why
	}
	spec := engine.Spec{Name: "pitwall-writes-" + f.Container.ID[:min(12, len(f.Container.ID))], Image: f.Container.ImageID, Network: "none",
		Entrypoint: []string{"/never-started"}, Labels: map[string]string{world.LabelRole: world.RoleWriter}}
	for _, m := range f.Container.Mounts {
		if m.Type == "bind" || m.Type == "volume" {
			m.ReadOnly = false
			spec.Mounts = append(spec.Mounts, m)
		}
	}
	for {
		id, err := f.Editor.Create(ctx, spec)
		if err == nil {
			f.writer = id
			return func() {
				f.writer = ""
				_ = f.Editor.Remove(context.WithoutCancel(ctx), id) // else the next change finds it stale
			}, nil
		}
		if !errdefs.IsConflict(err) {
			return nil, fmt.Errorf("make a container to write %s through: %w", name, err)
		}
		if other, err := f.Editor.Container(ctx, spec.Name); err == nil && time.Since(other.Created) > staleLock {
			_ = f.Editor.Remove(ctx, other.ID) // if not, it is still there the next time
			continue
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for another change of %s: %w", name, ctx.Err())
		}
	}
}
