package prometheus

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/prometheus/client_golang/api"
)

// maxBody is the size in bytes at which an answer is given up.
const maxBody = 16 << 20

var errTooLarge = errors.New("answer too large")

// capped limits the bodies of another transport.
type capped struct{ http.RoundTripper }

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = &cappedBody{ReadCloser: response.Body, left: maxBody}
	}
	return response, err
}

type cappedBody struct {
	io.ReadCloser
	left int
}

func (b *cappedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	b.left -= n
	return n, err
}

// judged looks at each answer before the client library decodes it, which
// would hide the status and quote login pages.
type judged struct {
	api.Client
	client *Client
}

// Do implements api.Client.
func (j judged) Do(ctx context.Context, r *http.Request) (*http.Response, []byte, error) {
	response, body, err := j.Client.Do(ctx, r)
	if err == nil {
		err = j.client.refusal(response, body)
	}
	return response, body, err
}
