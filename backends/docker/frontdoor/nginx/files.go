package nginx

import (
	"context"
	"fmt"

	"pitwall/backends/docker/engine"
)

// Files reads and replaces the files of a configuration. Paths are those in
// the container.
type Files interface {
	// Read gives a file's content. Errors: *NotHereError, fs.ErrNotExist.
	Read(ctx context.Context, path string) (string, error)
	// List gives the names in a directory, in byte order. Errors as of Read.
	List(ctx context.Context, dir string) ([]string, error)
	// Write makes a file with the mode and the owner of like, which exists. When
	// path is like it is replaced in one step, and what it was is kept beside it.
	Write(ctx context.Context, path, like, text string) error
	// Remove removes a file, or leaves nothing in it that means something.
	Remove(ctx context.Context, path string) error
	// Lock keeps other pitwalls from changing the directory of a file.
	Lock(ctx context.Context, path string) (unlock func(), err error)
}

// NotHereError says why a configuration cannot be changed.
type NotHereError struct {
	Path string
	Why  string
}

func (e *NotHereError) Error() string {
	return fmt.Sprintf("the configuration %s cannot be changed: %s", e.Path, e.Why)
}

// FilesOf chooses how the configuration of a container is reached: on this
// machine where the engine is here and the directory is mounted from here, else
// through the engine, which can change what is on a mount.
func FilesOf(c Editor, local bool, container engine.Container, path string) Files {
	f := &HostFiles{Mounts: container.Mounts}
	why := f.Reaches(path)
	if local && why == nil {
		return f
	}
	at, mounted := mountOf(container.Mounts, path)
	switch {
	case !mounted:
		why = &NotHereError{path, "it is not on a mount, and what is written into the container is lost with it: mount its directory"}
	case at.Destination == path:
		why = &NotHereError{path, "the file is mounted by itself, and cannot be replaced: mount its directory"}
	default:
		why = nil
	}
	return &EngineFiles{Editor: c, Container: container, Why: why}
}
