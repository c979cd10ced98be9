package control

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pitwall/backends"
)

func TestErrorsKeepTheirType(t *testing.T) {
	for _, want := range []error{
		&backends.ConflictError{Deployment: "m", Now: backends.Deployment{Name: "m", Token: "t-2"}},
		&backends.UnsupportedError{Op: backends.OpScale, Reason: "it has weight"},
		&backends.NotFoundError{Kind: "version", Name: "9", Have: []string{"1", "2"}},
	} {
		body, status := Encode(errors.Join(want))
		if status < 400 || status >= 500 {
			t.Errorf("%T has status %d", want, status)
		}
		if got := body.Decode(); !reflect.DeepEqual(got, want) {
			t.Errorf("got %#v, want %#v", got, want)
		}
	}
	body, status := Encode(errors.New("the disk is full"))
	if status != 500 || body.Decode().Error() != "the disk is full" {
		t.Errorf("another error: %d %+v", status, body)
	}
}

func TestSocket(t *testing.T) {
	short, err := os.MkdirTemp("", "pw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(short) })
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"short": short, "long": long} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second finds what a killed supervisor left
				l, err := Listen(dir)
				if err != nil {
					t.Fatal(err)
				}
				path, err := SocketPath(dir)
				if err != nil {
					t.Fatal(err)
				}
				info, err := os.Stat(path)
				if err != nil || info.Mode().Perm() != 0o600 {
					t.Fatalf("%s: %+v, %v", path, info, err)
				}
				parent, err := os.Stat(filepath.Dir(path))
				if err != nil || parent.Mode().Perm() != 0o700 {
					t.Errorf("its directory: %v, %v", parent.Mode(), err)
				}
				conn, err := net.Dial("unix", path)
				if err != nil {
					t.Fatal(err)
				}
				_ = conn.Close()
				l.(*net.UnixListener).SetUnlinkOnClose(false)
				_ = l.Close()
			}
			Remove(dir)
			if path, err := SocketPath(dir); err != nil || filepath.Dir(path) != dir {
				t.Errorf("after Remove the socket is at %s, %v", path, err)
			}
		})
	}
}
