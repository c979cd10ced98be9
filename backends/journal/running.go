package journal

import (
	"errors"
	"os"
	"path/filepath"

	"pitwall/backends/internal/filelock"
	"pitwall/backends/osfile"
)

// An operation that is under way is told from one whose outcome nobody saw by
// a lock that its process holds from the intent to the result. The kernel gives
// it back when the process ends, however it ends.

// runningDir holds one file an intent that has no result.
func runningDir(path string) string { return path + ".running" }

// hold takes the lock of an intent that was just written. It is called under
// the lock of the journal, so that no file is there without a lock but those of
// processes that have ended, which are removed. An operation must not fail for
// want of it: then it only reads as unknown for others until it has a result.
func (j *Journal) hold(intent string) {
	dir := runningDir(j.path)
	if os.MkdirAll(dir, 0o700) != nil {
		return
	}
	for _, id := range intents(dir) {
		if j.held[id] == nil && !held(filepath.Join(dir, id)) {
			_ = os.Remove(filepath.Join(dir, id))
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, intent), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return
	}
	release, err := filelock.Exclusive(f)
	if err != nil {
		return
	}
	if j.held == nil {
		j.held = map[string]func(){}
	}
	j.held[intent] = release
}

// release gives the lock of an intent back, once its result is on disk.
func (j *Journal) release(intent string) {
	if j.held[intent] == nil {
		return
	}
	_ = os.Remove(filepath.Join(runningDir(j.path), intent))
	_ = os.Remove(runningDir(j.path)) // when it was the last one
	j.held[intent]()
	delete(j.held, intent)
}

// markRunning gives the intents whose process lives ResultRunning. An intent
// that has its result is no longer held.
func (r *Reader) markRunning(records []Record) {
	dir := runningDir(r.path)
	running := map[string]bool{}
	for _, id := range intents(dir) {
		running[id] = held(filepath.Join(dir, id))
	}
	for i := range records {
		if records[i].Phase == PhaseIntent && running[records[i].ID] {
			records[i].Result = ResultRunning
		}
	}
}

// intents are the ids that have a file.
func intents(dir string) []string {
	entries, _ := os.ReadDir(dir) // mostly not there
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.Name())
	}
	return ids
}

// held reports whether a process, this one too, holds the lock of a file.
func held(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(osfile.TryLock(f, false), osfile.ErrHeld)
}
