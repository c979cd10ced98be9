package mlflow

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// source reads a registry: a server, or a directory.
type source interface {
	modelSource
	runSource
	fileSource
	where() string // without secrets
	about(ctx context.Context) (Server, error)
}

type modelSource interface {
	models(ctx context.Context) ([]Model, error)
	model(ctx context.Context, name string) (Model, error)
	versions(ctx context.Context, name string) ([]Version, error) // newest first, perhaps without aliases
	version(ctx context.Context, name, number string) (Version, error)
}

type runSource interface {
	run(ctx context.Context, id string) (Run, error)
	history(ctx context.Context, id, key string) ([]Metric, error)
	loggedModel(ctx context.Context, id string) (LoggedModel, error)
}

type fileSource interface {
	artifacts(ctx context.Context, v Version) ([]Artifact, error)
	file(ctx context.Context, v Version, name string, limit int64) ([]byte, error)
}

// Reader reads a registry and holds nothing that could write. Its methods may
// be called from any goroutine. Errors are *Error, that of the context, or of
// the file system.
type Reader struct{ source }

// Where names the registry: the URL of its server without credentials, or its
// directory.
func (r *Reader) Where() string { return r.where() }

// Server says what answers.
func (r *Reader) Server(ctx context.Context) (Server, error) { return r.about(ctx) }

// Models lists the registered models by name. A server leaves out those that
// the user may not read. Prompts, which MLflow stores as models, are left out.
func (r *Reader) Models(ctx context.Context) ([]Model, error) { return r.models(ctx) }

// Model reads one model with its aliases.
func (r *Reader) Model(ctx context.Context, name string) (Model, error) { return r.model(ctx, name) }

// Versions lists the versions of a model, newest first, with their aliases,
// and the model itself. A listing of MLflow carries no aliases (trap 2): they
// come from the model, whose aliases may also point to a deleted version.
func (r *Reader) Versions(ctx context.Context, name string) (Model, []Version, error) {
	m, err := r.model(ctx, name)
	if err != nil {
		return Model{}, nil, err
	}
	list, err := r.versions(ctx, name)
	if err != nil {
		return Model{}, nil, err
	}
	for i := range list {
		list[i].Aliases = nil
		for _, a := range m.AliasList() {
			if a.Version == list[i].Number {
				list[i].Aliases = append(list[i].Aliases, a.Name)
			}
		}
	}
	return m, list, nil
}

// Dangling lists the aliases of a model that point to none of its versions.
func Dangling(m Model, versions []Version) []Alias {
	return slices.DeleteFunc(m.AliasList(), func(a Alias) bool {
		return slices.ContainsFunc(versions, func(v Version) bool { return v.Number == a.Version })
	})
}

// Version reads one version with its aliases.
func (r *Reader) Version(ctx context.Context, name, number string) (Version, error) {
	return r.version(ctx, name, number)
}

// Run reads the run of a version. A deleted run is read too: see Run.Deleted.
func (r *Reader) Run(ctx context.Context, id string) (Run, error) { return r.run(ctx, id) }

// History reads every value of a metric of a run, in the order of its steps as
// the registry has them, at most a few million.
func (r *Reader) History(ctx context.Context, run, metric string) ([]Metric, error) {
	return r.history(ctx, run, metric)
}

// LoggedModel reads the entity of MLflow 3.x that Version.LoggedModelID names.
// 2.x does not know it.
func (r *Reader) LoggedModel(ctx context.Context, id string) (LoggedModel, error) {
	return r.loggedModel(ctx, id)
}

// Artifacts lists the files of a version with their sizes, at most 10,000.
func (r *Reader) Artifacts(ctx context.Context, v Version) ([]Artifact, error) {
	return r.artifacts(ctx, v)
}

// sortedMetrics orders metrics by their names and keeps the last value of each,
// one for each data set that it was measured on.
func sortedMetrics(list []Metric) []Metric {
	type measured struct{ key, dataset, digest string }
	last := make(map[measured]Metric, len(list))
	for _, m := range list {
		k := measured{m.Key, m.Dataset, m.DatasetDigest}
		if old, had := last[k]; !had || old.Step < m.Step || old.Step == m.Step && !m.Time.Before(old.Time) {
			last[k] = m
		}
	}
	return slices.SortedFunc(maps.Values(last), func(a, b Metric) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.DatasetDigest, b.DatasetDigest))
	})
}
