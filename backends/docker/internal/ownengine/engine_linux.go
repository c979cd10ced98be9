package ownengine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Engine is a dockerd of the test. Its methods fail the test when they cannot
// do what they say; they may be called from one goroutine at a time.
type Engine struct {
	t      testing.TB
	dir    string // of everything of it, also between two runs
	cgroup string // parent of its containers' control groups
	cmd    *exec.Cmd
	ended  chan struct{}
}

// size is how much the engine's disk holds: memory, of which only what is used
// is taken. It has room for the images of a stack and of a front door.
const size = "size=1g,nr_inodes=16k"

// Start starts an engine on a disk of its own, and makes it the one that
// dockertest opens. It is gone when the test ends. live keeps the containers
// running while the engine is away (dockerd's --live-restore).
func Start(t testing.TB, live bool) *Engine {
	t.Helper()
	e := &Engine{t: t, dir: t.TempDir(), cgroup: fmt.Sprintf("/%s%s-%d", groupPrefix, os.Getenv(outside), time.Now().UnixNano())}
	if err := syscall.Mount("pitwall-test", e.dir, "tmpfs", 0, size); err != nil {
		t.Skipf("%smount a disk: %v", skipMark, err)
	}
	if err := os.WriteFile(e.path("config.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(e.path("data"), 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.remove)
	t.Setenv("DOCKER_HOST", e.Host())
	e.Up(live)
	return e
}

func (e *Engine) path(name string) string { return filepath.Join(e.dir, name) }

// Host is the engine's address, as DOCKER_HOST has it.
func (e *Engine) Host() string { return "unix://" + e.Socket() }

// Socket is the path of the engine's socket.
func (e *Engine) Socket() string { return e.path("docker.sock") }

// patience bounds the start and the end of an engine.
const patience = time.Minute

// Up starts the engine, which is not running, and returns when it answers.
func (e *Engine) Up(live bool) {
	e.t.Helper()
	log, err := os.OpenFile(e.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		e.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	e.cmd = exec.Command("dockerd", "--config-file", e.path("config.json"), "--data-root", e.path("data"), "--exec-root", e.path("run"),
		"--pidfile", e.path("pid"), "--cgroup-parent", e.cgroup, "--shutdown-timeout", "5", fmt.Sprintf("--live-restore=%v", live), "-H", e.Host())
	e.cmd.Stdout, e.cmd.Stderr = log, log
	if err := e.cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	ended := make(chan struct{})
	e.ended = ended
	go func() {
		_ = e.cmd.Wait()
		close(ended)
	}()
	for deadline := time.Now().Add(patience); !e.answers(); time.Sleep(50 * time.Millisecond) {
		select {
		case <-ended:
			e.t.Fatalf("dockerd ended: %s", e.Log())
		default:
		}
		if time.Now().After(deadline) {
			e.t.Fatalf("dockerd does not answer: %s", e.Log())
		}
	}
}

// answers reports whether the engine serves its API.
func (e *Engine) answers() bool {
	c := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", e.Socket())
		}}}
	resp, err := c.Get("http://engine/_ping")
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode == http.StatusOK
}

// End sends the engine a signal that ends it, and returns when it has ended.
func (e *Engine) End(s syscall.Signal) {
	e.t.Helper()
	if err := e.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		e.t.Errorf("end dockerd: %v", err)
	}
	select {
	case <-e.ended:
	case <-time.After(patience):
		e.t.Errorf("dockerd does not end on %v: %s", s, e.Log())
		_ = e.cmd.Process.Kill()
		<-e.ended
	}
}

// Log is the end of what the engine wrote.
func (e *Engine) Log() string {
	text, _ := os.ReadFile(e.path("log"))
	return string(text[max(0, len(text)-4000):])
}

// Fill takes all of the engine's disk, bytes and files, until free is called.
func (e *Engine) Fill() (free func()) {
	e.t.Helper()
	ballast := e.path("ballast")
	if err := os.Mkdir(ballast, 0o700); err != nil {
		e.t.Fatal(err)
	}
	for i := 0; ; i++ { // one byte is a page and a file
		content := []byte{0}
		if i == 0 {
			content = nil
		}
		err := os.WriteFile(filepath.Join(ballast, fmt.Sprint(i)), content, 0o600)
		if err == nil && i == 0 {
			err = swell(filepath.Join(ballast, "0"))
		}
		if errors.Is(err, syscall.ENOSPC) && i > 0 {
			break
		}
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			e.t.Fatal(err)
		}
	}
	for i := 0; ; i++ { // files without a byte
		err := os.WriteFile(filepath.Join(ballast, fmt.Sprint("empty", i)), nil, 0o600)
		if errors.Is(err, syscall.ENOSPC) {
			break
		}
		if err != nil {
			e.t.Fatal(err)
		}
	}
	return func() {
		if err := os.RemoveAll(ballast); err != nil {
			e.t.Error(err)
		}
	}
}

// swell makes a file as large as the disk allows.
func swell(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for block := bytes.Repeat([]byte{0}, 1<<20); ; {
		if _, err := f.Write(block); err != nil {
			return err
		}
	}
}

// remove ends the engine and what it left in the machine's control groups,
// which are no namespace's. All else ends with the namespaces.
func (e *Engine) remove() {
	if e.cmd != nil {
		e.End(syscall.SIGKILL)
	}
	endContainers(e.cgroup)
	if err := removeGroups(e.cgroup); err != nil {
		e.t.Errorf("remove control groups: %v", err)
	}
	// The engine's own mounts in it are in the way of nothing but the path.
	if err := syscall.Unmount(e.dir, syscall.MNT_DETACH); err != nil {
		e.t.Errorf("unmount the engine's disk: %v", err)
	}
}
