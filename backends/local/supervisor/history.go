package supervisor

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/local/supervisor/state"
)

// revisions lists what can be restored, newest first.
func (d *deployment) revisions() []backends.Revision {
	conf := d.config()
	out := []backends.Revision{}
	for _, r := range slices.Backward(conf.Revisions) {
		shown := backends.Revision{Number: r.Number, Variant: r.Variant, Version: r.Model.Version, Image: r.Model.File,
			Digest: "sha256:" + r.Model.SHA256, Replicas: r.Replicas, CreatedAt: r.CreatedAt, By: r.By, Reason: r.Reason,
			GoodFor: r.GoodFor, Good: r.GoodFor >= goodAfter,
			Settings: []backends.Setting{{Name: "drift baseline", Value: orNone(r.Model.Baseline)}}}
		v := conf.Variant(r.Variant)
		shown.Current = v != nil && v.Revision == r.Number
		out = append(out, shown)
	}
	return out
}

// versions lists what deploy can name, newest first.
func (d *deployment) versions() []backends.Version {
	conf := d.config()
	slices.SortStableFunc(conf.Models, func(a, b state.Model) int { return compareVersions(b.Version, a.Version) })
	out := []backends.Version{}
	for _, m := range conf.Models {
		v := backends.Version{Version: m.Version, Image: m.File, Digest: "sha256:" + m.SHA256, Note: m.Note}
		for _, variant := range conf.Variants {
			if conf.Revision(variant.Revision).Model.SHA256 == m.SHA256 {
				v.Note = strings.TrimPrefix(v.Note+", runs as "+variant.Name, ", ")
			}
		}
		out = append(out, v)
	}
	return out
}

// compareVersions orders dotted versions by their numbers, others as text.
func compareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, errX := strconv.Atoi(as[i])
		y, errY := strconv.Atoi(bs[i])
		c := cmp.Compare(as[i], bs[i])
		if errX == nil && errY == nil {
			c = cmp.Compare(x, y)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

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
