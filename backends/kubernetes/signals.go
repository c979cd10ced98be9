package kubernetes

import (
	"cmp"
	"context"
	"slices"

	"pitwall/backends"
	"pitwall/backends/pods"
)

var _ backends.SignalSource = (*Backend)(nil)

// Prometheus implements backends.SignalSource. A cluster does not say where its
// Prometheus is: the configuration does.
func (b *Backend) Prometheus(context.Context) (string, error) {
	return "", &backends.NotFoundError{Kind: "Prometheus (give one with --prometheus URL) for context", Name: b.client.Context}
}

// Workloads tell which pods serve which variant, by the names of the listing,
// in one order. While the API server is away they are those of before: the
// pods go on, and so do their series.
func (b *Backend) Workloads(ctx context.Context) ([]pods.Workload, error) {
	err := b.settle(ctx)
	var out []pods.Workload
	spaces, _ := b.refresh()
	for _, s := range spaces {
		out = append(out, s.workloads...)
	}
	if err != nil && out == nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b pods.Workload) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Form, b.Form), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Deployment, b.Deployment), cmp.Compare(a.Variant, b.Variant))
	})
	return out, nil
}
