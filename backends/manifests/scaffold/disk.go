package scaffold

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// State is what writing a file means.
type State string

// The states.
const (
	New       State = "new"       // there is none
	Unchanged State = "unchanged" // the same bytes are there
	Differs   State = "differs"   // other bytes are there
)

// Change is a file beside what stands in its place.
type Change struct {
	File
	State State
	Old   []byte // what is there, nil for a new one
	// Text has the split that is there instead of that of the answers: pitwall
	// set it since, and requests are divided by it.
	Carried bool
}

// Compare looks what stands in the place of files, below a directory that
// exists. Nothing is written. The error joins one for each place where no file
// can be written: something else is there, or a link leads out of the directory.
func Compare(dir *os.Root, files []File) ([]Change, error) {
	var out []Change
	var wrong []error
	for _, f := range files {
		c, err := compare(dir, f)
		wrong, out = append(wrong, err), append(out, c)
	}
	return out, errors.Join(wrong...)
}

func compare(dir *os.Root, f File) (Change, error) {
	c := Change{File: f, State: New}
	for at := range parents(f.Path) {
		info, err := dir.Stat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if _, err := dir.Lstat(at); err == nil {
				return c, fmt.Errorf("%s: it is a link that leads nowhere, where a directory must be", at)
			}
			return c, nil
		case err != nil:
			return c, plainError(at, err)
		case !info.IsDir():
			return c, fmt.Errorf("%s: it is no directory, and %s must be in it", at, f.Path)
		}
	}
	info, err := dir.Lstat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, nil
	case err != nil:
		return c, plainError(f.Path, err)
	case info.Mode()&fs.ModeSymlink != 0:
		return c, fmt.Errorf("%s: it is a link: put a file in its place, or take it away", f.Path)
	case !info.Mode().IsRegular():
		return c, fmt.Errorf("%s: it is no file", f.Path)
	}
	if c.Old, err = dir.ReadFile(f.Path); err != nil {
		return c, plainError(f.Path, err)
	}
	if f.Path == frontDoorFile {
		c.Text, c.Carried = carried(c.Text, c.Old)
	}
	c.State = Differs
	if bytes.Equal(c.Old, c.Text) {
		c.State = Unchanged
	}
	return c, nil
}

// parents gives the directories above a path, the outermost first.
func parents(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i, r := range name {
			if r == '/' && !yield(name[:i]) {
				return
			}
		}
	}
}

// plainError is an error of the file system without the name of the call.
func plainError(at string, err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err
	}
	if strings.Contains(err.Error(), "escapes from parent") {
		return fmt.Errorf("%s: a link leads out of the directory", at)
	}
	return fmt.Errorf("%s: %w", at, err)
}

// PartialError says that writing ended in the middle.
type PartialError struct {
	Written []string // files that are the new ones
	Left    []string // files that are as they were
	Err     error
}

func (e *PartialError) Error() string {
	if len(e.Written) == 0 {
		return fmt.Sprintf("nothing was written: %v", e.Err)
	}
	return fmt.Sprintf("%v\nwritten: %s\nnot written: %s", e.Err, strings.Join(e.Written, ", "), strings.Join(e.Left, ", "))
}

func (e *PartialError) Unwrap() error { return e.Err }

// Write puts files in their places, each whole or not at all. All of them are
// written beside their places first, so that a full disk or a directory that
// cannot be written changes nothing. A *PartialError is of the moment after that.
func Write(dir *os.Root, files []File) error {
	s := stage{dir: dir}
	for _, f := range files {
		if err := s.add(f); err != nil {
			return errors.Join(fmt.Errorf("nothing was written: %w", err), s.undo())
		}
	}
	for i, f := range files {
		if err := dir.Rename(s.beside[i], f.Path); err != nil {
			partial := &PartialError{Err: plainError(f.Path, err)}
			for j, f := range files {
				if j < i {
					partial.Written = append(partial.Written, f.Path)
				} else {
					partial.Left = append(partial.Left, f.Path)
				}
			}
			s.beside = s.beside[i:]
			return errors.Join(partial, s.undo())
		}
	}
	return nil
}

// stage is what was made on the way.
type stage struct {
	dir    *os.Root
	made   []string // directories, the outermost first
	beside []string // files
}

func (s *stage) add(f File) error {
	for at := range parents(f.Path) {
		switch err := s.dir.Mkdir(at, 0o755); {
		case err == nil:
			s.made = append(s.made, at)
		case !errors.Is(err, fs.ErrExist):
			return plainError(at, err)
		}
	}
	mode := fs.FileMode(0o644)
	if f.Run {
		mode = 0o755
	}
	name := path.Join(path.Dir(f.Path), "."+path.Base(f.Path)+"."+rand.Text()[:8])
	w, err := s.dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return plainError(f.Path, err)
	}
	s.beside = append(s.beside, name)
	_, err = w.Write(f.Text)
	if err = errors.Join(err, w.Sync(), w.Close()); err != nil {
		return plainError(f.Path, err)
	}
	return nil
}

// undo takes away what was made. Directories in which something else appeared
// stay.
func (s *stage) undo() error {
	var wrong []error
	for _, name := range s.beside {
		if err := s.dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			wrong = append(wrong, fmt.Errorf("%s was left behind: %w", name, err))
		}
	}
	for _, at := range slices.Backward(s.made) {
		_ = s.dir.Remove(at)
	}
	return errors.Join(wrong...)
}
