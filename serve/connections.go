package serve

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// connections follows the state of every open connection, since
// http.Server.Shutdown alone would lose requests: it drops those that are read
// after it began, on connections that were accepted before.
type connections struct {
	mu     sync.Mutex
	states map[net.Conn]http.ConnState
}

// changed is the server's ConnState hook.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(c.states, conn)
		return
	}
	if c.states == nil {
		c.states = make(map[net.Conn]http.ConnState)
	}
	c.states[conn] = state
}

// busy counts the connections with a request under way, and the new ones, whose
// first request is to come.
func (c *connections) busy() (active, fresh int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, state := range c.states {
		switch state {
		case http.StateActive:
			active++
		case http.StateNew:
			fresh++
		}
	}
	return active, fresh
}

// firstRequest is how long a connection may take to send its first request
// before it counts as idle: some clients open them in reserve.
const firstRequest = time.Second

// settle waits until no connection is busy, or ctx ends.
func (c *connections) settle(ctx context.Context) {
	began := time.Now()
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for {
		active, fresh := c.busy()
		if active == 0 && (fresh == 0 || time.Since(began) > firstRequest) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		}
	}
}
