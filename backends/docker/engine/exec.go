package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

const (
	maxOutput = 1 << 20               // bytes of each stream of a command that are kept
	execPoll  = 20 * time.Millisecond // between looks for the exit code of a command whose output ended
)

// ExecResult is how a command in a container ended.
type ExecResult struct {
	Stdout, Stderr []byte // the first MiB of each, foreign text
	Truncated      bool   // there was more
	Code           int    // 126 and 127: the program does not exist, Stdout says why
}

// Exec runs a command in a running container and waits for its end. stdin may
// be nil; it should end, else a goroutine reads on. A code other than 0 is no
// error. When ctx ends Exec returns, but the command runs on: the engine has
// no way to end it.
// Errors: *NotFoundError, *DownError, a container that does not run.
func (c *Client) Exec(ctx context.Context, id string, cmd []string, stdin io.Reader) (ExecResult, error) {
	doing := fmt.Sprintf("run %q in container %s", first(cmd), id)
	created, err := c.api.ExecCreate(ctx, id, client.ExecCreateOptions{AttachStdin: stdin != nil, AttachStdout: true, AttachStderr: true, Cmd: cmd})
	if err != nil {
		return ExecResult{}, c.missing(ctx, doing, "container", id, err)
	}
	stream, err := c.api.ExecAttach(ctx, created.ID, client.ExecAttachOptions{})
	if err != nil {
		return ExecResult{}, c.fail(ctx, doing, err)
	}
	defer stream.Close()
	defer context.AfterFunc(ctx, stream.Close)()
	if stdin != nil {
		go func() {
			_, _ = io.Copy(stream.Conn, stdin) // a command may end without reading all
			_ = stream.CloseWrite()
		}()
	}
	out, errs := &capped{most: maxOutput}, &capped{most: maxOutput}
	if _, err := stdcopy.StdCopy(out, errs, stream.Reader); err != nil && ctx.Err() == nil {
		return ExecResult{}, c.fail(ctx, doing, err)
	}
	if ctx.Err() != nil {
		return ExecResult{}, c.fail(ctx, doing, ctx.Err())
	}
	code, err := c.exitCode(ctx, created.ID)
	if err == nil {
		err = notRun(code, errs.Bytes(), out.Bytes())
	}
	return ExecResult{Stdout: out.Bytes(), Stderr: errs.Bytes(), Truncated: out.cut || errs.cut, Code: code}, c.fail(ctx, doing, err)
}

// cannotRun is the exit status of a command that the engine could not start.
const cannotRun = 126

// notRun is the error of a command that did not run because the engine has no
// room left for its pipes. The engine tells it in the command's output.
func notRun(code int, outputs ...[]byte) error {
	for _, out := range outputs {
		if err := errors.New(strings.TrimSpace(string(out))); code == cannotRun && full(err) {
			return err
		}
	}
	return nil
}

// exitCode waits for the engine to notice the end of a command, which may be a
// moment after the end of its output.
func (c *Client) exitCode(ctx context.Context, exec string) (int, error) {
	for {
		r, err := c.api.ExecInspect(ctx, exec, client.ExecInspectOptions{})
		if err != nil || !r.Running {
			return r.ExitCode, err
		}
		select {
		case <-time.After(execPoll):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// capped keeps the first bytes that are written to it and takes the rest.
type capped struct {
	bytes.Buffer
	most int
	cut  bool
}

func (c *capped) Write(p []byte) (int, error) {
	room := c.most - c.Len()
	if len(p) > room {
		c.cut = true
		c.Buffer.Write(p[:max(room, 0)])
		return len(p), nil
	}
	return c.Buffer.Write(p)
}

func first(cmd []string) string {
	if len(cmd) == 0 {
		return ""
	}
	return cmd[0]
}
