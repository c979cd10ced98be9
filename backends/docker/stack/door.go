package stack

import (
	"context"
	"fmt"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/pitgate"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/world"
)

// startDoor starts a front door, waits until it answers, and tells it the
// split when it has none.
func (u *upper) startDoor(ctx context.Context, p part) error {
	id, err := u.start(ctx, p)
	if err != nil {
		return err
	}
	if u.o.Door != frontdoor.Gateway {
		return u.answers(ctx, p)
	}
	if err := u.ready(ctx, id, p.spec.Name, p.spec.Health.Test[1:]); err != nil {
		return err
	}
	found, err := u.found(ctx, p.deployment)
	if err != nil || found.Door == nil {
		return err
	}
	door := pitgate.New(u.engine, *found.Door, pitgate.Options{Versions: versions(found)})
	now, err := door.Read(ctx)
	if err != nil || now.Split != nil {
		return err
	}
	began, want := time.Now(), u.want(found)
	if err := door.Set(ctx, want, now.Hash); err != nil {
		return fmt.Errorf("set the split of %s: %w", p.deployment, err)
	}
	u.made(fmt.Sprintf("split %s of %s", want.Split, p.deployment), time.Since(began))
	return nil
}

// found is a deployment as its containers tell it.
func (u *upper) found(ctx context.Context, name string) (world.Deployment, error) {
	containers, err := u.engine.Containers(ctx, u.o.selector())
	if err != nil {
		return world.Deployment{}, err
	}
	for _, d := range world.Group(containers, world.Options{}) {
		if d.Name == name {
			return d, nil
		}
	}
	return world.Deployment{}, fmt.Errorf("deployment %s has no container: `pitwall down --backend docker`, then up again", name)
}

// want is the split of the ledger when there is one, else the seed's, over the
// replicas that run.
func (u *upper) want(d world.Deployment) frontdoor.Want {
	e, _ := u.operated(d.Name)
	w := frontdoor.Want{Split: u.split(d.Name), Members: map[string][]frontdoor.Member{}, By: e.Conf.SplitBy, At: e.Conf.SplitAt}
	if w.By == "" && u.o.Door != frontdoor.Gateway {
		w.By = "pitwall up" // the file says who wrote it
	}
	for _, v := range d.Variants {
		if _, wanted := w.Split[v.Name]; !wanted {
			w.Split[v.Name] = 0
		}
		for _, m := range v.Members {
			if m.Container.Running() {
				w.Members[v.Name] = append(w.Members[v.Name], frontdoor.Member{Name: m.Container.Name, Host: u.host(m), Port: m.Port})
			}
		}
	}
	return w
}

// host is how the door reaches a replica: pitwall's gateway looks the name up
// with every connection, the others would keep what they found at first.
func (u *upper) host(m world.Member) string {
	if u.o.Door == frontdoor.Gateway {
		return m.Container.Name
	}
	return m.Container.Address(u.o.Name)
}

// operated is what the ledger remembers of a deployment of this stack.
func (u *upper) operated(name string) (ledger.Entry, bool) {
	e, known := u.entries[ledger.Key(u.o.Name, name)]
	return e, known
}

func (u *upper) split(name string) backends.Split {
	split := backends.Split{}
	if e, known := u.operated(name); known {
		for _, v := range e.Conf.Variants {
			split[v.Name] = v.Weight
		}
		return split
	}
	for _, d := range seeds() {
		for _, v := range d.variants {
			if d.name == name {
				split[v.name] = v.weight
			}
		}
	}
	return split
}

// versions is what the variants run, for the gateway's metrics.
func versions(d world.Deployment) map[string]string {
	versions := make(map[string]string)
	for _, v := range d.Variants {
		for _, m := range v.Members {
			versions[v.Name] = m.Version
		}
	}
	return versions
}
