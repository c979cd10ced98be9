package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// CloneSpec is what a clone has in place of what its model has.
type CloneSpec struct {
	Name      string
	Image     string            // "": exactly the same one, even when its tag moved since
	Labels    map[string]string // added, or in place of those of the same key
	Env       []string          // NAME=value, in place of those of the same name
	Called    string            // what people call Image, for whoever looks up a name of it
	Unpublish bool              // publish no ports, which the model holds

	// Uncomposed leaves the labels of Compose out: the clone is none of the
	// service's that its model is of.
	Uncomposed bool

	// Alias gives the name in a network in place of one of the model's, "" for
	// none; nil keeps them.
	Alias func(string) string
}

// Clone creates a container that is configured as an existing one: settings,
// limits, mounts, networks and aliases. Addresses and the host name that the
// engine gave are not taken along, and anonymous volumes begin empty. What the
// model only has from its image comes from the clone's image. Labels of
// Compose are kept as they are.
// Errors: *NotFoundError, *StartError, *DownError.
func (c *Client) Clone(ctx context.Context, from string, s CloneSpec) (string, error) {
	r, err := c.inspect(ctx, from)
	if err != nil {
		return "", err
	}
	model := r.Container
	if model.Config == nil || model.HostConfig == nil {
		return "", fmt.Errorf("clone container %s: the engine tells nothing about its configuration", from)
	}
	config, err := c.cloneConfig(ctx, model, s)
	if err != nil {
		return "", err
	}
	networks := cloneNetworks(model, s.Alias)
	first := primaryNetwork(model, networks)
	options := client.ContainerCreateOptions{Name: s.Name, Config: config, HostConfig: cloneHost(model, s)}
	if endpoint, ok := networks[first]; ok {
		options.NetworkingConfig = &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{first: endpoint}}
	}
	id, err := c.create(ctx, options)
	if err != nil {
		return "", err
	}
	delete(networks, first)
	return id, c.attach(ctx, id, networks)
}

// attach joins the other networks: engines before 25 take only one at
// creation. A container that cannot join is removed.
func (c *Client) attach(ctx context.Context, id string, networks map[string]*network.EndpointSettings) error {
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		_, err := c.api.NetworkConnect(ctx, name, client.NetworkConnectOptions{Container: id, EndpointConfig: networks[name]})
		if err != nil {
			undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
			defer cancel()
			return errors.Join(c.missing(ctx, "join network "+name, "network", name, err), c.Remove(undo, id))
		}
	}
	return nil
}

// composeLabels begin the labels that Compose tells its containers by.
const composeLabels = "com.docker.compose."

// cloneConfig is the model's configuration for the clone's image.
func (c *Client) cloneConfig(ctx context.Context, model container.InspectResponse, s CloneSpec) (*container.Config, error) {
	config := copyConfig(model.Config)
	config.Image = s.Image
	same, err := c.sameImage(ctx, model)
	if err != nil {
		return nil, err
	}
	if s.Image == "" {
		config.Image = same
	} else {
		old, err := c.image(ctx, model.Image)
		if err != nil {
			return nil, fmt.Errorf("tell the settings of container %s from those of its image: %w", model.Name, err)
		}
		subtract(config, old)
	}
	for k, v := range model.Config.Labels {
		if strings.HasPrefix(k, composeLabels) {
			config.Labels[k] = v
		}
	}
	if s.Uncomposed {
		maps.DeleteFunc(config.Labels, func(k, _ string) bool { return strings.HasPrefix(k, composeLabels) })
	}
	maps.Copy(config.Labels, s.Labels)
	config.Env = mergeEnv(config.Env, s.Env)
	if len(config.Hostname) == 12 && strings.HasPrefix(model.ID, config.Hostname) || model.HostConfig.NetworkMode.IsContainer() || model.HostConfig.NetworkMode.IsHost() {
		config.Hostname, config.Domainname = "", ""
	}
	return config, nil
}

// sameImage names the image of a container: by its tag, or by its ID when the
// tag is another image by now.
func (c *Client) sameImage(ctx context.Context, model container.InspectResponse) (string, error) {
	tagged, err := c.api.ImageInspect(ctx, model.Config.Image)
	if err != nil && !errdefs.IsNotFound(err) {
		return "", c.fail(ctx, "inspect image "+model.Config.Image, err)
	}
	if err == nil && tagged.ID == model.Image {
		return model.Config.Image, nil
	}
	return model.Image, nil
}

func copyConfig(model *container.Config) *container.Config {
	config := *model
	config.ExposedPorts, config.Volumes, config.Labels = maps.Clone(model.ExposedPorts), maps.Clone(model.Volumes), maps.Clone(model.Labels)
	config.Env = slices.Clone(model.Env)
	if config.Labels == nil {
		config.Labels = make(map[string]string)
	}
	return &config
}

// subtract leaves of a configuration what the image does not say itself: the
// inverse of what the engine does when it creates a container.
func subtract(config *container.Config, old image.InspectResponse) {
	was := old.Config
	if was == nil {
		return
	}
	clear := func(value *string, image string) {
		if *value == image {
			*value = ""
		}
	}
	clear(&config.User, was.User)
	clear(&config.WorkingDir, was.WorkingDir)
	clear(&config.StopSignal, was.StopSignal)
	config.Env = slices.DeleteFunc(config.Env, func(e string) bool { return slices.Contains(was.Env, e) })
	maps.DeleteFunc(config.Labels, func(k, v string) bool { w, ok := was.Labels[k]; return ok && w == v })
	maps.DeleteFunc(config.Volumes, func(k string, _ struct{}) bool { _, ok := was.Volumes[k]; return ok })
	maps.DeleteFunc(config.ExposedPorts, func(p network.Port, _ struct{}) bool { _, ok := was.ExposedPorts[p.String()]; return ok })
	if slices.Equal(config.Entrypoint, was.Entrypoint) { // an entrypoint of its own drops the image's command
		config.Entrypoint = nil
		if slices.Equal(config.Cmd, was.Cmd) {
			config.Cmd = nil
		}
	}
	if slices.Equal(config.Shell, was.Shell) {
		config.Shell = nil
	}
	config.OnBuild = nil
	config.Healthcheck = subtractHealth(config.Healthcheck, was.Healthcheck)
}

// subtractHealth is field by field, as the engine merges it.
func subtractHealth(h, was *container.HealthConfig) *container.HealthConfig {
	if h == nil || was == nil {
		return h
	}
	left := *h
	if slices.Equal(h.Test, was.Test) {
		left.Test = nil
	}
	if h.Interval == was.Interval {
		left.Interval = 0
	}
	if h.Timeout == was.Timeout {
		left.Timeout = 0
	}
	if h.StartPeriod == was.StartPeriod {
		left.StartPeriod = 0
	}
	if h.StartInterval == was.StartInterval {
		left.StartInterval = 0
	}
	if h.Retries == was.Retries {
		left.Retries = 0
	}
	if len(left.Test) == 0 && left.Interval == 0 && left.Timeout == 0 && left.StartPeriod == 0 && left.StartInterval == 0 && left.Retries == 0 {
		return nil
	}
	return &left
}
