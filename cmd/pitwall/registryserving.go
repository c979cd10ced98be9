package main

import (
	"context"
	"fmt"
	"strings"

	"pitwall/backends/mlflow"
	"pitwall/ui/draw"
	"pitwall/views"
)

// deployedAs lists the variants of the deployment that has a model's name.
func (a *app) deployedAs(ctx context.Context, model string) ([]mlflow.Deployed, error) {
	s, err := a.attach(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	snap, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	r, found := snap.Row(model)
	if !found {
		return nil, nil // served elsewhere, or not at all
	}
	return views.DeployedAs(r.Deployment), nil
}

// warnOfEmpty tells of aliases that name no version.
func (a *app) warnOfEmpty(list []mlflow.Model) {
	for _, m := range list {
		for _, alias := range m.AliasList() {
			if alias.Version == "" {
				fmt.Fprintf(a.err, "pitwall: warning: %s: %s\n", draw.Sanitize(m.Name), draw.Sanitize(mlflow.NamesNone(alias)))
			}
		}
	}
}

// warnOf tells where a model's aliases and what is deployed disagree.
func (a *app) warnOf(findings []mlflow.Finding) {
	for _, f := range findings {
		fmt.Fprintf(a.err, "pitwall: warning: %s: %s\n", f.Kind, draw.Sanitize(f.Text))
	}
}

// servingText names the variants that serve a version.
func servingText(list []mlflow.Deployed) string {
	names := make([]string, len(list))
	for i, d := range list {
		names[i] = d.Variant
	}
	return strings.Join(names, " ")
}
