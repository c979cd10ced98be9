package docker

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/world"
)

// reconcile is what is wanted of a deployment: what the ledger remembers, put
// right by what is there. The front door's weights are the truth, variants that
// others made are taken in, and an image that others changed is a revision too.
func reconcile(s scene) desired.Deployment {
	conf := s.Entry.Conf.Clone()
	conf.Name = s.Found.Name
	for _, v := range s.Found.Variants {
		takeIn(&conf, v, s)
	}
	slices.SortFunc(conf.Variants, func(a, b desired.Variant) int { return cmp.Compare(a.Name, b.Name) })
	if s.doorErr == nil && s.Door.Split != nil {
		was := splitOf(conf)
		for i := range conf.Variants {
			conf.Variants[i].Weight = s.Door.Split[conf.Variants[i].Name]
		}
		if s.Entry.Seq > 0 && !was.Equal(splitOf(conf)) && !busy(s) {
			conf.SplitBy, conf.SplitAt = "somebody without pitwall", time.Time{}
		}
	} else if s.Found.Door == nil && len(conf.Variants) == 1 {
		conf.Variants[0].Weight = 100
	}
	return conf
}

// busy reports whether a process is changing the deployment, so that the
// ledger may be ahead of the world.
func busy(s scene) bool { return s.Entry.Work != nil }

func splitOf(conf desired.Deployment) backends.Split {
	s := make(backends.Split, len(conf.Variants))
	for _, v := range conf.Variants {
		s[v.Name] = v.Weight
	}
	return s
}

// takeIn adds a variant with its revisions, as its containers tell them, or
// brings a known one up to date.
func takeIn(conf *desired.Deployment, v world.Variant, s scene) {
	known := conf.Variant(v.Name)
	switch {
	case len(v.Members) == 0 && known == nil:
		return // only kept revisions of a variant that was retired
	case known == nil:
		conf.Variants = append(conf.Variants, desired.Variant{Name: v.Name, Replicas: wanted(v, s)})
		adopt(conf, v)
		conf.Revision(conf.Variant(v.Name).Revision).Replicas = wanted(v, s)
	case !busy(s) && changedOutside(*conf, *known, v):
		known.Replicas = len(v.Members)
		adopt(conf, v)
	}
}

// wanted is how many replicas a variant should have of which nothing is
// written: those that are there, or those that the front door sends to when
// they are more: then some were stopped or removed.
func wanted(v world.Variant, s scene) int {
	sent := 0
	if s.doorErr == nil {
		for _, m := range s.Door.Members[v.Name] {
			if !m.Draining {
				sent++
			}
		}
	}
	return max(len(v.Members), sent)
}

// changedOutside reports whether every container of a variant runs another
// image than the revision that is wanted.
func changedOutside(conf desired.Deployment, known desired.Variant, v world.Variant) bool {
	r := conf.Revision(known.Revision)
	if r == nil {
		return true
	}
	return len(v.Members) > 0 && !slices.ContainsFunc(v.Members, func(m world.Member) bool { return imageID(m) == r.Model.SHA256 })
}

// adopt records what the containers of a variant run as its newest revision,
// and what kept ones ran as earlier ones.
func adopt(conf *desired.Deployment, v world.Variant) {
	for _, m := range slices.Backward(v.Kept) { // the oldest first
		model := memberModel(m)
		if !slices.ContainsFunc(conf.Revisions, func(r desired.Revision) bool { return r.Variant == v.Name && sameModel(r.Model, model) }) {
			conf.AddRevision(desired.Revision{Variant: v.Name, Model: model, Replicas: sameKept(v, model), CreatedAt: m.Container.Created})
		}
	}
	newest := v.Members[0]
	for _, m := range v.Members {
		if m.Container.Created.After(newest.Container.Created) {
			newest = m
		}
	}
	number := conf.AddRevision(desired.Revision{Variant: v.Name, Model: memberModel(newest), Replicas: len(v.Members), CreatedAt: newest.Container.Created})
	conf.Variant(v.Name).Revision = number
}

func sameKept(v world.Variant, model desired.Model) int {
	n := 0
	for _, m := range v.Kept {
		if sameModel(memberModel(m), model) {
			n++
		}
	}
	return n
}

func memberModel(m world.Member) desired.Model {
	return desired.Model{Version: m.Version, File: m.Container.Image, SHA256: imageID(m), AddedAt: m.Container.Created}
}

func sameModel(a, b desired.Model) bool { return a.Version == b.Version && a.SHA256 == b.SHA256 }

func imageID(m world.Member) string { return strings.TrimPrefix(m.Container.ImageID, "sha256:") }

// accrue counts the health of the revisions that run: the time since the last
// of their containers started, when all are well.
func accrue(conf *desired.Deployment, s scene) {
	if conf.Active() != nil {
		return
	}
	for _, v := range conf.Variants {
		found, ok := s.Found.Variant(v.Name)
		r := conf.Revision(v.Revision)
		if !ok || r == nil || len(found.Members) == 0 {
			continue
		}
		good := time.Duration(1<<63 - 1)
		for _, m := range found.Members {
			if world.Replica(m, "").State != backends.OK {
				good = 0
			}
			good = min(good, s.at.Sub(m.Container.StartedAt))
		}
		r.GoodFor = max(r.GoodFor, good)
	}
}
