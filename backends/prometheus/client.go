package prometheus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	promapi "github.com/prometheus/client_golang/api"
	api "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"golang.org/x/sync/singleflight"
)

const (
	refreshTimeout = 2 * time.Second  // of what is asked again and again
	rangeTimeout   = 10 * time.Second // of what a chart asks for once
)

// EmbeddedWindow is the Source.Window that suits the embedded server
// (serve/monitor), which scrapes each second: that of its alert rules.
const EmbeddedWindow = model.Duration(30 * time.Second)

// Client reads one server. Its methods may be called from any goroutine. Equal
// calls that overlap share one answer, so what they return must not be changed.
//
// Errors are *Error, that of the context, or by pod that of Workloads. A method may return data and an
// error together: the data then is what could be read.
type Client struct {
	name    string
	api     api.API
	profile Profile
	window  time.Duration
	now     func() time.Time

	flight singleflight.Group
	native atomic.Pointer[bool] // nil until the server was asked
}

// New makes a client of the server that s describes. It opens no connection,
// but reports what is wrong with the settings: a file that cannot be read, for
// instance.
func New(s Source, p Profile) (*Client, error) {
	if err := checkURL(s.URL.URL); err != nil {
		return nil, err
	}
	transport, err := config.NewRoundTripperFromConfig(s.HTTP, s.name(), config.WithUserAgent("pitwall"))
	if err != nil {
		return nil, fmt.Errorf("settings of %s: %w", s.name(), err)
	}
	return newClient(s, p, transport)
}

func newClient(s Source, p Profile, transport http.RoundTripper) (*Client, error) {
	base, err := promapi.NewClient(promapi.Config{Address: s.URL.String(), RoundTripper: capped{transport}})
	if err != nil {
		return nil, fmt.Errorf("URL of %s: %w", s.name(), err)
	}
	c := &Client{name: s.name(), profile: p, window: s.window(), now: time.Now}
	c.api = api.NewAPI(judged{Client: base, client: c})
	return c, nil
}

// instant asks for the present values, at the server's own time.
func (c *Client) instant(ctx context.Context, expr string) (model.Vector, error) {
	if expr == "" {
		return nil, nil
	}
	value, warnings, _, err := c.api.Query(ctx, expr, time.Time{})
	if err != nil {
		return nil, c.explain(err)
	}
	vector, ok := value.(model.Vector)
	if !ok {
		return nil, c.wrongType(value, "vector")
	}
	return vector, c.warned(warnings)
}

// over asks for the values at every step of a span.
func (c *Client) over(ctx context.Context, expr string, s span) (model.Matrix, error) {
	if expr == "" {
		return nil, nil
	}
	value, warnings, _, err := c.api.QueryRange(ctx, expr, api.Range{Start: s.start, End: s.end(), Step: s.step})
	if err != nil {
		return nil, c.explain(err)
	}
	matrix, ok := value.(model.Matrix)
	if !ok {
		return nil, c.wrongType(value, "matrix")
	}
	return matrix, c.warned(warnings)
}

func (c *Client) wrongType(value model.Value, want string) error {
	if value == nil {
		return c.failure(Garbled, nil, "the answer is not one of Prometheus (no data in it): check the URL")
	}
	return c.failure(Garbled, nil, "answered with a %s instead of a %s", value.Type(), want)
}

func (c *Client) warned(warnings api.Warnings) error {
	if len(warnings) == 0 {
		return nil
	}
	slices.Sort(warnings)
	return c.failure(Partial, nil, "the answer may be incomplete: %s", warnings[0])
}

// knowsNative asks the server once whether it has the functions of native
// histograms. VictoriaMetrics and old servers refuse a query that names one.
func (c *Client) knowsNative(ctx context.Context) (bool, error) {
	if known := c.native.Load(); known != nil {
		return *known, nil
	}
	_, err := c.instant(ctx, "histogram_count(vector(1))")
	var refused *Error
	if errors.As(err, &refused) && refused.Kind != Rejected && refused.Kind != Partial {
		return false, err
	}
	known := refused == nil || refused.Kind == Partial
	c.native.Store(&known)
	return known, nil
}

// scope prepares expressions for this server, of one deployment or with "" of all.
func (c *Client) scope(ctx context.Context, deployment string) (scope, error) {
	profile, err := c.asked(ctx, deployment)
	if err != nil {
		return scope{}, err
	}
	native, err := c.knowsNative(ctx)
	return scope{profile: profile, window: c.window, deployment: deployment, native: native}, err
}

// shared runs ask once for all callers that want the same at the same time,
// for at most timeout. A caller whose context ends does not take the answer
// from the others.
func shared[T any](ctx context.Context, c *Client, key string, timeout time.Duration, ask func(context.Context) (T, error)) (T, error) {
	answer := c.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		value, err := ask(ctx)
		return value, c.timedOut(err, timeout)
	})
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case r := <-answer:
		return r.Val.(T), r.Err
	}
}
