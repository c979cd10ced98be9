package stack

import (
	"context"

	"pitwall/backends/docker/engine"
)

// foreignDoor is the front door of a kind that is not pitwall's own.
func (o Options) foreignDoor(d deployment) (engine.Spec, []string, error) {
	return engine.Spec{}, nil, nil
}

func (u *upper) prepareDoors(ctx context.Context) error { return nil }
func foreignProbe(kind string) []string                 { return nil }
func (o Options) grafanaName() string                   { return o.Name + "-grafana" }
