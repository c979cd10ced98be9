package journal

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"pitwall/backends/osfile"
)

// rotateBytes is the size from which the file is moved aside before the next
// append: about ten thousand operations. Nothing is ever deleted.
const rotateBytes = 8 << 20

// Journal appends records to a file and reads them back. It is safe for
// concurrent use, and several processes may append to one file.
type Journal struct {
	Reader
	now   func() time.Time
	actor Actor

	mu      sync.Mutex
	entropy io.Reader         // of the ULIDs, monotonic within this process
	held    map[string]func() // the locks of the intents without a result, by id
	open    func(path string) (file, error)
	rotate  int64 // bytes
}

// file is what appending needs of an *os.File.
type file interface {
	io.Writer
	io.ReaderAt
	io.Closer
	Stat() (os.FileInfo, error)
	Sync() error
	Truncate(size int64) error
}

// Open opens the journal for appending. What is not there yet is made by the
// first Append: the file with mode 0600, its directory with 0700. An error
// tells that appending cannot work. Damage is no reason to refuse: Verify
// reports it.
func Open(path string, now func() time.Time, actor Actor) (*Journal, error) {
	reader, err := OpenRead(path)
	if err != nil {
		return nil, err
	}
	j := &Journal{
		Reader: *reader, now: now, actor: actor,
		entropy: ulid.Monotonic(rand.Reader, 0), open: openAppend, rotate: rotateBytes,
	}
	if err := writable(path); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return j, nil
}

// writable checks that a file can be appended to or made, and makes nothing:
// who only looks at a directory by a mistyped name must not find it made.
func writable(path string) error {
	for check := path; ; check = filepath.Dir(check) {
		err := osfile.Writable(check)
		if !errors.Is(err, fs.ErrNotExist) || check == filepath.Dir(check) {
			if err != nil {
				return &os.PathError{Op: "write", Path: check, Err: err}
			}
			return nil
		}
	}
}

func openAppend(path string) (file, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
}

// Append writes one record and returns it as written once it is on disk, with
// V, ID, Prev, TS, Host and Actor filled and secrets redacted. After an error
// the record is not in the journal.
//
// When the last line is torn, the record starts a new line, and a note before
// it says so; the torn bytes stay where they are.
func (j *Journal) Append(r Record) (Record, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(j.path), 0o700); err != nil {
		return Record{}, fmt.Errorf("append to journal: %w", err)
	}
	unlock, err := lock(j.path)
	if err != nil {
		return Record{}, fmt.Errorf("append to journal: %w", err)
	}
	defer unlock()
	written, err := j.append(r.redacted())
	if err != nil {
		return Record{}, fmt.Errorf("append to journal %s: %w", j.path, err)
	}
	switch written.Phase {
	case PhaseIntent:
		j.hold(written.ID)
	case PhaseResult:
		j.release(written.Intent)
	}
	return written, nil
}

// append runs under both locks.
func (j *Journal) append(r Record) (Record, error) {
	f, t, err := j.end()
	if err != nil {
		return Record{}, err
	}
	defer f.Close()
	var out []byte
	if t.torn {
		out = append(out, '\n')
		note := Record{Op: OpNote, Phase: PhaseNote, Target: r.Target,
			Text: "the line before was not written to its end: it is kept as it was found"}
		if out, t.hash, err = j.encode(out, &note, t.hash); err != nil {
			return Record{}, err
		}
	}
	if out, t.hash, err = j.encode(out, &r, t.hash); err != nil {
		return Record{}, err
	}
	return r, write(f, out, t.size)
}

// end opens the file that the next record goes to and finds where it links to.
func (j *Journal) end() (file, tail, error) {
	if info, err := os.Stat(j.path); err == nil && info.Size() >= j.rotate {
		// Growing further is better than refusing a rollback, so a file that
		// cannot be moved aside is no error.
		_ = moveAside(j.path)
	}
	f, err := j.open(j.path)
	if err != nil {
		return nil, tail{}, err
	}
	t, err := readTail(f)
	if err == nil && t.size == 0 {
		// A fresh file needs its name on disk, and goes on with the chain of
		// the one before it.
		if err = syncDir(j.path); err == nil {
			t.hash, err = lastHash(j.path)
		}
	}
	if err != nil {
		return nil, tail{}, errors.Join(err, f.Close())
	}
	return f, t, nil
}

// encode fills what Append owes the record and adds its line to out. It
// returns the hash of that line.
func (j *Journal) encode(out []byte, r *Record, prev string) ([]byte, string, error) {
	now := j.now().UTC().Truncate(time.Millisecond)
	id, err := ulid.New(ulid.Timestamp(now), j.entropy)
	if err != nil {
		return nil, "", fmt.Errorf("make an id: %w", err)
	}
	r.V, r.ID, r.Prev, r.TS, r.Host, r.Actor = Version, id.String(), prev, now, j.actor.Host, j.actor
	line, err := json.Marshal(r)
	if err != nil {
		return nil, "", fmt.Errorf("encode record: %w", err)
	}
	return append(append(out, line...), '\n'), hash(line), nil
}

// write appends in one call and waits for the disk. What a failed write left
// behind is cut off again, since nobody else can have appended meanwhile.
func write(f file, data []byte, size int64) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		return nil
	}
	return errors.Join(err, f.Truncate(size))
}
