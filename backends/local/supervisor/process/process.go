// Package process runs one child process in supervised mode: commands go to
// its standard input as lines of JSON, what it writes is handed on line by
// line, and the log line "listening" tells its addresses.
//
// A child never outlives its supervisor: it sees the end of its standard input
// when the supervisor is gone, on Linux the kernel also sends it SIGTERM, and
// the next supervisor kills what is left by pid and start time.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"pitwall/backends"
)

// Command is what to run.
type Command struct {
	Path string   // executable
	Args []string // without the executable
	Env  []string // added to the supervisor's environment
	Dir  string   // working directory, "" for the supervisor's own
	Name string   // for messages
}

// Listening is where a child listens.
type Listening struct {
	Addr  string // host:port of the service
	Admin string // host:port of the admin API, "" when it has none
}

// Child is a running process. Its methods may be called from any goroutine.
type Child struct {
	name  string
	cmd   *exec.Cmd
	stdin *os.File
	now   func() time.Time

	listening chan Listening // buffered; closed when the output ends
	done      chan struct{}

	mu   sync.Mutex
	last lastLine
	exit backends.Exit
}

// sendTimeout bounds how long a child that does not read may block a command.
const sendTimeout = 2 * time.Second

// Start runs the command in a process group of its own, so that a ctrl-C in
// the terminal reaches the supervisor alone, which then stops traffic before
// replicas. output is called with every line the child writes, from one
// goroutine.
func Start(c Command, now func() time.Time, output func(at time.Time, line string)) (*Child, error) {
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", c.Name, err), inR.Close(), inW.Close())
	}
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env, cmd.Dir = append(os.Environ(), c.Env...), c.Dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = inR, outW, outW
	cmd.SysProcAttr = attributes()
	err = cmd.Start()
	_, _ = inR.Close(), outW.Close() // the child has its own
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", c.Name, err), inW.Close(), outR.Close())
	}
	child := &Child{name: c.Name, cmd: cmd, stdin: inW, now: now,
		listening: make(chan Listening, 1), done: make(chan struct{})}
	read := make(chan struct{})
	go func() {
		defer close(read)
		child.read(outR, output)
	}()
	go child.wait(read, outR)
	return child, nil
}

// wait collects the exit. Output that a grandchild keeps open does not hold it up.
func (c *Child) wait(read <-chan struct{}, out *os.File) {
	_ = c.cmd.Wait() // the status is in ProcessState
	select {
	case <-read:
	case <-time.After(time.Second):
		_ = out.SetReadDeadline(time.Now()) // the wall clock: the runtime compares with it
		<-read
	}
	_, _ = out.Close(), c.stdin.Close()
	c.mu.Lock()
	c.exit = exitOf(c.cmd.ProcessState, c.now(), c.last.text())
	c.mu.Unlock()
	close(c.done)
}

func exitOf(s *os.ProcessState, at time.Time, last string) backends.Exit {
	e := backends.Exit{Code: s.ExitCode(), At: at, Log: last}
	if status, ok := s.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Code, e.Signal = -1, status.Signal().String()
	}
	return e
}

// PID is the process id.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Done is closed when the process ended and its output was read.
func (c *Child) Done() <-chan struct{} { return c.done }

// Exit tells how the process ended. It is meaningful once Done is closed.
func (c *Child) Exit() backends.Exit {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.exit
}

// Listening waits until the child said where it listens. It fails when the
// child ends first or ctx does.
func (c *Child) Listening(ctx context.Context) (Listening, error) {
	select {
	case l, ok := <-c.listening:
		if !ok {
			return Listening{}, fmt.Errorf("%s ended before it listened", c.name)
		}
		return l, nil
	case <-ctx.Done():
		return Listening{}, fmt.Errorf("wait until %s listens: %w", c.name, ctx.Err())
	}
}

// Send writes one command line, which ends in a newline.
func (c *Child) Send(line []byte) error {
	// The wall clock, not the injected one: the runtime compares with it.
	if err := c.stdin.SetWriteDeadline(time.Now().Add(sendTimeout)); err != nil {
		return fmt.Errorf("send a command to %s: %w", c.name, err)
	}
	if _, err := c.stdin.Write(line); err != nil {
		return fmt.Errorf("send a command to %s: %w", c.name, err)
	}
	return nil
}

// Stop asks the child to drain and exit, kills it after grace, and returns
// when it is gone.
func (c *Child) Stop(grace time.Duration) {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // fails only when it is gone already
	_ = c.stdin.Close()
	select {
	case <-c.done:
		return
	case <-time.After(grace):
	}
	_ = c.cmd.Process.Kill()
	<-c.done
}
