package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// tail is the end of a file: where the next record goes and what it links to.
type tail struct {
	size int64
	hash string // of the last line, "" when the file is empty
	torn bool   // the last line has no newline
}

func hash(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// readTail finds the last line by reading backwards.
func readTail(f file) (tail, error) {
	info, err := f.Stat()
	if err != nil {
		return tail{}, err
	}
	t := tail{size: info.Size()}
	if t.size == 0 {
		return t, nil
	}
	var last []byte
	for at := t.size; at > 0; {
		n := min(at, 4<<10)
		at -= n
		block := make([]byte, n, int(n)+len(last))
		if _, err := f.ReadAt(block, at); err != nil && !errors.Is(err, io.EOF) {
			return tail{}, err
		}
		if at+n == t.size {
			t.torn = block[n-1] != '\n'
			if !t.torn {
				block = block[:n-1]
			}
		}
		if i := bytes.LastIndexByte(block, '\n'); i >= 0 {
			last = append(block[i+1:], last...)
			break
		}
		last = append(block, last...)
	}
	t.hash = hash(last)
	return t, nil
}

// lastHash is the hash of the last line of the newest file that was moved
// aside, "" when there is none.
func lastHash(path string) (string, error) {
	numbers, err := rotations(path)
	if err != nil || len(numbers) == 0 {
		return "", err
	}
	f, err := os.Open(rotated(path, numbers[len(numbers)-1]))
	if err != nil {
		return "", err
	}
	defer f.Close()
	t, err := readTail(f)
	return t.hash, err
}

// moveAside renames a full file; the next append starts a new one and carries
// the head of the chain over.
func moveAside(path string) error {
	numbers, err := rotations(path)
	if err != nil {
		return err
	}
	next := 1
	if len(numbers) > 0 {
		next = numbers[len(numbers)-1] + 1
	}
	to := rotated(path, next)
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(errors.New(to+" is in the way"), err)
	}
	if err := os.Rename(path, to); err != nil {
		return err
	}
	return syncDir(path)
}

// syncDir makes a new name in path's directory last.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
