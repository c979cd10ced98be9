package engine

import (
	"context"
	"fmt"

	"pitwall/backends/internal/mask"
)

// Raw is everything that the engine tells about a container, secrets masked, in
// the order of the engine's answer. Texts are foreign.
type Raw = mask.Node

// InspectTree inspects a container by name or ID. Secrets are masked: in the
// environment, labels, options, commands, health checks and their output.
func (c *Client) InspectTree(ctx context.Context, nameOrID string) (Raw, error) {
	r, err := c.inspect(ctx, nameOrID)
	if err != nil {
		return Raw{}, err
	}
	tree, err := mask.Parse(r.Raw)
	if err != nil {
		return Raw{}, fmt.Errorf("read the inspection of container %s: %w", nameOrID, err)
	}
	inspectionShape.Hide(&tree)
	return tree, nil
}

// inspectionShape is where secrets stand in an inspection.
var inspectionShape = mask.Shape{
	Env:      []string{"Env"},
	Commands: []string{"Cmd", "Entrypoint", "Args", "Test", "Shell", "OnBuild", "arguments"},
	Maps:     []string{"Labels", "Config", "Options", "DriverOpts", "Annotations", "Sysctls", "StorageOpt"},
}
