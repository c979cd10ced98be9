package monitor

import (
	"context"
	"fmt"
	"net/http"
)

// Healthcheck asks the monitor at a loopback address whether it is ready.
func Healthcheck(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/-/ready", nil)
	if err != nil {
		return fmt.Errorf("health check of %s: %w", address, err)
	}
	// a transport of its own: no proxy from the environment, no connection left open
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return fmt.Errorf("health check of %s: %w", address, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("health check of %s: not ready: %s", address, response.Status)
	}
	return nil
}
