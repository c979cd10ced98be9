package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/local"
)

// anyPort lets the stacks of tests that run at once stay out of each other's way.
const anyPort = "--listen=model-api=127.0.0.1:0,wine-api=127.0.0.1:0,prometheus=127.0.0.1:0"

// program is the test binary under the name that makes it pitwall, or the
// binary of a benchmark.
func program(tb testing.TB) string {
	tb.Helper()
	path, err := exec.LookPath("pitwall") // testscript put the test binary there
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// pitwallCommand is the real binary with a state directory of its own.
func pitwallCommand(tb testing.TB, state string, args ...string) *exec.Cmd {
	tb.Helper()
	cmd := exec.Command(program(tb), args...)
	cmd.Env = append(os.Environ(), "PITWALL_STATE="+state, "HOME="+filepath.Dir(state), "TERM=xterm-256color",
		"XDG_CONFIG_HOME=", "NO_COLOR=", "SSH_TTY=")
	return cmd
}

// answer is how a command line ended.
type answer struct {
	stdout, stderr string
	code           int
}

// run runs one command line to its end.
func run(tb testing.TB, state string, args ...string) answer {
	tb.Helper()
	return finish(tb, pitwallCommand(tb, state, args...))
}

func finish(tb testing.TB, cmd *exec.Cmd) answer {
	tb.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		tb.Fatalf("run pitwall: %v", err)
	}
	return answer{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// must runs a command line that has to succeed, and returns what it prints.
func must(tb testing.TB, state string, args ...string) string {
	tb.Helper()
	a := run(tb, state, args...)
	if a.code != 0 {
		tb.Fatalf("pitwall %v ended with %d:\n%s%s", args, a.code, a.stdout, a.stderr)
	}
	return a.stdout
}

// refuses runs a command line that has to fail and say each text.
func refuses(tb testing.TB, state string, args []string, says ...string) {
	tb.Helper()
	a := run(tb, state, args...)
	if a.code == 0 {
		tb.Errorf("pitwall %v succeeded:\n%s", args, a.stdout)
	}
	for _, want := range says {
		if !strings.Contains(a.stderr, want) {
			tb.Errorf("pitwall %v does not say %q:\n%s%s", args, want, a.stdout, a.stderr)
		}
	}
}

// waitFor polls a condition until it holds.
func waitFor(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	const limit = 60 * time.Second
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("waited %v in vain until %s", limit, what)
		}
	}
}

// headless is a supervisor in a process of its own.
type headless struct {
	tb     testing.TB
	state  string
	cmd    *exec.Cmd
	out    tail
	ended  chan struct{}
	reader *local.Backend
}

// startHeadless starts a stack and waits until all of it is ready.
func startHeadless(tb testing.TB, state string, args ...string) *headless {
	tb.Helper()
	h := launch(tb, state, args...)
	waitFor(tb, "the stack is ready", func() bool { return h.alive() && h.ready() })
	return h
}

// launch starts a stack and does not wait for it.
func launch(tb testing.TB, state string, args ...string) *headless {
	tb.Helper()
	h := &headless{tb: tb, state: state, ended: make(chan struct{})}
	h.cmd = pitwallCommand(tb, state, append([]string{"up", "--headless", anyPort}, args...)...)
	h.cmd.Stdout, h.cmd.Stderr = &h.out, &h.out
	if err := h.cmd.Start(); err != nil {
		tb.Fatalf("start the stack: %v", err)
	}
	go func() {
		_ = h.cmd.Wait()
		close(h.ended)
	}()
	tb.Cleanup(h.stop)
	var err error
	if h.reader, err = local.Attach(state); err != nil {
		tb.Fatal(err)
	}
	return h
}

// stop ends the stack as ctrl+c does.
func (h *headless) stop() {
	h.signal(syscall.SIGINT)
	h.waitEnd()
}

// kill ends the supervisor without a chance to tidy up.
func (h *headless) kill() {
	h.signal(syscall.SIGKILL)
	h.waitEnd()
}

func (h *headless) signal(s os.Signal) { _ = h.cmd.Process.Signal(s) } // it may have ended already

func (h *headless) waitEnd() {
	h.tb.Helper()
	select {
	case <-h.ended:
	case <-time.After(40 * time.Second):
		_ = h.cmd.Process.Kill()
		h.tb.Errorf("the stack does not end:\n%s", h.out.String())
	}
}

// alive fails the test when the supervisor has ended.
func (h *headless) alive() bool {
	h.tb.Helper()
	select {
	case <-h.ended:
		h.tb.Fatalf("the stack has ended with %s:\n%s", h.cmd.ProcessState, h.out.String())
	default:
	}
	return true
}

func (h *headless) ready() bool {
	list, err := h.reader.Deployments(context.Background())
	for _, d := range list {
		if d.State != backends.OK {
			return false
		}
	}
	return err == nil && len(list) == 2
}

// deployment reads one deployment.
func (h *headless) deployment(name string) backends.Deployment {
	h.tb.Helper()
	list, err := h.reader.Deployments(context.Background())
	if err != nil {
		h.tb.Fatalf("read the deployments: %v", err)
	}
	for _, d := range list {
		if d.Name == name {
			return d
		}
	}
	h.tb.Fatalf("no deployment %s in %v", name, list)
	return backends.Deployment{}
}

// measured waits until model-api has signals, without which nothing is raised.
func (h *headless) measured() {
	h.tb.Helper()
	waitFor(h.tb, "model-api has signals", func() bool {
		list := deployments(h.tb, h.state)
		return len(list) > 0 && list[0].Signals.RPS != nil && list[0].Signals.P95 != nil
	})
}

// listed is what tests read of `get deployments -o json`.
type listed struct {
	Name     string
	State    string
	Reason   string
	Variants []struct {
		Name             string
		Version          string
		Revision         int
		Replicas, Ready  int
		WeightConfigured float64 `json:"weight_configured"`
	}
	Signals struct {
		RPS *float64
		P95 *float64 `json:"p95_s"`
		Age *float64 `json:"age_s"`
	}
}

// deployments reads them over the CLI, model-api first.
func deployments(tb testing.TB, state string, args ...string) []listed {
	tb.Helper()
	var list []listed
	text := must(tb, state, append(args, "get", "deployments", "-o", "json")...)
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		tb.Fatalf("read the deployments: %v in %s", err, text)
	}
	if len(list) == 2 && list[0].Name != "model-api" {
		list[0], list[1] = list[1], list[0]
	}
	return list
}

// configured reads the split of model-api over the CLI.
func configured(tb testing.TB, state string) map[string]float64 {
	tb.Helper()
	split := map[string]float64{}
	for _, v := range deployments(tb, state)[0].Variants {
		split[v.Name] = v.WeightConfigured
	}
	return split
}

// waitSplit waits until A has that share.
func waitSplit(tb testing.TB, state string, a float64) {
	tb.Helper()
	waitFor(tb, "the split is changed", func() bool { return configured(tb, state)["A"] == a })
}
