package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// Reader reads a journal and can never write it. It is safe for concurrent
// use, also while other processes append.
type Reader struct {
	path string
}

// OpenRead opens a journal for reading only: no file or directory is made, and
// a journal that is not there yet is empty.
func OpenRead(path string) (*Reader, error) {
	info, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open journal: %s is not a file", path)
	}
	return &Reader{path: path}, nil
}

// Path is the file that records are appended to.
func (r *Reader) Path() string { return r.path }

// Records returns the records from since on, oldest first, from the rotated
// files too; the zero time means all. Lines that are no records are left out:
// Verify reports them. An intent without a result has ResultRunning while the
// process that wrote it lives on this machine.
func (r *Reader) Records(since time.Time) ([]Record, error) {
	var out []Record
	err := r.each(func(_ string, l line) {
		if rec, ok := parse(l); ok && !rec.TS.Before(since) {
			out = append(out, rec)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	r.markRunning(out)
	return out, nil
}

// Unfinished returns the intents that have no result, oldest first: operations
// whose outcome is unknown, because pitwall ended before it saw it, or which a
// process is doing right now, which ResultRunning tells.
func (r *Reader) Unfinished() ([]Record, error) {
	records, err := r.Records(time.Time{})
	if err != nil {
		return nil, err
	}
	done := make(map[string]bool)
	for _, rec := range records {
		if rec.Phase == PhaseResult {
			done[rec.Intent] = true
		}
	}
	return slices.DeleteFunc(records, func(rec Record) bool {
		return rec.Phase != PhaseIntent || done[rec.ID]
	}), nil
}

// Damage is a place where the journal is not as it was written.
type Damage struct {
	File string
	Line int    // counts from 1
	Text string // what is wrong there
}

// DamageError lists what is wrong with a journal. The records are still
// readable as far as they are lines, and appending still works: nothing is
// repaired.
type DamageError struct {
	Damage []Damage // not empty, oldest first
}

func (e *DamageError) Error() string {
	d := e.Damage[0]
	s := fmt.Sprintf("journal is damaged: %s line %d: %s", d.File, d.Line, d.Text)
	if n := len(e.Damage) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more places)", n)
	}
	return s + "; keep a copy and compare it with your backups"
}

// Verify checks every line and the chain through all files. It returns a
// *DamageError when something is torn, unreadable, missing or was edited.
func (r *Reader) Verify() error {
	var damage []Damage
	var head string
	first := true
	err := r.each(func(file string, l line) {
		say := func(text string) { damage = append(damage, Damage{file, l.number, text}) }
		rec, ok := parse(l)
		switch {
		case !ok && !l.ended:
			say("torn: the last line was not written to its end")
		case !ok:
			say("not a record")
		case !l.ended:
			say("torn: the last line lacks its newline")
		case first && rec.Prev != "":
			say("the records before it are missing")
		case !first && rec.Prev != head:
			say("the chain is broken: the line before it was changed, added or removed")
		}
		head, first = l.hash, false
	})
	if err != nil {
		return fmt.Errorf("verify journal: %w", err)
	}
	if len(damage) > 0 {
		return &DamageError{damage}
	}
	return nil
}

// parse reads a line as a record.
func parse(l line) (Record, bool) {
	var rec Record
	if l.long || json.Unmarshal(l.data, &rec) != nil || rec.V < 1 || rec.ID == "" {
		return Record{}, false
	}
	rec.Actor.Host = rec.Host
	return rec, true
}

// each calls f for every line of every file, oldest first, under a shared
// lock.
func (r *Reader) each(f func(file string, l line)) error {
	unlock, err := lockShared(r.path)
	if err != nil {
		return err
	}
	defer unlock()
	files, err := files(r.path)
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := eachLine(name, f); err != nil {
			return err
		}
	}
	return nil
}
