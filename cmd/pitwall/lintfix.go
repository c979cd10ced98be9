package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"pitwall/backends/manifests"
	"pitwall/ui/draw"
)

// fixFiles mends what is mechanical below a directory, all of it or, after an
// error, nothing. With dry it prints the changes and writes none.
func (a *app) fixFiles(dir string, dry bool, say io.Writer) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return misuse{fmt.Errorf("lint: %w", err)}
	}
	defer root.Close()
	list, err := manifests.Fix(root.FS())
	if err != nil {
		return err
	}
	if dry {
		return a.printDiffs(list)
	}
	if err := replaceAll(root, list); err != nil {
		return err
	}
	for _, name := range links(root.FS()) {
		fmt.Fprintf(say, "left %s: it is a symbolic link, and what it names may be of somebody else\n", draw.Sanitize(name))
	}
	for _, f := range list {
		fmt.Fprintf(say, "mended %s: %s\n", draw.Sanitize(f.File), strings.Join(mendedRules(f), ", "))
	}
	return nil
}

// links are the symbolic links that have the name of a file that is judged.
func links(dir fs.FS) (names []string) {
	_ = fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error { // Lint has walked it without an error
		if err == nil && d.Type()&fs.ModeSymlink != 0 && manifests.KindOf(name, nil) != manifests.Other {
			names = append(names, name)
		}
		return nil
	})
	return names
}

// mendedRules are the rules of what was mended, each with its count where it is more than one.
func mendedRules(f manifests.Fixed) (texts []string) {
	count := map[string]int{}
	for _, x := range f.Mended {
		count[x.ID]++
	}
	for id, n := range count {
		if n > 1 {
			id = fmt.Sprintf("%s (%d)", id, n)
		}
		texts = append(texts, id)
	}
	slices.Sort(texts)
	return texts
}

// printDiffs prints unified diffs. A terminal gets no control characters of the
// files; anything else gets the bytes, for patch -p1.
func (a *app) printDiffs(list []manifests.Fixed) error {
	for _, f := range list {
		diff := udiff.Unified("a/"+f.File, "b/"+f.File, string(f.Before), string(f.After))
		if isTerminal(a.out) {
			var clean strings.Builder
			for line := range strings.Lines(diff) {
				clean.WriteString(draw.Sanitize(strings.TrimRight(line, "\r\n")) + "\n")
			}
			diff = clean.String()
		}
		if _, err := io.WriteString(a.out, diff); err != nil {
			return err
		}
	}
	return nil
}

// replaceAll writes every new text beside its file, and only when all of them
// are there puts them in their places. The root keeps it inside of the directory
// whatever links somebody makes meanwhile.
func replaceAll(root *os.Root, list []manifests.Fixed) (err error) {
	var ready []string
	defer func() {
		for _, temporary := range ready {
			_ = root.Remove(temporary) // nothing is there after the rename
		}
	}()
	for _, f := range list {
		temporary, err := writeBeside(root, f)
		if temporary != "" {
			ready = append(ready, temporary)
		}
		if err != nil {
			return fmt.Errorf("nothing was changed: %w", err)
		}
	}
	for i, f := range list {
		if err := root.Rename(ready[i], f.File); err != nil {
			return fmt.Errorf("%d of %d files were changed: %w", i, len(list), err)
		}
	}
	return nil
}

// writeBeside makes the new file, with the old one's mode, and makes sure that
// the old one is still what was judged and may be written.
func writeBeside(root *os.Root, f manifests.Fixed) (temporary string, err error) {
	info, err := root.Lstat(f.File)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no file any more", f.File)
	}
	old, err := root.OpenFile(f.File, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(old, int64(len(f.Before))+1))
	if err = errors.Join(err, old.Close()); err != nil {
		return "", err
	}
	if string(text) != string(f.Before) {
		return "", fmt.Errorf("%s was changed meanwhile: run it again", f.File)
	}
	temporary = path.Join(path.Dir(f.File), ".pitwall-"+path.Base(f.File))
	out, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("%s is in the way, of a run that was ended: remove it", temporary)
		}
		return "", err
	}
	_, err = out.Write(f.After)
	return temporary, errors.Join(err, out.Chmod(info.Mode().Perm()), out.Sync(), out.Close())
}
