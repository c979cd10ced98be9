package stack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/world"
)

// revive starts the replicas that are down of deployments that were operated
// on, as after an engine that died: it leaves what it stops when it comes back.
func (u *upper) revive(ctx context.Context) error {
	for _, d := range seeds() {
		e, operated := u.operated(d.name)
		if !operated {
			continue
		}
		found, err := u.found(ctx, d.name)
		if err != nil {
			return err
		}
		for _, m := range missing(found, e) {
			if err := u.restart(ctx, d.name, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// restart starts a container that is there. One that the engine cannot start
// any more is left to a rollout, which can make another.
func (u *upper) restart(ctx context.Context, deployment string, m world.Member) error {
	began := time.Now()
	err := u.engine.Start(ctx, m.Container.ID)
	if failed, ok := errors.AsType[*engine.StartError](err); ok && failed.Cause == engine.CauseJammed {
		u.note("%v: `pitwall restart %s --variant %s` makes another", err, deployment, m.Variant)
		return nil
	}
	if err != nil {
		return fmt.Errorf("start %s again: %w", m.Container.Name, err)
	}
	u.made("container "+m.Container.Name+", started again", time.Since(began))
	return nil
}

// missing are the containers that are down and wanted: what a rollout that was
// cut short had brought in, and as many of each variant's revision as lack, of
// those that ran last: others were stopped when fewer were wanted.
func missing(found world.Deployment, e ledger.Entry) []world.Member {
	var out []world.Member
	for _, v := range found.Variants {
		all := slices.Concat(v.Members, v.Kept)
		slices.SortStableFunc(all, func(a, b world.Member) int { return b.Container.FinishedAt.Compare(a.Container.FinishedAt) })
		lack := 0
		if wanted := e.Conf.Variant(v.Name); wanted != nil {
			lack = wanted.Replicas
		}
		model := modelOf(e.Conf, v.Name)
		runs := func(m world.Member) bool { return m.Container.Running() || m.Container.Status == "paused" }
		for _, m := range all {
			if runs(m) && m.Container.ImageID == model {
				lack--
			}
		}
		for _, m := range all {
			fresh := e.Work != nil && slices.Contains(e.Work.Fresh, m.Container.Name)
			wanted := m.Container.ImageID == model
			if runs(m) || !fresh && (!wanted || lack <= 0) {
				continue
			}
			if wanted {
				lack--
			}
			out = append(out, m)
		}
	}
	return out
}

// modelOf is the image id of what a variant is wanted to run.
func modelOf(c desired.Deployment, variant string) string {
	if v := c.Variant(variant); v != nil {
		if r := c.Revision(v.Revision); r != nil {
			return "sha256:" + strings.TrimPrefix(r.Model.SHA256, "sha256:")
		}
	}
	return ""
}
