package desired

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
)

// GoodAfter is the time of health that makes a revision known-good.
const GoodAfter = time.Minute

// History lists what can be restored, newest first. settings tells what else
// belongs to a model.
func (d Deployment) History(settings func(Model) []backends.Setting) []backends.Revision {
	out := []backends.Revision{}
	for _, r := range slices.Backward(d.Revisions) {
		shown := backends.Revision{Number: r.Number, Variant: r.Variant, Version: r.Model.Version, Image: r.Model.File,
			Digest: "sha256:" + r.Model.SHA256, Replicas: r.Replicas, CreatedAt: r.CreatedAt, By: r.By, Reason: r.Reason,
			GoodFor: r.GoodFor, Good: r.GoodFor >= GoodAfter, Settings: settings(r.Model)}
		v := d.Variant(r.Variant)
		shown.Current = v != nil && v.Revision == r.Number
		out = append(out, shown)
	}
	return out
}

// Versions lists what deploy can name, newest first.
func (d Deployment) Versions() []backends.Version {
	models := slices.Clone(d.Models)
	slices.SortStableFunc(models, func(a, b Model) int { return CompareVersions(b.Version, a.Version) })
	out := []backends.Version{}
	for _, m := range models {
		v := backends.Version{Version: m.Version, Image: m.File, Digest: "sha256:" + m.SHA256, Note: m.Note}
		for _, variant := range d.Variants {
			if r := d.Revision(variant.Revision); r != nil && r.Model.SHA256 == m.SHA256 {
				v.Note = strings.TrimPrefix(v.Note+", runs as "+variant.Name, ", ")
			}
		}
		out = append(out, v)
	}
	return out
}

// CompareVersions orders dotted versions by their numbers, others as text.
func CompareVersions(a, b string) int {
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
