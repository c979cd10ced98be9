package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"pitwall/backends/mlflow"
	"pitwall/checklist/probes"
)

// registered reads the registry for the probes of a checklist. A model has the
// name of its deployment.
type registered struct {
	registry *mlflow.Reader
	sha256   string // of the model file that is served, "" when not known
}

// Registered implements probes.Registry.
func (r registered) Registered(ctx context.Context, deployment, version string) (probes.Registered, error) {
	m, list, err := r.registry.Versions(ctx, deployment)
	switch {
	case mlflow.IsNotFound(err):
		return probes.Registered{}, fmt.Errorf("%w: the registry %s: %w", probes.ErrNotRegistered, r.registry.Where(), err)
	case err != nil:
		return probes.Registered{}, fmt.Errorf("the registry %s: %w", r.registry.Where(), err)
	}
	v, found := mlflow.Registered(list, mlflow.Deployed{Deployment: deployment, Version: version, SHA256: r.sha256})
	if !found {
		return probes.Registered{}, fmt.Errorf("%w: the registry %s has no version of %s that is %s with this file", probes.ErrNotRegistered, r.registry.Where(), m.Name, cmp.Or(version, "this one"))
	}
	d, err := r.registry.Detail(ctx, m.Name, v.Number)
	if err != nil {
		return probes.Registered{}, fmt.Errorf("the registry %s: %w", r.registry.Where(), err)
	}
	return registeredView(d, v.Aliases, r.registry.Where()), nil
}

func registeredView(d mlflow.Detail, aliases []string, where string) probes.Registered {
	v := d.Version
	out := probes.Registered{Model: v.Model, Version: v.Number, Aliases: aliases, Status: v.Status, Validation: v.Tags["validation_status"],
		RunID: v.RunID, Metrics: map[string]float64{}, Bytes: -1, From: fmt.Sprintf("%s, version %s of %s", where, v.Number, v.Model)}
	for _, x := range d.Metrics {
		out.Metrics[x.Key] = x.Value
		if x.Dataset != "" {
			out.Dataset = named(x.Dataset, x.DatasetDigest)
		}
	}
	if d.Run != nil {
		out.RunStatus = d.Run.Status
		if d.Run.Deleted {
			out.RunStatus = "deleted"
		}
		for _, x := range d.Run.Inputs {
			out.Dataset = cmp.Or(out.Dataset, named(x.Name, x.Digest))
		}
	}
	if len(d.Files) > 0 {
		out.Bytes = d.Bytes
	}
	return out
}

// named is a data set with its digest.
func named(name, digest string) string {
	return strings.TrimSuffix(name+" ("+digest+")", " ()")
}
