package supervisor

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/mlflow"
	"pitwall/backends/mlflow/modelfile"
)

// RegistryDir is where, in the state directory, the stack's own model registry
// is: a directory in the layout of MLflow's file store, which needs no server.
const RegistryDir = "mlruns"

// fillRegistry registers the models of the deployments that the registry does
// not know yet. A deployment that is new there gets the aliases of what serves
// now; later they are for people to move. Without a registry everything else
// runs, so a failure is told and nothing more.
func (s *Supervisor) fillRegistry(ctx context.Context) {
	r, err := mlflow.Open(s.dir.Path(RegistryDir), mlflow.Options{Create: true, Now: s.now})
	for _, conf := range s.store.Stack().Deployments {
		if err == nil {
			err = s.registerModels(ctx, r, conf)
		}
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn("the model registry could not be filled", "error", err.Error())
		s.event(backends.Event{Kind: "registry", State: backends.Warn, Text: "the model registry could not be filled: " + err.Error()})
	}
}

// registerModels registers the models of one deployment.
func (s *Supervisor) registerModels(ctx context.Context, r *mlflow.Registry, conf desired.Deployment) error {
	_, known, err := r.Versions(ctx, conf.Name)
	isNew := mlflow.IsNotFound(err)
	if err != nil && !isNew {
		return err
	}
	for _, m := range conf.Models {
		if _, found := mlflow.Registered(known, mlflow.Deployed{Version: m.Version, SHA256: m.SHA256}); found {
			continue
		}
		if err := s.registerModel(ctx, r, conf.Name, m); err != nil {
			return err
		}
	}
	if !isNew {
		return nil
	}
	if _, known, err = r.Versions(ctx, conf.Name); err != nil {
		return err
	}
	for variant, alias := range map[string]string{backends.Stable: mlflow.Champion, "B": mlflow.Challenger} {
		v := conf.Variant(variant)
		if v == nil || conf.Revision(v.Revision) == nil {
			continue
		}
		m := conf.Revision(v.Revision).Model
		if version, found := mlflow.Registered(known, mlflow.Deployed{Version: m.Version, SHA256: m.SHA256}); found {
			if err := r.SetAlias(ctx, mlflow.AliasChange{Model: conf.Name, Alias: alias, After: version.Number}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Supervisor) registerModel(ctx context.Context, r *mlflow.Registry, name string, m desired.Model) error {
	data, err := readDataset(s.config.Models, name)
	if err != nil {
		return err
	}
	reg, loaded, err := modelfile.Describe(name, s.library.modelPath(m), data.Features)
	if err != nil {
		return err
	}
	if len(data.Labels) == len(data.Rows) {
		var rows []float32
		labels := make([]string, len(data.Labels))
		for i, row := range data.Rows {
			rows, labels[i] = append(rows, row...), strconv.Itoa(data.Labels[i])
		}
		measured, err := modelfile.Evaluate(loaded, rows, labels)
		if err != nil {
			return err
		}
		maps.Copy(reg.Metrics, measured)
		reg.Params["measured_on"] = fmt.Sprintf("all %d rows of the seed data; the shipped models were trained on 70 %% of them", len(labels))
	}
	reg.Description, reg.User, reg.Tags[mlflow.TagVersion] = m.Note, "pitwall", m.Version
	_, err = r.Register(ctx, reg)
	return err
}
