package api

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Options say which cluster, as whom, and where in it.
type Options struct {
	// Context of the kubeconfig; "" is its current one, or the pod's own
	// service account where there is no kubeconfig at all.
	Context string
	// Namespaces to look at; none is that of the context, AllNamespaces all.
	Namespaces []string
	// Env reads an environment variable: KUBECONFIG (a list of files, merged as
	// kubectl does) and HOME.
	Env func(string) string
	// Agent is how requests name their sender, "pitwall/1.2.0".
	Agent string
}

// AllNamespaces stands for every namespace.
const AllNamespaces = "*"

// loading finds the kubeconfig files as kubectl does.
func loading(env func(string) string) *clientcmd.ClientConfigLoadingRules {
	rules := &clientcmd.ClientConfigLoadingRules{WarnIfAllMissing: false}
	if list := env("KUBECONFIG"); list != "" {
		for _, path := range filepath.SplitList(list) {
			if path != "" && !slices.Contains(rules.Precedence, path) {
				rules.Precedence = append(rules.Precedence, path)
			}
		}
		return rules
	}
	if home := env("HOME"); home != "" {
		rules.Precedence = []string{filepath.Join(home, ".kube", "config")}
	}
	return rules
}

// Contexts lists the contexts of the kubeconfig in name order, and its current
// one.
func Contexts(env func(string) string) (names []string, current string, err error) {
	conf, err := loading(env).Load()
	if err != nil {
		return nil, "", fmt.Errorf("read the kubeconfig: %w", err)
	}
	for name := range conf.Contexts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, conf.CurrentContext, nil
}

// target is what a kubeconfig says of where to go.
type target struct {
	rest      *rest.Config
	context   string
	namespace string
}

func (o Options) target() (target, error) {
	rules := loading(o.Env)
	conf, err := rules.Load()
	if err != nil {
		return target{}, fmt.Errorf("read the kubeconfig: %w", err)
	}
	if len(conf.Contexts) == 0 && o.Context == "" {
		return inCluster(rules)
	}
	name := o.Context
	if name == "" {
		name = conf.CurrentContext
	}
	if err := known(conf, name, rules); err != nil {
		return target{}, err
	}
	client := clientcmd.NewNonInteractiveClientConfig(*conf, name, &clientcmd.ConfigOverrides{}, rules)
	restConf, err := client.ClientConfig()
	if err != nil {
		return target{}, fmt.Errorf("context %s of the kubeconfig: %w", name, err)
	}
	namespace, _, err := client.Namespace()
	if err != nil {
		return target{}, fmt.Errorf("namespace of context %s: %w", name, err)
	}
	return target{restConf, name, namespace}, nil
}

// known tells what is wrong with the choice of a context.
func known(conf *clientcmdapi.Config, name string, rules *clientcmd.ClientConfigLoadingRules) error {
	if _, ok := conf.Contexts[name]; ok {
		return nil
	}
	have := make([]string, 0, len(conf.Contexts))
	for context := range conf.Contexts {
		have = append(have, context)
	}
	slices.Sort(have)
	if name == "" {
		return fmt.Errorf("the kubeconfig has no current context: choose one with --backend k8s://CONTEXT: there is %s", strings.Join(have, ", "))
	}
	if len(have) == 0 {
		return fmt.Errorf("no context %q: there is no kubeconfig at %s", name, strings.Join(rules.Precedence, ", "))
	}
	return fmt.Errorf("the kubeconfig has no context %q: there is %s", name, strings.Join(have, ", "))
}

// inCluster is the service account of the pod that pitwall runs in.
func inCluster(rules *clientcmd.ClientConfigLoadingRules) (target, error) {
	conf, err := rest.InClusterConfig()
	if errors.Is(err, rest.ErrNotInCluster) {
		return target{}, fmt.Errorf("no cluster to look at: there is no kubeconfig at %s, and this is no pod (set KUBECONFIG, or write one with your cluster's tool)",
			strings.Join(rules.Precedence, ", "))
	}
	if err != nil {
		return target{}, fmt.Errorf("use the pod's service account: %w", err)
	}
	namespace := "default"
	if text, err := os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/namespace"); err == nil {
		namespace = strings.TrimSpace(string(text))
	}
	return target{conf, "in-cluster", namespace}, nil
}
