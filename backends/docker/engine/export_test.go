package engine

import (
	"testing"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// Attach joins a container to one more network, which pitwall itself never does.
func Attach(t *testing.T, c *Client, id, name, alias string) {
	t.Helper()
	_, err := c.api.NetworkConnect(t.Context(), name, client.NetworkConnectOptions{Container: id, EndpointConfig: &network.EndpointSettings{Aliases: []string{alias}}})
	if err != nil {
		t.Fatal(err)
	}
}

// CreateTTY creates a container whose output is a terminal's.
func CreateTTY(t *testing.T, c *Client, s Spec) string {
	t.Helper()
	config := s.config()
	config.Tty = true
	id, err := c.create(t.Context(), client.ContainerCreateOptions{Name: s.Name, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
