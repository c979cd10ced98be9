package main

import (
	"fmt"
	"slices"
	"strings"

	"pitwall/backends/journal"
	"pitwall/backends/kubernetes"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/world"
)

// kubernetesConfig is what the configuration says of clusters.
type kubernetesConfig struct {
	Namespaces []string          `yaml:"namespaces"` // to look at; "*" is all; --backend wins
	Selector   map[string]string `yaml:"selector"`   // labels of what is a model deployment; without, pitwall tells by the usual ones
}

func (a *app) openKubernetes(conf config, choice backendChoice, readOnly bool) (opened, error) {
	c, err := a.cluster(conf, choice)
	if err != nil {
		return opened{}, err
	}
	reading := kubernetes.Attach(kubernetes.Options{Client: c, World: world.Options{Selector: conf.Kubernetes.Selector}, Now: a.now})
	place := journal.Target{Backend: "kubernetes", Context: c.Context}
	if len(c.Namespaces) == 1 && !c.All() { // else their names tell
		place.Namespace = c.Namespaces[0]
	}
	o := opened{choice: choice, place: place, reader: reading, close: reading.Close}
	if !readOnly {
		changing := reading.Mutable()
		o.changing, o.rolling = changing, changing.Rolling
	}
	return o, nil
}

// cluster makes the client of the cluster that a choice names.
func (a *app) cluster(conf config, choice backendChoice) (*api.Client, error) {
	var known []string
	if strings.Contains(choice.host, "/") { // else there is nothing to tell apart
		var err error
		if known, _, err = api.Contexts(a.env); err != nil {
			return nil, misuse{err}
		}
	}
	context, namespaces := choice.cluster(known)
	if len(namespaces) == 0 {
		namespaces = conf.Kubernetes.Namespaces
	}
	for _, n := range namespaces {
		if n != api.AllNamespaces && strings.ContainsFunc(n, func(r rune) bool { return !isNameRune(r) }) {
			return nil, misuse{fmt.Errorf("namespace %q: a name has lower-case letters, digits and dashes; %s is all", n, api.AllNamespaces)}
		}
	}
	c, err := api.Open(api.Options{Context: context, Namespaces: slices.Clone(namespaces), Env: a.env, Agent: "pitwall/" + version})
	if err != nil {
		return nil, misuse{err}
	}
	return c, nil
}

func isNameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-'
}
