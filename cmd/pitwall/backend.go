package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/docker"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
	"pitwall/backends/journal"
	"pitwall/backends/local"
)

// backendKind is a backend that --backend can name.
type backendKind string

const (
	localBackend      backendKind = "local"
	dockerBackend     backendKind = "docker"
	kubernetesBackend backendKind = "k8s"
)

// backendChoice is what --backend or the configuration says.
type backendChoice struct {
	kind backendKind
	// host is of the engine, as it was written, or CONTEXT/NAMESPACE of the
	// cluster; "" as the docker CLI and kubectl find it.
	host string
}

// String is what the header shows.
func (b backendChoice) String() string {
	if b.host == "" {
		return string(b.kind)
	}
	return string(b.kind) + "://" + b.host
}

// cluster is the context of a kubeconfig and the namespaces that are looked
// at; what is empty is as the kubeconfig has it. The name of a context may hold
// slashes (EKS): the longest known one that the choice begins with is meant, and
// without one what stands before the last slash.
func (b backendChoice) cluster(known []string) (context string, namespaces []string) {
	context, list := b.host, ""
	if i := strings.LastIndexByte(b.host, '/'); i >= 0 {
		context, list = b.host[:i], b.host[i+1:]
	}
	for _, name := range known {
		rest, ok := strings.CutPrefix(b.host+"/", name+"/")
		if ok && len(name) > len(context) {
			context, list = name, strings.TrimSuffix(rest, "/")
		}
	}
	for _, n := range strings.Split(list, ",") {
		if n != "" && !slices.Contains(namespaces, n) {
			namespaces = append(namespaces, n)
		}
	}
	return context, namespaces
}

// chooseBackend reads the choice.
func (a *app) chooseBackend(conf config) (backendChoice, error) {
	name := a.global.backend
	if name == "" {
		name = conf.Backend
	}
	switch kind, host, address := strings.Cut(name, "://"); {
	case name == "", name == "local", name == "local:":
		return backendChoice{kind: localBackend}, nil
	case name == "docker", name == "docker:":
		return backendChoice{kind: dockerBackend}, nil
	case address && kind == "docker" && host != "":
		return backendChoice{dockerBackend, host}, nil
	case address && slices.Contains([]string{"tcp", "ssh", "unix"}, kind) && host != "":
		return backendChoice{dockerBackend, name}, nil
	case name == "k8s", name == "k8s:", name == "k8s://":
		return backendChoice{kind: kubernetesBackend}, nil
	case address && kind == "k8s":
		return backendChoice{kubernetesBackend, host}, nil
	}
	return backendChoice{}, misuse{fmt.Errorf("backend %q: choose local:, docker:, docker://CONTEXT, tcp://HOST:PORT, ssh://USER@HOST, unix:///PATH, k8s: or k8s://CONTEXT/NAMESPACE", name)}
}

// opened is a backend for a session. What is nil cannot be done.
type opened struct {
	choice   backendChoice
	place    journal.Target // where the deployments are, without a name
	reader   reader
	changing backends.Lister // with everything that the backend can change
	practice backends.Practicer
	keep     func(context.Context) // mends what needs no decision, while the console runs
	rolling  func() []string       // the deployments whose rollout ends with this process, nil for never
	close    func()
}

// open makes the clients of a backend. Read-only makes none that could change
// anything. Nothing is connected yet.
func (a *app) open(conf config, choice backendChoice, dir string, readOnly bool) (opened, error) {
	if choice.kind == dockerBackend {
		return a.openDocker(conf, choice, readOnly)
	}
	if choice.kind == kubernetesBackend {
		return a.openKubernetes(conf, choice, readOnly)
	}
	reading, err := local.Attach(dir)
	if err != nil {
		return opened{}, err
	}
	o := opened{choice: choice, place: journal.Target{Backend: "local"}, reader: reading, close: reading.Close}
	if !readOnly {
		changing := reading.Mutable()
		o.changing, o.practice = changing, changing
	}
	return o, nil
}

func (a *app) openDocker(conf config, choice backendChoice, readOnly bool) (opened, error) {
	c, err := a.engine(choice)
	if err != nil {
		return opened{}, err
	}
	reading := docker.Attach(docker.Options{Engine: c, World: conf.world(), Now: a.now})
	place := journal.Target{Backend: "docker", Context: c.Host()}
	if readOnly {
		return opened{choice: choice, place: place, reader: reading, close: reading.Close}, nil
	}
	changing := reading.Mutable()
	return opened{choice: choice, place: place, reader: changing, changing: changing, keep: changing.Keep, rolling: changing.Rolling, close: changing.Close}, nil
}

// engine makes the client of the Docker Engine that a choice names.
func (a *app) engine(choice backendChoice) (*engine.Client, error) {
	c, err := engine.Open(engine.Options{Host: choice.host, Env: a.env, Home: a.env("HOME")})
	if err != nil {
		return nil, misuse{err}
	}
	return c, nil
}

// world is what the configuration says of Compose services without labels.
func (c config) world() world.Options {
	var o world.Options
	for _, s := range c.Docker.Services {
		labels := map[string]string{world.LabelDeployment: s.Deployment}
		for key, value := range map[string]string{
			world.LabelVariant: s.Variant, world.LabelRole: s.Role, world.LabelEnvironment: s.Environment, world.LabelPort: s.Port, world.LabelReady: s.Ready,
			world.LabelPredict: s.Predict, world.LabelModel: s.Model, world.LabelProfile: s.Profile, world.LabelSmoke: s.Smoke, world.LabelDoor: s.Door, world.LabelConfig: s.Config,
		} {
			if value != "" {
				labels[key] = value
			}
		}
		o.Services = append(o.Services, world.Service{Project: s.Project, Service: s.Service, Labels: labels})
	}
	return o
}

// serviceConfig tells what a Compose service is whose containers do not tell.
type serviceConfig struct {
	Project     string `yaml:"project"` // "" for any
	Service     string `yaml:"service"`
	Deployment  string `yaml:"deployment"`
	Role        string `yaml:"role"` // replica (the default) or frontdoor
	Variant     string `yaml:"variant"`
	Environment string `yaml:"environment"`
	Port        string `yaml:"port"`
	Ready       string `yaml:"ready"`
	Predict     string `yaml:"predict"`
	Profile     string `yaml:"profile"`
	Smoke       string `yaml:"smoke"`
	Model       string `yaml:"model"`
	Door        string `yaml:"door"`
	Config      string `yaml:"config"`
}

// lister is the backend with all that it may do.
func (o opened) lister() backends.Lister {
	if o.changing != nil {
		return o.changing
	}
	return o.reader
}
