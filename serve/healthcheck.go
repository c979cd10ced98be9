package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Healthcheck asks the server at addr, as it was given to Config.Listen,
// whether it is ready. It serves container health checks, where an image from
// scratch has no curl; an address of all interfaces is asked over loopback.
func Healthcheck(ctx context.Context, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return &UsageError{fmt.Errorf("health check: %w", err)}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/ready", nil)
	if err != nil {
		return &UsageError{fmt.Errorf("health check: %w", err)}
	}
	// a transport of its own: no proxy from the environment, no connection left open
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return fmt.Errorf("health check of %s: %w", addr, err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	var answer readiness
	body, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
	if json.Unmarshal(body, &answer) != nil || answer.Reason == "" {
		return fmt.Errorf("health check of %s: not ready: %s", addr, response.Status)
	}
	return fmt.Errorf("health check of %s: not ready: %s", addr, answer.Reason)
}
