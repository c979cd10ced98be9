package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"pitwall/backends/osfile"
)

// Version is the layout of the state directory that this package reads.
const Version = "1"

const (
	stateFile    = "state.json"
	childrenFile = "children.json"
)

// Dir is a state directory whose lock is held. Its methods may be called from
// one goroutine at a time.
type Dir struct {
	path string
	lock *os.File
}

// LockedError says that another supervisor runs the stack in a directory.
type LockedError struct {
	Dir string
	PID int // of the other supervisor, 0 when it could not be read
}

func (e *LockedError) Error() string {
	pid := ""
	if e.PID > 0 {
		pid = fmt.Sprintf(" (pid %d)", e.PID)
	}
	return fmt.Sprintf("another pitwall%s runs the stack in %s: attach with `pitwall` or choose --state", pid, e.Dir)
}

// VersionError says that a directory was written by another pitwall.
type VersionError struct {
	Dir, Found string
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("the state in %s has layout %q and this pitwall reads %q: use the pitwall that wrote it, or choose --state", e.Dir, e.Found, Version)
}

// Open makes the directory if need be, takes its lock and checks its version.
// Errors: *LockedError at once when another process holds the lock, and
// *VersionError. Nothing but the lock file was touched then.
func Open(path string) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the state directory: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the state directory: %w", err)
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return nil, fmt.Errorf("protect the state directory: %w", err)
	}
	lock, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	d := &Dir{path: path, lock: lock}
	if err := d.checkVersion(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return d, nil
}

// takeLock holds a lock, which the kernel releases however the process ends.
func takeLock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the state directory: %w", err)
	}
	err = osfile.TryLock(f, true)
	if errors.Is(err, osfile.ErrHeld) {
		text, _ := io.ReadAll(io.LimitReader(f, 32))
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
		_ = f.Close()
		return nil, &LockedError{Dir: dir, PID: pid}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the state directory %s: %w", dir, err), f.Close())
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the state directory %s: %w", dir, err), f.Close())
	}
	return f, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

func (d *Dir) checkVersion() error {
	path := filepath.Join(d.path, "version")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return WriteFile(path, []byte(Version+"\n"))
	}
	if err != nil {
		return fmt.Errorf("read the state directory's version: %w", err)
	}
	if found := strings.TrimSpace(string(text)); found != Version {
		return &VersionError{Dir: d.path, Found: found}
	}
	return nil
}

// Path names a file in the directory.
func (d *Dir) Path(elem ...string) string {
	return filepath.Join(append([]string{d.path}, elem...)...)
}

// Close releases the lock.
func (d *Dir) Close() error { return d.lock.Close() }

// Load reads what was saved last; found is false in a new directory.
func (d *Dir) Load() (s Stack, found bool, err error) {
	found, err = d.load(stateFile, &s)
	return s, found, err
}

// Save remembers s. It returns once the disk has it.
func (d *Dir) Save(s Stack) error { return d.save(stateFile, s) }

// Child is a process that a supervisor started.
type Child struct {
	PID     int    `json:"pid"`
	Started string `json:"started"` // process.Started of it: tells it from a later process with the same pid
	Name    string `json:"name"`
}

// LoadChildren reads the processes that the last run had when it ended.
func (d *Dir) LoadChildren() (children []Child, err error) {
	_, err = d.load(childrenFile, &children)
	return children, err
}

// SaveChildren notes the processes that run.
func (d *Dir) SaveChildren(children []Child) error { return d.save(childrenFile, children) }

func (d *Dir) load(name string, into any) (found bool, err error) {
	path := d.Path(name)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the state: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return false, fmt.Errorf("read the state in %s: %w: move the file away to start with a new stack", path, err)
	}
	return true, nil
}

func (d *Dir) save(name string, value any) error {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	return WriteFile(d.Path(name), append(data, '\n'))
}
