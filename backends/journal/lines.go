package journal

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxLine is the longest line that is read as a record, in bytes. Append
// writes at most a few tens of kilobytes.
const maxLine = 1 << 20

// line is one line of a file.
type line struct {
	number int    // from 1
	data   []byte // without the newline, valid until the next line is read
	long   bool   // longer than maxLine: data is cut
	ended  bool   // a newline follows
	hash   string // sha256 of the whole line without its newline, hex
}

// readLines calls f for every line of r. Memory stays below maxLine however
// long a line is.
func readLines(r io.Reader, f func(line)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var data []byte
	for n := 1; ; n++ {
		l := line{number: n}
		data = data[:0]
		sum := sha256.New()
		for !l.ended {
			part, err := in.ReadSlice('\n')
			if err == nil {
				part, l.ended = part[:len(part)-1], true
			}
			sum.Write(part)
			room := min(len(part), maxLine-len(data))
			data, l.long = append(data, part[:room]...), l.long || room < len(part)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				return err
			}
		}
		if !l.ended && len(data) == 0 {
			return nil
		}
		l.data, l.hash = data, hex.EncodeToString(sum.Sum(nil))
		f(l)
		if !l.ended {
			return nil
		}
	}
}

// eachLine calls f for every line of the named file; one that is not there is empty.
func eachLine(name string, f func(string, line)) error {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if err := readLines(file, func(l line) { f(name, l) }); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// files lists the rotated files of a journal, oldest first, and then the
// journal itself whether it exists or not.
func files(path string) ([]string, error) {
	numbers, err := rotations(path)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(numbers)+1)
	for _, n := range numbers {
		out = append(out, rotated(path, n))
	}
	return append(out, path), nil
}

// rotated names the n-th file that was moved aside: journal.jsonl.000001.
func rotated(path string, n int) string { return fmt.Sprintf("%s.%06d", path, n) }

// rotations returns the numbers of the files that were moved aside, ascending.
func rotations(path string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, e := range entries {
		suffix, ours := strings.CutPrefix(e.Name(), filepath.Base(path)+".")
		if n, err := strconv.Atoi(suffix); ours && err == nil && n > 0 && len(suffix) >= 6 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}
