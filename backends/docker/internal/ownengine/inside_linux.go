// Package ownengine gives a test a Docker engine that nobody else uses, so that
// it may be killed, stopped and started again, and its disk filled.
//
// The test runs once more, as a process in namespaces of its own: of the
// network, since a second engine in the machine's would take the bridge of the
// first; of mounts and of processes, so that everything of the engine ends with
// the test, however that ends.
package ownengine

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// role tells a process of a test what it is in its namespaces: nothing outside
// of them, the first process, or the test.
const role = "PITWALL_OWN_ENGINE"

// Main has to be called before the tests of a package run. In the first process
// of the namespaces it does not return.
func Main() {
	if os.Getenv(role) == "first" {
		os.Exit(first())
	}
}

// Inside reports whether the test is in its own namespaces. Outside of them it
// runs the test there, prints its tables, and fails when that failed. Without
// the right to make namespaces, or without dockerd, it skips the test.
func Inside(t *testing.T) bool {
	t.Helper()
	if os.Getenv(role) == "test" {
		return true
	}
	switch _, err := exec.LookPath("dockerd"); {
	case os.Getenv("PITWALL_DOCKER") == "":
		t.Skip("runs with make test-docker or make test-faults")
	case os.Geteuid() != 0:
		t.Skip("an engine of the test's own needs root")
	case err != nil:
		t.Skip("an engine of the test's own needs dockerd in PATH")
	}
	again(t)
	return false
}

// outside is the variable that tells the process outside of the namespaces.
const outside = "PITWALL_OWN_ENGINE_OF"

// left is the time that the test still has, less what the report of its end takes.
func left(t *testing.T) time.Duration {
	end, limited := t.Deadline()
	if !limited {
		return 0
	}
	return max(time.Until(end)-10*time.Second, time.Second)
}

// again runs the test in its namespaces.
func again(t *testing.T) {
	t.Helper()
	sweep()
	// The first process is killed when the thread ends that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.count=1", "-test.run=^"+regexp.QuoteMeta(t.Name())+"$", "-test.timeout="+left(t).String())
	cmd.Env = append(os.Environ(), role+"=first", outside+"="+strconv.Itoa(os.Getpid()))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	err = cmd.Start()
	if errors.Is(err, syscall.EPERM) {
		t.Skipf("an engine of the test's own needs the right to make namespaces: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := show(t, out)
	if err := cmd.Wait(); err != nil {
		t.Errorf("in namespaces of its own: %v\n%s", err, all)
	}
}

// row is a line of a table in the output of a test.
var row = regexp.MustCompile(`^ +\w+\.go:\d+: (\|.*|it .*|afterwards.*|resume: .*)`)

// show prints the tables of the inner test as they come, and why it was
// skipped. It returns everything.
func show(t *testing.T, out io.Reader) string {
	t.Helper()
	var all strings.Builder
	skipped := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		fmt.Fprintln(&all, line)
		if m := row.FindStringSubmatch(line); m != nil {
			t.Log(m[1])
		}
		if _, why, found := strings.Cut(line, skipMark); found {
			skipped = why
		}
	}
	if skipped != "" {
		t.Skip(skipped)
	}
	return all.String()
}

// skipMark begins the reason why the inner test cannot run.
const skipMark = "cannot have an engine of its own: "

// first is the first process: it makes the namespaces habitable, starts the
// test, and takes every process over that lost its parent.
func first() int {
	if err := settle(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := os.Setenv(role, "test"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	child, err := syscall.ForkExec(self, os.Args, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			fmt.Fprintln(os.Stderr, err)
			return 1
		case pid == child && status.Signaled():
			return 128 + int(status.Signal())
		case pid == child:
			return status.ExitStatus()
		}
	}
}

// settle mounts what belongs to the namespaces, for them alone, and brings the
// loopback device up.
func settle() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to itself: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return loopbackUp()
}
