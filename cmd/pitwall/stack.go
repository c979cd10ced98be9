package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
)

// stack is the supervisor process that `pitwall up` owns. It stops when its
// standard input ends, so also when this process is killed.
type stack struct {
	cmd   *exec.Cmd
	input io.Closer
	tail  tail
	ready chan struct{} // closed when the front doors listen, or never will
	ended chan struct{} // closed when the process has ended
}

// startStack starts the supervisor as a process of its own: a crash of one
// side does not take the other along.
func startStack(dir string, o stackOptions) (*stack, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the pitwall binary: %w", err)
	}
	x := &stack{cmd: exec.Command(executable, o.args(dir)...), ready: make(chan struct{}), ended: make(chan struct{})}
	x.cmd.Stderr = &x.tail
	output, err := x.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the local stack: %w", err)
	}
	if x.input, err = x.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the local stack: %w", err)
	}
	if err := x.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the local stack: %w", err)
	}
	go x.follow(output)
	return x, nil
}

// follow waits for the process. What it prints, it prints when it is ready.
func (x *stack) follow(output io.Reader) {
	_, _ = output.Read(make([]byte, 1))
	close(x.ready)
	_, _ = io.Copy(io.Discard, output)
	_ = x.cmd.Wait() // stop reads how it ended from ProcessState
	close(x.ended)
}

// tell lets the console know when the stack ends before it does.
func (x *stack) tell(p *tea.Program) {
	go func() {
		<-x.ended
		p.Send(ui.Toast{Level: ui.Failure, Text: "the local stack has ended: " + x.reason() + "; quit and run `pitwall up` again"})
	}()
}

// reason is why the stack ended, in its own words where it said any.
func (x *stack) reason() string {
	if line := lastLine(x.tail.String()); line != "" {
		return line
	}
	return x.cmd.ProcessState.String()
}

// stop ends the stack and waits for it, but not for ever. The error is the
// stack's own when it had failed before.
func (x *stack) stop(w io.Writer, dir string) error {
	select {
	case <-x.ended:
		if !x.cmd.ProcessState.Success() {
			return errors.New(x.reason())
		}
		return nil
	default:
	}
	fmt.Fprintln(w, "stopping the local stack…")
	_ = x.input.Close() // it may have ended in between
	select {
	case <-x.ended:
	case <-time.After(30 * time.Second):
		_ = x.cmd.Process.Kill()
		<-x.ended
		return fmt.Errorf("the local stack did not stop within 30 s and was killed; its state in %s is kept", dir)
	}
	return nil
}

// tail keeps the end of what is written to it. Safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer and never fails.
func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
