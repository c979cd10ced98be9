package docker

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/haproxy"
	"pitwall/backends/docker/frontdoor/nginx"
	"pitwall/backends/docker/frontdoor/pitgate"
	"pitwall/backends/docker/rollout"
	"pitwall/backends/docker/world"
)

// doors keeps the front doors that were opened: some remember what they counted,
// and all make one change at a time. Safe for concurrent use.
type doors struct {
	mu   sync.Mutex
	open map[string]kept // by container
}

// kept is a door of a container for as long as that runs.
type kept struct {
	door    frontdoor.Door
	started time.Time
}

// door opens the front door of a deployment. conf tells the versions of the
// variants, which the gateway shows, and its salt.
func (b *Backend) door(d world.Deployment, conf desired.Deployment) (frontdoor.Door, error) {
	if d.Door == nil {
		return nil, fmt.Errorf("%s has no front door", d.Name)
	}
	if d.DoorKind == frontdoor.Gateway { // what it shows of the variants changes
		return pitgate.New(b.engine, *d.Door, pitgate.Options{Versions: versions(conf), Salt: conf.Salt}), nil
	}
	b.doors.mu.Lock()
	defer b.doors.mu.Unlock()
	if k, ok := b.doors.open[d.Door.ID]; ok && k.started.Equal(d.Door.StartedAt) {
		return k.door, nil
	}
	var door frontdoor.Door
	switch d.DoorKind {
	case frontdoor.NGINX:
		path := configPath(*d.Door, "-c", "/etc/nginx/nginx.conf")
		door = nginx.New(b.engine, nginx.FilesOf(b.engine, b.engine.Local(), *d.Door, path), *d.Door, path)
	case frontdoor.HAProxy:
		door = haproxy.New(b.engine, *d.Door, haproxy.Options{Deployment: d.Name, Config: d.Door.Labels[world.LabelConfig],
			Local: b.engine.Local(), Known: b.known, Now: b.now})
	default:
		return nil, &frontdoor.UnreadableError{Kind: "front door", Where: d.Door.Name,
			Why: fmt.Sprintf("its kind %q is not known: label it %s=%s, %s or %s", d.DoorKind, world.LabelDoor, frontdoor.NGINX, frontdoor.HAProxy, frontdoor.Gateway)}
	}
	b.doors.open[d.Door.ID] = kept{door, d.Door.StartedAt}
	return door, nil
}

// close ends what the doors do between two looks.
func (d *doors) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, k := range d.open {
		if door, ok := k.door.(interface{ Close() }); ok {
			door.Close()
		}
	}
}

// known reports whether a container of that name was there when the engine was
// asked last.
func (b *Backend) known(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.names[name]
}

func versions(conf desired.Deployment) map[string]string {
	out := make(map[string]string)
	for _, v := range conf.Variants {
		if r := conf.Revision(v.Revision); r != nil {
			out[v.Name] = r.Model.Version
		}
	}
	return out
}

// labelled is the configuration whose versions a front door tells: a rollout
// that has replaced every replica is not written down as done yet.
func labelled(s rollout.Scene) desired.Deployment {
	ro := s.Entry.Conf.Active()
	if ro == nil {
		return s.Entry.Conf
	}
	conf := s.Entry.Conf.Clone()
	if v := conf.Variant(ro.Variant); v != nil && v.Replicas > 0 && rollout.Done(s, ro.Variant) == v.Replicas {
		v.Revision = ro.To
	}
	return conf
}

// tells reports whether a door tells the versions of a configuration, as far as
// it tells any.
func tells(c frontdoor.Config, conf desired.Deployment) bool {
	for name, version := range versions(conf) {
		if said, known := c.Versions[name]; known && said != version {
			return false
		}
	}
	return true
}

// configPath is where a front door reads its configuration: as its label says,
// else as a flag of its command does, else where it is by default.
func configPath(c engine.Container, flag, otherwise string) string {
	if path := c.Labels[world.LabelConfig]; path != "" {
		return path
	}
	if i := slices.Index(c.Command, flag); i >= 0 && i+1 < len(c.Command) {
		return c.Command[i+1]
	}
	return otherwise
}

// serves reports whether a door already does what is wanted.
func serves(c frontdoor.Config, w frontdoor.Want) bool {
	if !c.Split.Equal(w.Split) {
		return false
	}
	names := slices.Collect(maps.Keys(w.Members))
	for name := range c.Members {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return !slices.ContainsFunc(names, func(name string) bool { return !sameMembers(c.Members[name], w.Members[name]) })
}

// sameMembers compares members in any order. What a door calls a member does
// not count where it tells no names.
func sameMembers(a, b []frontdoor.Member) bool {
	if len(a) != len(b) {
		return false
	}
	for _, m := range a {
		if !slices.ContainsFunc(b, func(o frontdoor.Member) bool {
			return m.Host == o.Host && m.Port == o.Port && m.Draining == o.Draining && (m.Name == "" || m.Name == o.Name)
		}) {
			return false
		}
	}
	return true
}
