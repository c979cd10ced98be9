package engine

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMain plays ssh when the test is called by that name: it joins the
// standard streams with a socket, as `docker system dial-stdio` does.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "ssh" {
		os.Exit(m.Run())
	}
	conn, err := net.Dial("unix", os.Getenv("FAKE_SSH_SOCKET"))
	if err != nil {
		_, _ = os.Stderr.WriteString("ssh: connect to host far port 22: Connection refused\n")
		os.Exit(255)
	}
	go func() {
		_, _ = io.Copy(conn, os.Stdin)
		_ = conn.(*net.UnixConn).CloseWrite()
	}()
	_, _ = io.Copy(os.Stdout, conn)
}

func fakeSSH(t *testing.T) (socket string) {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "ssh")); err != nil {
		t.Fatal(err)
	}
	socket = filepath.Join(dir, "s")
	t.Setenv("PATH", dir)
	t.Setenv("FAKE_SSH_SOCKET", socket)
	return socket
}

func TestEngineOverSSH(t *testing.T) {
	socket := fakeSSH(t)
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		if strings.HasSuffix(r.URL.Path, "/volumes") {
			_, _ = io.WriteString(w, `{"Volumes":[{"Name":"far-away"}]}`)
		}
	})}
	go func() { _ = web.Serve(l) }()
	defer func() { _ = web.Close() }()
	c, err := Open(Options{Host: "ssh://me@far:2222"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got, err := c.Volumes(t.Context(), "x")
	if err != nil || len(got) != 1 || got[0].Name != "far-away" {
		t.Errorf("the volumes are %v, %v", got, err)
	}
}

func TestSSHComplaintIsTold(t *testing.T) {
	fakeSSH(t)
	c, err := Open(Options{Host: "ssh://far"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Volumes(t.Context(), "x")
	if err == nil || !strings.Contains(err.Error(), "Connection refused") || !strings.Contains(err.Error(), "ssh far docker version") {
		t.Errorf("the error is %v", err)
	}
}

func TestSSHArguments(t *testing.T) {
	target, err := sshTarget("ssh://me@far:2222")
	if err != nil || target.host != "ssh://me@far:2222" || target.local {
		t.Fatalf("%+v, %v", target, err)
	}
	args := sshArgs(mustURL(t, "ssh://me@far:2222"))
	want := []string{"-l", "me", "-p", "2222", "--", "far", "docker", "system", "dial-stdio"}
	if !slices.Equal(args[len(args)-len(want):], want) {
		t.Errorf("ssh is called with %q", args)
	}
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
