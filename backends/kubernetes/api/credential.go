package api

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"
	"k8s.io/client-go/util/connrotation"
)

// credentials are what the plugin of a kubeconfig says of who asks. client-go
// has its own way to run one, which no context ends: a plugin that hangs would
// hold the process. It is safe for concurrent use.
type credentials struct {
	plugin plugin
	now    func() time.Time
	ctx    context.Context // ends with the client
	stop   context.CancelFunc
	dialed *connrotation.ConnectionTracker

	mu      sync.Mutex
	latest  *attempt
	running sync.WaitGroup
}

// attempt is one run of the plugin, which all wait for that need it.
type attempt struct {
	done  chan struct{} // closed when what is below is set
	cred  credential
	err   error
	ended time.Time
	bad   bool // the API server does not take it; guarded by credentials.mu
}

// retryAfter is how long a plugin that failed is not asked again: a dozen
// watches want the same answer.
const retryAfter = 5 * time.Second

func newCredentials(p plugin, now func() time.Time) *credentials {
	ctx, stop := context.WithCancel(context.Background())
	return &credentials{plugin: p, now: now, ctx: ctx, stop: stop, dialed: connrotation.NewConnectionTracker()}
}

// close ends the plugin, if it runs, with all that it started.
func (c *credentials) close() {
	c.mu.Lock()
	c.stop() // nothing is run from here on
	c.mu.Unlock()
	c.running.Wait()
}

// get waits for a credential that has not expired, as long as ctx lasts.
func (c *credentials) get(ctx context.Context) (*attempt, error) {
	c.mu.Lock()
	a := c.latest
	if c.ctx.Err() == nil && (a == nil || c.stale(a)) {
		next, last := &attempt{done: make(chan struct{})}, a
		a, c.latest = next, next
		c.running.Go(func() { c.run(next, last) })
	}
	c.mu.Unlock()
	if a == nil {
		return nil, c.ctx.Err()
	}
	select {
	case <-a.done:
		return a, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// stale reports whether an attempt is to be made again; the caller holds mu.
func (c *credentials) stale(a *attempt) bool {
	select {
	case <-a.done:
	default:
		return false
	}
	if a.err != nil || a.bad {
		return c.now().Sub(a.ended) >= retryAfter
	}
	return !a.cred.expires.IsZero() && !c.now().Before(a.cred.expires)
}

func (c *credentials) run(a, last *attempt) {
	a.cred, a.err = c.plugin.run(c.ctx)
	a.ended = c.now()
	close(a.done)
	if last != nil && last.cred.cert != nil && a.err == nil {
		c.dialed.CloseAll() // they go by the old certificate
	}
}

// refuse notes that the API server does not take a credential.
func (c *credentials) refuse(a *attempt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a.bad = true
}

// certificate is what the latest answer has, for a connection that a request
// makes after it waited for that answer.
func (c *credentials) certificate() (*tls.Certificate, error) {
	a, err := c.get(c.ctx)
	if err != nil {
		return nil, err
	}
	return a.cred.cert, nil
}

// client makes the client whose requests bring the credential.
func (c *credentials) client(conf *rest.Config) (*http.Client, error) {
	t, err := conf.TransportConfig()
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second} // as client-go has them
	t.DialHolder = &transport.DialHolder{Dial: connrotation.NewDialerWithTracker(dialer.DialContext, c.dialed).DialContext}
	t.TLS.GetCertHolder = &transport.GetCertHolder{GetCert: c.certificate}
	t.Wrap(func(next http.RoundTripper) http.RoundTripper { return &authorized{c, next} })
	trip, err := transport.New(t)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: trip, Timeout: conf.Timeout}, nil
}

// sign is a configuration that has the credential in it, for what makes its own
// connections.
func (c *credentials) sign(ctx context.Context, conf *rest.Config) (*rest.Config, error) {
	a, err := c.get(ctx)
	if err != nil {
		return nil, err
	}
	signed := rest.CopyConfig(conf)
	signed.BearerToken, signed.CertData, signed.KeyData = a.cred.token, a.cred.certPEM, a.cred.keyPEM
	return signed, nil
}

// authorized adds the credential to requests.
type authorized struct {
	credentials *credentials
	next        http.RoundTripper
}

var _ utilnet.RoundTripperWrapper = (*authorized)(nil)

// WrappedRoundTripper gives the transport below.
func (t *authorized) WrappedRoundTripper() http.RoundTripper { return t.next }

// RoundTrip implements http.RoundTripper.
func (t *authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := t.credentials.get(r.Context())
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, fmt.Errorf("who asks is not known: %w", err)
	}
	if a.cred.token != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+a.cred.token)
	}
	answer, err := t.next.RoundTrip(r)
	if err == nil && answer.StatusCode == http.StatusUnauthorized {
		t.credentials.refuse(a)
	}
	return answer, err
}
