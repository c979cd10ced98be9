package prometheus

import (
	"context"
	"net/http"
	"time"

	"pitwall/backends"
)

// Client reads one server. Its methods may be called from any goroutine; equal
// calls that overlap share one answer. Errors are *Error.
type Client struct{}

// New makes a client of the server that s describes. It opens no connection.
func New(s Source, p Profile) (*Client, error) { return &Client{}, nil }

// InProcess makes a client of h, without a port or a socket.
func InProcess(h http.Handler, p Profile) (*Client, error) { return &Client{}, nil }

// Signals returns deployment → variant ("" is the whole deployment) → signals.
func (c *Client) Signals(ctx context.Context) (map[string]map[string]backends.Signals, error) {
	return nil, nil
}

// Alerts returns the alerts that are pending or firing, the critical ones
// first, then by deployment, name and variant.
func (c *Client) Alerts(ctx context.Context) ([]backends.Alert, error) { return nil, nil }

// Recent returns the requests per second of each deployment over the last
// window, oldest first, one value every step, NaN where missing.
func (c *Client) Recent(ctx context.Context, window, step time.Duration) (map[string][]float64, error) {
	return nil, nil
}

// Range returns the series of one panel of a deployment.
func (c *Client) Range(ctx context.Context, deployment string, p Panel, from, to time.Time, step time.Duration) ([]Series, error) {
	return nil, nil
}

// Features returns the drift of every feature of a deployment.
func (c *Client) Features(ctx context.Context, deployment string) ([]FeatureDrift, error) {
	return nil, nil
}

// Counts returns how many requests and errors each variant got in every step
// since a time.
func (c *Client) Counts(ctx context.Context, deployment string, since time.Time, step time.Duration) ([]Interval, error) {
	return nil, nil
}
