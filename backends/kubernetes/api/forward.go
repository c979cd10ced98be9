package api

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/klog/v2"
	"k8s.io/streaming/pkg/httpstream"
)

// Forward listens at a loopback port, 0 for any, and passes connections to a
// port of a pod as kubectl does: by a WebSocket, and by SPDY where the API
// server or a proxy before it does not take that. It returns nil when ctx ends;
// ready is called with the address before.
// Errors: those of Explain.
func (c *Client) Forward(ctx context.Context, namespace, pod string, local, remote int, ready func(address string)) error {
	doing := fmt.Sprintf("forward to port %d of pod %s/%s", remote, namespace, pod)
	dialer, err := c.forwarder(ctx, namespace, pod)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	quiet := klog.NewContext(ctx, klog.Logger{})
	opened := make(chan struct{})
	f, err := portforward.NewOnAddressesForStreamingWithContext(quiet, dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("%d:%d", local, remote)}, opened, io.Discard, io.Discard)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- f.ForwardPorts() }()
	select {
	case err := <-ended:
		return forwardEnded(ctx, doing, err)
	case <-opened:
	}
	ports, err := f.GetPorts()
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	ready(net.JoinHostPort("127.0.0.1", strconv.Itoa(int(ports[0].Local))))
	return forwardEnded(ctx, doing, <-ended)
}

func forwardEnded(ctx context.Context, doing string, err error) error {
	switch {
	case ctx.Err() != nil:
		return nil
	case err == nil:
		return fmt.Errorf("%s: the connection ended", doing)
	}
	return fmt.Errorf("%s: %w", doing, Explain(err))
}

// forwarder dials a pod.
func (c *Client) forwarder(ctx context.Context, namespace, pod string) (httpstream.Dialer, error) {
	conf := c.config
	if c.credentials != nil {
		signed, err := c.credentials.sign(ctx, conf)
		if err != nil {
			return nil, err
		}
		conf = signed
	}
	base, err := url.Parse(conf.Host)
	if err != nil {
		return nil, err
	}
	if base.Scheme == "" { // a kubeconfig may name a host only
		base = &url.URL{Scheme: "https", Host: conf.Host}
	}
	at := base.JoinPath(strings.Join(append(Path(pods, namespace, pod), "portforward"), "/"))
	transport, upgrader, err := spdy.RoundTripperFor(conf)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, at)
	socket, err := portforward.NewSPDYOverWebsocketDialerForStreamingWithLogger(klog.Logger{}, at, conf)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialerForStreaming(socket, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}
