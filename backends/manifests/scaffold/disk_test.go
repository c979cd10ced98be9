package scaffold

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func rooted(t *testing.T) (*os.Root, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root, dir
}

// standing lists everything below a directory.
func standing(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if name, _ := filepath.Rel(dir, path); name != "." {
			list = append(list, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestWriteAndCompare(t *testing.T) {
	root, dir := rooted(t)
	list := []File{{Path: "a/b/run.sh", Text: []byte("x"), Run: true}, {Path: "c", Text: []byte("new")}, {Path: "d", Text: []byte("same")}}
	for name, text := range map[string]string{"c": "old", "d": "same"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	states := func() (out []State) {
		changes, err := Compare(root, list)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			out = append(out, c.State)
		}
		return out
	}
	if got := states(); !slices.Equal(got, []State{New, Differs, Unchanged}) {
		t.Errorf("before, %v", got)
	}
	if err := Write(root, list); err != nil {
		t.Fatal(err)
	}
	if got := states(); !slices.Equal(got, []State{Unchanged, Unchanged, Unchanged}) {
		t.Errorf("after, %v", got)
	}
	if got := standing(t, dir); !slices.Equal(got, []string{"a", "a/b", "a/b/run.sh", "c", "d"}) {
		t.Errorf("left are %v", got)
	}
	if info, err := os.Stat(filepath.Join(dir, "a/b/run.sh")); err != nil || info.Mode().Perm()&0o111 == 0 {
		t.Errorf("the program is %v, %v", info.Mode(), err)
	}
}

// TestWriteAllOrNothing: what cannot be written in the middle leaves nothing
// behind, and what cannot be put in its place is told.
func TestWriteAllOrNothing(t *testing.T) {
	root, dir := rooted(t)
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := Write(root, []File{{Path: "x/a"}, {Path: "file/b"}})
	if err == nil || !strings.HasPrefix(err.Error(), "nothing was written: file") {
		t.Errorf("below a file: %v", err)
	}
	if got := standing(t, dir); !slices.Equal(got, []string{"file"}) {
		t.Errorf("left are %v", got)
	}
	if err := os.MkdirAll(filepath.Join(dir, "taken/full"), 0o700); err != nil {
		t.Fatal(err)
	}
	err = Write(root, []File{{Path: "one"}, {Path: "taken"}, {Path: "three"}})
	var partial *PartialError
	if !errors.As(err, &partial) || !slices.Equal(partial.Written, []string{"one"}) || !slices.Equal(partial.Left, []string{"taken", "three"}) {
		t.Errorf("in the place of a directory: %v", err)
	}
	if err = Write(root, []File{{Path: "taken"}, {Path: "three"}}); !errors.As(err, &partial) || !strings.HasPrefix(err.Error(), "nothing was written: taken: ") {
		t.Errorf("with the first in the place of a directory: %v", err)
	}
	if got := standing(t, dir); !slices.Equal(got, []string{"file", "one", "taken", "taken/full"}) {
		t.Errorf("left are %v", got)
	}
}

func TestCompareRefuses(t *testing.T) {
	root, dir := rooted(t)
	outside := t.TempDir()
	for name, to := range map[string]string{"out": outside, "dangling": "nowhere", "link": "real"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "real"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"out/x": "out: a link leads out of the directory", "dangling/x": "leads nowhere", "real/x": "it is no directory", "link": "it is a link", "dir": "it is no file"} {
		if _, err := Compare(root, []File{{Path: name}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
