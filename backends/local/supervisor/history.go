package supervisor

import (
	"cmp"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
)

// revisions lists what can be restored, newest first.
func (d *deployment) revisions() []backends.Revision {
	return d.config().History(func(m desired.Model) []backends.Setting {
		return []backends.Setting{{Name: "drift baseline", Value: cmp.Or(m.Baseline, "none")}}
	})
}

// versions lists what deploy can name, newest first.
func (d *deployment) versions() []backends.Version { return d.config().Versions() }

// accrue adds a time of health to the revisions that serve in good health.
// It is not a change of the configuration, so the token stays.
func (d *deployment) accrue(past time.Duration) {
	d.writing.Lock()
	defer d.writing.Unlock()
	shown := d.snapshot()
	d.mu.Lock()
	defer d.mu.Unlock()
	conf := d.conf.Clone()
	for _, v := range shown.Variants {
		rolling := shown.Rollout != nil && shown.Rollout.Variant == v.Name
		if r := conf.Revision(v.Revision); r != nil && !rolling && v.Ready > 0 && allOK(v.Replicas) {
			r.GoodFor += past
		}
	}
	d.conf = conf
}

func allOK(replicas []backends.Replica) bool {
	return !slices.ContainsFunc(replicas, func(r backends.Replica) bool { return r.State != backends.OK })
}

// save remembers what accrue counted.
func (d *deployment) save() error {
	d.writing.Lock()
	defer d.writing.Unlock()
	return d.world.put(d.config())
}
