package engine

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// File is a file to put into an image or a container. Its text is Data, or
// what Open gives (Size bytes) for one that is too big to hold.
type File struct {
	Mode int64 // 0: 0644
	Data []byte
	UID  int // owner
	GID  int
	Open func() (io.ReadCloser, error)
	Size int64 // of what Open gives
}

// pack writes files as a tar archive, in path order, with the directories that
// they need. It is the same, byte for byte, for the same files.
func pack(w io.Writer, files map[string]File) error {
	t := tar.NewWriter(w)
	made := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		clean := strings.TrimPrefix(path.Clean("/"+name), "/")
		if err := packDirectories(t, path.Dir(clean), made); err != nil {
			return err
		}
		if err := packFile(t, clean, files[name]); err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
	}
	return t.Close()
}

func packDirectories(t *tar.Writer, dir string, made map[string]bool) error {
	if dir == "." || dir == "/" || made[dir] {
		return nil
	}
	if err := packDirectories(t, path.Dir(dir), made); err != nil {
		return err
	}
	made[dir] = true
	return t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755, ModTime: time.Unix(0, 0)})
}

func packFile(t *tar.Writer, name string, f File) (err error) {
	mode, size := f.Mode, int64(len(f.Data))
	if mode == 0 {
		mode = 0o644
	}
	var text io.Reader = bytes.NewReader(f.Data)
	if f.Open != nil {
		opened, err := f.Open()
		if err != nil {
			return err
		}
		defer func() { _ = opened.Close() }()
		text, size = opened, f.Size
	}
	if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Uid: f.UID, Gid: f.GID, Size: size, ModTime: time.Unix(0, 0)}); err != nil {
		return err
	}
	_, err = io.Copy(t, text)
	return err
}

// packed streams the archive: the reader's error is that of packing.
func packed(files map[string]File) io.ReadCloser {
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(pack(w, files)) }()
	return r
}
