package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/kubernetes/api"
	"pitwall/ui/draw"
)

// reading calls look with the backend that the flags typed so far select. It
// makes nothing that could change anything.
func (a *app) reading(look func(reader) ([]word, error)) ([]word, error) {
	conf, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	choice, err := a.chooseBackend(conf)
	if err != nil {
		return nil, err
	}
	dir, err := a.stateDirOf(choice)
	if err != nil {
		return nil, err
	}
	o, err := a.open(conf, choice, dir, true)
	if err != nil {
		return nil, err
	}
	defer o.close()
	return look(o.reader)
}

// deploymentWords are the names of the deployments, with their state.
func (a *app) deploymentWords(ctx context.Context, _ typed) ([]word, error) {
	return a.reading(func(r reader) (out []word, err error) {
		list, err := r.Deployments(ctx)
		for _, d := range list {
			out = append(out, word{d.Name, strings.TrimSuffix(d.State.String()+", "+d.Reason, ", ")})
		}
		return out, err
	})
}

// ofDeployment are words about the deployment that the first argument names.
func (a *app) ofDeployment(look func(ctx context.Context, r reader, d backends.Deployment, t typed) ([]word, error)) words {
	return func(ctx context.Context, t typed) ([]word, error) {
		if len(t.args) == 0 {
			return nil, nil
		}
		return a.reading(func(r reader) ([]word, error) {
			list, err := r.Deployments(ctx)
			if err != nil {
				return nil, err
			}
			for _, d := range list {
				if d.Name == t.args[0] {
					return look(ctx, r, d, t)
				}
			}
			return nil, nil
		})
	}
}

func variantWords(_ context.Context, _ reader, d backends.Deployment, _ typed) (out []word, _ error) {
	for _, v := range d.Variants {
		out = append(out, word{v.Name, "runs " + v.Version})
	}
	return out, nil
}

func replicaWords(_ context.Context, _ reader, d backends.Deployment, _ typed) (out []word, _ error) {
	for _, v := range d.Variants {
		for _, x := range v.Replicas {
			out = append(out, word{x.Name, v.Name + " " + v.Version})
		}
	}
	return out, nil
}

// weightWords are NAME= for each variant that has no weight yet, and for the
// last one the rest of the 100 percent.
func weightWords(_ context.Context, _ reader, d backends.Deployment, t typed) (out []word, _ error) {
	given, rest := map[string]bool{}, 100.0
	for _, text := range t.args[1:] {
		name, weight, _ := strings.Cut(text, "=")
		if n, err := strconv.ParseFloat(weight, 64); err == nil {
			given[name], rest = true, rest-n
		}
	}
	for _, v := range d.Variants {
		switch note := "runs " + v.Version + ", has " + backends.FormatWeight(v.Weight) + " %"; {
		case given[v.Name]:
		case len(given) == len(d.Variants)-1 && rest >= 0 && rest <= 100:
			out = append(out, word{v.Name + "=" + backends.FormatWeight(rest), note})
		default:
			out = append(out, word{v.Name + "=", note})
		}
	}
	return out, nil
}

func versionWords(ctx context.Context, r reader, d backends.Deployment, _ typed) (out []word, err error) {
	list, err := r.Versions(ctx, d.Name)
	for _, v := range list {
		out = append(out, word{v.Version, strings.TrimSpace(v.Image + " " + v.Note)})
	}
	return out, err
}

func imageWords(ctx context.Context, r reader, d backends.Deployment, _ typed) (out []word, err error) {
	list, err := r.Versions(ctx, d.Name)
	for _, v := range list {
		out = append(out, word{v.Image, v.Version})
	}
	return out, err
}

func (a *app) revisionWords(ctx context.Context, r reader, d backends.Deployment, _ typed) (out []word, err error) {
	list, err := r.Revisions(ctx, d.Name)
	for _, x := range list {
		out = append(out, word{strconv.Itoa(x.Number), fmt.Sprintf("%s %s, %s, %s ago", x.Variant, x.Version, revisionState(x), draw.Duration(a.now().Sub(x.CreatedAt)))})
	}
	return out, err
}

// itemWords are the items of a deployment's checklist, as the file of --items
// has them. No backend is asked.
func (a *app) itemWords(file func() string) words {
	return func(_ context.Context, t typed) (out []word, err error) {
		conf, err := a.loadConfig()
		if err != nil || len(t.args) == 0 {
			return nil, err
		}
		list, err := a.items(conf.Checklist, file(), t.args[0])
		for _, x := range list.Items {
			out = append(out, word{x.ID, x.Title})
		}
		return out, err
	}
}

// backendWords are what --backend takes: with the contexts of the docker
// command's and kubectl's own configuration.
func (a *app) backendWords(context.Context, typed) ([]word, error) {
	out := []word{{"local:", "processes of this machine"}, {"docker:", "as the docker command chooses"}, {"k8s:", "as kubectl chooses"}}
	for _, name := range engine.Contexts(engine.Options{Env: a.env, Home: a.env("HOME")}) {
		out = append(out, word{"docker://" + name, "context of docker"})
	}
	if names, current, err := api.Contexts(a.env); err == nil {
		for _, name := range names {
			note := "context of kubectl"
			if name == current {
				note = "current " + note
			}
			out = append(out, word{"k8s://" + name, note})
		}
	}
	return out, nil
}
