package views

import (
	"context"

	"pitwall/backends"
	"pitwall/backends/mlflow"
)

// Registry reads a model registry; *mlflow.Reader is one.
type Registry interface {
	Where() string // names it, without secrets; "" while that is not known
	Models(ctx context.Context) ([]mlflow.Model, error)
	Versions(ctx context.Context, name string) (mlflow.Model, []mlflow.Version, error)
	VersionReader
}

// VersionReader reads what belongs to one version of a model.
type VersionReader interface {
	Measured(ctx context.Context, v mlflow.Version) mlflow.Detail
	Detail(ctx context.Context, name, number string) (mlflow.Detail, error)
}

// DeployedAs lists the variants of a deployment as a registry compares them
// with the model of its name: those that have replicas, or are to have some.
func DeployedAs(d backends.Deployment) []mlflow.Deployed {
	list := make([]mlflow.Deployed, 0, len(d.Variants))
	for _, v := range d.Variants {
		if v.Desired > 0 || v.Ready > 0 || len(v.Replicas) > 0 {
			list = append(list, mlflow.Deployed{Deployment: d.Name, Variant: v.Name, Version: v.Version, SHA256: d.ModelSHA256(v)})
		}
	}
	return list
}

var _ Registry = (*mlflow.Reader)(nil)
