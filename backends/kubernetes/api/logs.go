package api

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// LogOptions select lines of a container's log.
type LogOptions struct {
	Container string
	Since     time.Time // zero: all; the API takes whole seconds, so that older lines of that second come too
	Tail      int       // at most so many of the lines that are there, 0: all
	Follow    bool      // go on until the container ends
	Previous  bool      // of the run before the one that runs
}

var pods = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// Log opens the log of a container as the kubelet has it: a time (RFC 3339, in
// nanoseconds) and a space before every line. The caller closes it; it ends with
// ctx. A container that has not run yet is refused with 400.
// Errors: *RightError, *DownError, *CredentialError, or the API server's own.
func (c *Client) Log(ctx context.Context, namespace, pod string, o LogOptions) (io.ReadCloser, error) {
	r := c.typed.Get().AbsPath(append(Path(pods, namespace, pod), "log")...).Param("timestamps", "true")
	if o.Container != "" {
		r = r.Param("container", o.Container)
	}
	if !o.Since.IsZero() {
		r = r.Param("sinceTime", o.Since.UTC().Truncate(time.Second).Format(time.RFC3339))
	}
	if o.Tail > 0 {
		r = r.Param("tailLines", strconv.Itoa(o.Tail))
	}
	if o.Follow {
		r = r.Param("follow", "true")
	}
	if o.Previous {
		r = r.Param("previous", "true")
	}
	body, err := r.Stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the log of pod %s/%s: %w", namespace, pod, Explain(err))
	}
	return body, nil
}
