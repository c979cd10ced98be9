package logs

import (
	"os"
	"path/filepath"
	"time"
)

// rotateAt is the size in bytes at which a file is set aside; one old file is kept.
const rotateAt = 4 << 20

// file appends lines to a rotated file. A disk that is full or read-only must
// not stop the replicas: lines that cannot be written are only in memory.
type file struct {
	path string
	f    *os.File
	size int64
}

// path of a replica's file.
func (s *Store) path(replica string) string { return filepath.Join(s.dir, replica+".log") }

func (l *file) write(at time.Time, text string) {
	if l.f == nil && !l.open() {
		return
	}
	n, err := l.f.WriteString(at.UTC().Format(time.RFC3339Nano) + " " + text + "\n")
	l.size += int64(n)
	if err != nil {
		l.close() // tried again with the next line
		return
	}
	if l.size >= rotateAt {
		l.close()
		_ = os.Rename(l.path, l.path+".1")
	}
}

func (l *file) open() bool {
	if os.MkdirAll(filepath.Dir(l.path), 0o700) != nil {
		return false
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return false
	}
	l.f, l.size = f, 0
	if info, err := f.Stat(); err == nil {
		l.size = info.Size()
	}
	return true
}

func (l *file) close() {
	if l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
}
