package main

import (
	"context"
	"strings"

	"pitwall/backends/mlflow"
)

// modelWords are the registered models.
func (a *app) modelWords(ctx context.Context, _ typed) (out []word, err error) {
	r, err := a.registryReader()
	if err != nil {
		return nil, err
	}
	list, err := r.Models(ctx)
	for _, m := range list {
		out = append(out, word{m.Name, m.Description})
	}
	return out, err
}

// ofModel are words about the model that the first argument names.
func (a *app) ofModel(look func(m mlflow.Model, list []mlflow.Version) []word) words {
	return func(ctx context.Context, t typed) ([]word, error) {
		if len(t.args) == 0 {
			return nil, nil
		}
		r, err := a.registryReader()
		if err != nil {
			return nil, err
		}
		m, list, err := r.Versions(ctx, t.args[0])
		if err != nil {
			return nil, err
		}
		return look(m, list), nil
	}
}

// numberWords are the versions of a model by the registry's own number.
func numberWords(_ mlflow.Model, list []mlflow.Version) (out []word) {
	for _, v := range list {
		out = append(out, word{v.Number, strings.TrimSpace(v.Tags[mlflow.TagVersion] + " " + strings.Join(v.Aliases, " "))})
	}
	return out
}

// championWords are the versions of a model as deployments call them, and by number.
func championWords(m mlflow.Model, list []mlflow.Version) (out []word) {
	for _, v := range list {
		if name := v.Tags[mlflow.TagVersion]; name != "" && name != v.Number {
			out = append(out, word{name, "version " + v.Number + " " + strings.Join(v.Aliases, " ")})
		}
	}
	return append(out, numberWords(m, list)...)
}

func aliasWords(m mlflow.Model, _ []mlflow.Version) (out []word) {
	for _, x := range m.AliasList() {
		out = append(out, word{x.Name, "version " + x.Version})
	}
	return out
}
