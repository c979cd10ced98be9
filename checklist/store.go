package checklist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"pitwall/backends/osfile"
)

// Dir keeps records as files of a directory, one a deployment, which several
// people may share. Writers on one machine take turns by a lock; the file is
// always whole.
type Dir struct {
	Path   string
	Shared bool // with the directory's group: else nobody else may read it
}

// fileForm are names of deployments that can be names of files.
var fileForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$`)

func (d Dir) file(deployment string) (string, error) {
	if !fileForm.MatchString(deployment) {
		return "", fmt.Errorf("the checklist of %q cannot be kept: its name is no name of a file", deployment)
	}
	return filepath.Join(d.Path, deployment+".checklist.json"), nil
}

// Load reads a record. One that nobody has written yet is empty.
func (d Dir) Load(_ context.Context, deployment string) (Record, error) {
	name, err := d.file(deployment)
	if err != nil {
		return Record{}, err
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, nil
	}
	if err != nil {
		return Record{}, fmt.Errorf("read the checklist of %s: %w", deployment, err)
	}
	return Decode(data, name)
}

// Merge adds to a record what is new and returns all of it.
func (d Dir) Merge(ctx context.Context, deployment string, add Record) (Record, error) {
	name, err := d.file(deployment)
	if err != nil {
		return Record{}, err
	}
	fail := func(err error) (Record, error) {
		return Record{}, fmt.Errorf("keep the checklist of %s: %w", deployment, err)
	}
	if err := os.MkdirAll(d.Path, 0o700); err != nil {
		return fail(err)
	}
	unlock, err := d.lock(ctx, name+".lock")
	if err != nil {
		return fail(err)
	}
	defer unlock()
	old, err := d.Load(ctx, deployment)
	if err != nil {
		return Record{}, err
	}
	merged := Merge(old, add)
	if err := d.replace(name, Encode(merged)); err != nil {
		return fail(err)
	}
	return merged, nil
}

// Encode writes a record as it is kept.
func Encode(r Record) []byte {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		panic(err) // plain values only
	}
	return append(data, '\n')
}

// Decode reads what Encode wrote; from names where it stood.
func Decode(data []byte, from string) (Record, error) {
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return Record{}, fmt.Errorf("%s holds no checklist (%w): mend or remove it, what people signed is in the journal too", from, err)
	}
	return r, nil
}

// mode is what others may do with a file.
func (d Dir) mode() os.FileMode {
	if d.Shared {
		return 0o660
	}
	return 0o600
}

// lockAgain is how often a lock is tried that somebody else has.
const lockAgain = 50 * time.Millisecond

// lock waits for a file's lock until ctx ends. The kernel gives it back when a
// process dies.
func (d Dir) lock(ctx context.Context, name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, d.mode())
	if err != nil {
		return nil, err
	}
	if d.Shared {
		_ = f.Chmod(d.mode()) // past the umask; it fails where another made it
	}
	for {
		err = osfile.TryLock(f, true)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, osfile.ErrHeld) {
			break
		}
		select {
		case <-time.After(lockAgain):
			continue
		case <-ctx.Done():
			err = fmt.Errorf("somebody else holds the lock %s: %w", name, ctx.Err())
		}
		break
	}
	_ = f.Close()
	return nil, err
}

// replace writes a file whole or not at all.
func (d Dir) replace(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".checklist-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is there after the rename
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(d.mode())
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
