package engine

import (
	"context"
	"io"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// NewOutput gives what a container writes to its standard output from now on,
// until it stops, ctx ends or the reader is closed. What was written before is
// not looked at, however much it is.
// Errors: *DownError, *NotFoundError, and what the engine says where its logging
// driver gives nothing back.
func (c *Client) NewOutput(ctx context.Context, id string) (io.ReadCloser, error) {
	found, err := c.limits(ctx, id)
	if err != nil {
		return nil, c.missing(ctx, "read the output of container "+id, "container", id, err)
	}
	body, err := c.api.ContainerLogs(ctx, found.ID, client.ContainerLogsOptions{ShowStdout: true, Follow: true, Tail: "0"})
	if err != nil {
		return nil, c.missing(ctx, "read the output of container "+id, "container", id, err)
	}
	if found.TTY {
		return body, nil
	}
	r, w := io.Pipe()
	go func() {
		_, err := stdcopy.StdCopy(w, io.Discard, body)
		_ = body.Close()
		_ = w.CloseWithError(err) // nil is the end
	}()
	return &output{r, body}, nil
}

// output closes the answer too, so that nobody waits for its next line.
type output struct {
	*io.PipeReader
	body io.Closer
}

func (o *output) Close() error {
	_ = o.PipeReader.Close() // has no error
	return o.body.Close()
}
