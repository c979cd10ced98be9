package engine

import (
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
)

// undoTime bounds the removal of what could not be finished.
const undoTime = 10 * time.Second

// cloneHost is the model's side of the machine: mounts, limits, ports.
func cloneHost(model container.InspectResponse, s CloneSpec) *container.HostConfig {
	host := *model.HostConfig
	host.ContainerIDFile = ""
	if s.Unpublish {
		host.PortBindings, host.PublishAllPorts = nil, false
	}
	return &host
}

// cloneNetworks are the networks of the model as a new container joins them:
// with its aliases and settings, without its addresses and short ID.
func cloneNetworks(model container.InspectResponse, alias func(string) string) map[string]*network.EndpointSettings {
	networks := make(map[string]*network.EndpointSettings)
	if model.NetworkSettings == nil || model.HostConfig.NetworkMode.IsContainer() {
		return networks
	}
	for name, e := range model.NetworkSettings.Networks {
		joined := &network.EndpointSettings{}
		if e != nil {
			joined.Links, joined.DriverOpts, joined.GwPriority = e.Links, e.DriverOpts, e.GwPriority
			if network := container.NetworkMode(name); network.IsUserDefined() { // the others know no aliases
				joined.Aliases = renamed(ownAliases(e.Aliases, model.ID), alias)
			}
		}
		networks[name] = joined
	}
	return networks
}

// renamed gives aliases other names, without those that get none.
func renamed(aliases []string, name func(string) string) []string {
	if name == nil {
		return aliases
	}
	var out []string
	for _, a := range aliases {
		if n := name(a); n != "" {
			out = append(out, n)
		}
	}
	return out
}

// primaryNetwork is the network that the model was created in.
func primaryNetwork(model container.InspectResponse, networks map[string]*network.EndpointSettings) string {
	mode := string(model.HostConfig.NetworkMode)
	if mode == "default" || mode == "" {
		mode = network.NetworkBridge
	}
	if _, ok := networks[mode]; ok {
		return mode
	}
	for name, e := range model.NetworkSettings.Networks {
		if e != nil && e.NetworkID == mode { // created by the network's ID
			return name
		}
	}
	return ""
}
