package kubernetes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/world"
)

// past is what the objects of a deployment tell of what happened: Kubernetes
// writes no Event when a container ends or a pod becomes ready, and none of a
// change that somebody makes. Changes that are among the known events are left
// out.
func (s scene) past(known []backends.Event) []backends.Event {
	var out []backends.Event
	for _, v := range s.found.Variants {
		for _, p := range append(slices.Clone(v.Pods), v.Leaving...) {
			for _, e := range podPast(p) {
				e.Variant, e.Replica = v.Name, p.Name
				out = append(out, e)
			}
		}
		for _, e := range s.templates(v) {
			told := func(k backends.Event) bool {
				return slices.Contains(templateOps, backends.Op(k.Kind)) && k.At.Sub(e.At).Abs() < sameChange && (k.Variant == "" || k.Variant == v.Name)
			}
			if !slices.ContainsFunc(known, told) {
				out = append(out, e)
			}
		}
	}
	return out
}

// templateOps are pitwall's operations that may make a new template.
var templateOps = []backends.Op{backends.OpDeploy, backends.OpRollback, backends.OpRestart, backends.OpPromote, backends.OpAbort}

// sameChange is how far apart two tellings of one change may be.
const sameChange = 30 * time.Second

// podPast is how a pod's containers ended, and since when it is ready or not.
func podPast(p *objects.Pod) []backends.Event {
	var out []backends.Event
	for _, c := range p.Containers {
		for _, x := range []objects.ContainerState{c.Last, c.State} {
			if x.Kind != "terminated" || x.Finished.IsZero() || c.Init && x.Code == 0 {
				continue
			}
			e := backends.Event{At: x.Finished, Kind: "exit", State: backends.Fail, Text: fmt.Sprintf("%s: %s ended with status %d", p.Name, c.Name, x.Code)}
			switch {
			case x.Code == 0:
				e.State = backends.OK
			case x.Reason != "" && x.Reason != "Error":
				e.Text += " (" + x.Reason + ")"
			}
			out = append(out, e)
		}
	}
	switch {
	case p.ReadySince.IsZero() || !p.Deleted.IsZero():
	case p.Ready:
		out = append(out, backends.Event{At: p.ReadySince, Kind: "ready", State: backends.OK, Text: p.Name + " is ready"})
	case p.ReadySince.Sub(cmp.Or(p.Started, p.Created)) > lostLater:
		out = append(out, backends.Event{At: p.ReadySince, Kind: "unready", State: backends.Fail, Text: p.Name + " is no longer ready"})
	}
	return out
}

// lostLater: a pod that never was ready has that condition from its start on.
const lostLater = 2 * time.Second

// templates are the changes of a Deployment's template, as its ReplicaSets show
// them. The first is no change.
func (s scene) templates(v world.Variant) []backends.Event {
	if v.Workload == nil || v.Workload.Kind != objects.Deployment {
		return nil
	}
	sets := slices.DeleteFunc(slices.Clone(s.space.Sets), func(w *objects.Workload) bool { return w.Owner.UID != v.Workload.UID })
	slices.SortFunc(sets, func(a, b *objects.Workload) int { return a.Created.Compare(b.Created) })
	var out []backends.Event
	for i, set := range sets {
		if i == 0 {
			continue
		}
		before, after := world.Version(sets[i-1]), world.Version(set)
		e := backends.Event{At: set.Created, Variant: v.Name, Kind: "deploy", State: backends.OK, Text: fmt.Sprintf("%s has a new template: %s → %s", v.Name, before, after)}
		if before == after {
			e.Text = fmt.Sprintf("%s has a new template of version %s", v.Name, after)
			if was, is := sets[i-1].Template.Annotations[rollout.RestartAnnotation], set.Template.Annotations[rollout.RestartAnnotation]; is != "" && is != was {
				e.Kind, e.Text = "restart", v.Name+" was restarted"
			}
		}
		if n, ours := madeBy(set); ours && n.At.Sub(set.Created).Abs() < sameChange {
			e.By, e.Kind = n.By, string(n.Op)
		}
		if why := causeOf(set); why != "" {
			e.Text += ": " + why // a command line, often
		}
		e.Text = strings.TrimSpace(e.Text)
		out = append(out, e)
	}
	return out
}
