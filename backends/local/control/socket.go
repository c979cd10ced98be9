package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// maxSocketPath is the length in bytes up to which a socket is put into the
// state directory. The kernel's limit is 108 on Linux and 104 on macOS.
const maxSocketPath = 100

const (
	socketName  = "control.sock"
	pointerName = "control.path" // holds the socket's path when it had to be put elsewhere
)

// SocketPath tells where the socket of a state directory is. It need not exist.
func SocketPath(stateDir string) (string, error) {
	path := filepath.Join(stateDir, socketName)
	if len(path) <= maxSocketPath {
		return path, nil
	}
	text, err := os.ReadFile(filepath.Join(stateDir, pointerName))
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil // nothing listens there: dialling it says so
	}
	if err != nil {
		return "", fmt.Errorf("find the control socket: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// Listen opens the socket of a state directory, mode 0600 in a directory of
// mode 0700. The caller holds the directory's lock, so a socket that is there
// already is a leftover and is replaced.
func Listen(stateDir string) (net.Listener, error) {
	path := filepath.Join(stateDir, socketName)
	if len(path) > maxSocketPath {
		short, err := shortPath(stateDir)
		if err != nil {
			return nil, err
		}
		path = short
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the old control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect the control socket: %w", err), l.Close())
	}
	return l, nil
}

// Remove removes what Listen made outside of the state directory. The socket
// itself goes when its listener is closed.
func Remove(stateDir string) {
	pointer := filepath.Join(stateDir, pointerName)
	if text, err := os.ReadFile(pointer); err == nil {
		path := strings.TrimSpace(string(text)) // only ever a socket and an empty directory go
		_, _, _ = os.Remove(path), os.Remove(filepath.Dir(path)), os.Remove(pointer)
	}
}

// shortPath makes a private directory with a short name elsewhere and notes
// the socket's path in the state directory for SocketPath.
func shortPath(stateDir string) (string, error) {
	pointer := filepath.Join(stateDir, pointerName)
	Remove(stateDir) // what a run that was killed left
	parent := os.Getenv("XDG_RUNTIME_DIR")
	if parent == "" || len(parent) > maxSocketPath/2 {
		parent = os.TempDir()
	}
	dir, err := os.MkdirTemp(parent, "pitwall-*") // mode 0700
	if err != nil {
		return "", fmt.Errorf("make a directory for the control socket: %w", err)
	}
	path := filepath.Join(dir, socketName)
	if err := os.WriteFile(pointer, []byte(path+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("note the path of the control socket: %w", err)
	}
	return path, nil
}
