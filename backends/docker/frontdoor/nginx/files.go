package nginx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"pitwall/backends/docker/engine"
)

// Files reads and replaces the files of a configuration. Paths are those in
// the container.
type Files interface {
	// Read gives a file's content. Errors: *NotHereError, fs.ErrNotExist.
	Read(ctx context.Context, path string) (string, error)
	// List gives the names in a directory, in byte order. Errors as of Read.
	List(ctx context.Context, dir string) ([]string, error)
	// Changed tells when a file was last written. Errors as of Read.
	Changed(ctx context.Context, path string) (time.Time, error)
	// Write makes a file with the mode and the owner of like, which exists. When
	// path is like it is replaced in one step, and what it was is kept beside it.
	Write(ctx context.Context, path, like, text string) error
	Remove(ctx context.Context, path string) error
	// Lock keeps other pitwalls from changing the directory of a file.
	Lock(ctx context.Context, path string) (unlock func(), err error)
}

// NotHereError says why a configuration cannot be changed from this machine.
type NotHereError struct {
	Path string
	Why  string
}

func (e *NotHereError) Error() string {
	return fmt.Sprintf("the configuration %s cannot be changed: %s", e.Path, e.Why)
}

// FilesOf chooses how the configuration of a container is reached: on this
// machine where its directory is mounted from here, else through the engine,
// which can only read.
func FilesOf(c Containers, container engine.Container, path string) Files {
	f := &HostFiles{Mounts: container.Mounts}
	err := f.Reaches(path)
	if err == nil {
		return f
	}
	var why *NotHereError
	if !errors.As(err, &why) {
		why = &NotHereError{Path: path, Why: err.Error()}
	}
	return &ContainerFiles{Containers: c, ID: container.ID, Why: why}
}

// ContainerFiles reads a configuration through the engine: of a volume, an
// image, or a container on another machine. Changing it needs a helper
// container with the same mount, for which there is no image yet: whatever
// would change it answers Why.
type ContainerFiles struct {
	Containers Containers
	ID         string // of the container
	Why        *NotHereError
}

func (f *ContainerFiles) Read(ctx context.Context, path string) (string, error) {
	text, err := f.Containers.ReadFile(ctx, f.ID, path)
	var none *engine.NotFoundError
	if errors.As(err, &none) {
		err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return string(text), err
}

func (f *ContainerFiles) List(context.Context, string) ([]string, error) { return nil, f.Why }
func (f *ContainerFiles) Changed(context.Context, string) (time.Time, error) {
	return time.Time{}, f.Why
}
func (f *ContainerFiles) Write(context.Context, string, string, string) error     { return f.Why }
func (f *ContainerFiles) Remove(context.Context, string) error                    { return f.Why }
func (f *ContainerFiles) Lock(context.Context, string) (unlock func(), err error) { return nil, f.Why }
