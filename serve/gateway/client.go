package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// ErrUnauthorized says that the gateway does not know the client's token.
var ErrUnauthorized = errors.New("the gateway refused the admin token")

// Client speaks to the admin API of a gateway. It is safe for concurrent use.
type Client struct {
	url, token string
	http       *http.Client
}

// NewClient makes a client for the admin listener at addr (host:port).
func NewClient(addr, token string) *Client {
	return &Client{
		url:   "http://" + addr + "/v1/state",
		token: token,
		// No proxy: the token stays on this machine.
		http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{Proxy: nil, IdleConnTimeout: time.Minute}},
	}
}

// Close releases the idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// State reads the gateway's state. Errors: ErrUnauthorized, or what the
// network says.
func (c *Client) State(ctx context.Context) (State, error) {
	s, err := c.do(ctx, http.MethodGet, nil, "")
	if err != nil {
		return State{}, fmt.Errorf("read the gateway's state: %w", err)
	}
	return s, nil
}

// SetState replaces the gateway's state if its generation is still the given
// one, and returns the new state. When it returns, no new request reaches a
// backend that is draining or gone. Errors: *ConflictError with the state that
// holds, ErrInvalid, ErrUnauthorized, or what the network says; only in the
// last case can the state have changed.
func (c *Client) SetState(ctx context.Context, s State, generation int64) (State, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return State{}, fmt.Errorf("encode the gateway's state: %w", err)
	}
	after, err := c.do(ctx, http.MethodPut, body, fmt.Sprintf(`"%d"`, generation))
	if err != nil {
		return State{}, fmt.Errorf("change the gateway's state: %w", err)
	}
	return after, nil
}

func (c *Client) do(ctx context.Context, method string, body []byte, ifMatch string) (State, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.url, bytes.NewReader(body))
	if err != nil {
		return State{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if ifMatch != "" {
		req.Header.Set("If-Match", ifMatch)
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return State{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return State{}, err
	}
	return readAnswer(resp.StatusCode, text)
}

func readAnswer(code int, text []byte) (State, error) {
	switch code {
	case http.StatusOK, http.StatusPreconditionFailed:
		var s State
		if err := json.Unmarshal(text, &s); err != nil {
			return State{}, fmt.Errorf("read the answer: %w", err)
		}
		if code == http.StatusPreconditionFailed {
			return State{}, &ConflictError{Current: s}
		}
		return s, nil
	case http.StatusUnauthorized:
		return State{}, ErrUnauthorized
	}
	var failed errorBody
	if json.Unmarshal(text, &failed) != nil || failed.Error == "" {
		failed.Error = http.StatusText(code)
	}
	if code == http.StatusBadRequest {
		return State{}, fmt.Errorf("%w: %s", ErrInvalid, failed.Error)
	}
	return State{}, fmt.Errorf("status %d: %s", code, failed.Error)
}
