package kubernetes

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/world"
)

// join puts everything that is known of a deployment together, as a listing
// shows it. It is pure; its name, state and since are left to the caller.
func join(s *objects.Space, found world.Deployment, now time.Time) backends.Deployment {
	d := backends.Deployment{Backend: "kubernetes", Environment: found.Environment, Token: token(found), Address: address(s, found), Variants: []backends.Variant{}}
	for _, v := range found.Variants {
		d.Variants = append(d.Variants, variant(s, v, now))
	}
	d.Rollout = rolling(s, found, d.Variants, now)
	if door := found.Door; door != nil {
		d.Starts = door.Mechanism == split.ReplicaRatio
		d.Taken = &backends.Taken{State: door.Accepted.State, Text: door.Accepted.Text}
		note, own := readNote(metaOf(s, door.Ref), splitNote)
		if own && note.Split.Equal(d.Split()) {
			d.SplitBy, d.SplitAt = note.By, note.At
		} else {
			d.SplitBy, d.SplitAt = door.SetBy, door.SetAt
		}
	}
	return d
}

// token names what a change is planned from: the weights, what is asked of the
// front door, whose controller may not have it yet, and of each workload.
func token(d world.Deployment) string {
	h := fnv.New64a()
	if d.Door != nil {
		fmt.Fprint(h, d.Door.UID, d.Door.Mechanism, d.Door.Part, d.Door.Generation)
	}
	for _, v := range d.Variants {
		fmt.Fprint(h, "|", v.Name, v.Side.Name, v.Weight)
		if v.Workload != nil {
			fmt.Fprint(h, v.Workload.UID, v.Workload.Generation, v.Workload.Desired)
		}
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

func variant(s *objects.Space, v world.Variant, now time.Time) backends.Variant {
	out := backends.Variant{Name: v.Name, Weight: v.Weight, Replicas: []backends.Replica{}}
	container := ""
	if w := v.Workload; w != nil {
		out.Desired, out.Version, out.Held = w.Desired, world.Version(w), w.Paused
		if c, ok := world.Container(w); ok {
			container, out.Image = c.Name, c.Image
		}
		out.Revision, _ = strconv.Atoi(w.Annotations[rollout.RevisionAnnotation])
	} else {
		out.Desired = len(v.Pods)
	}
	for _, p := range v.Pods {
		r := world.Replica(p, container, now)
		if r.State == backends.OK {
			out.Ready++
			if out.Digest == "" && r.Image == out.Image {
				out.Digest = world.Digest(p, container)
			}
		}
		out.Replicas = append(out.Replicas, r)
	}
	answering(s, &out, v, container)
	for _, p := range v.Leaving {
		out.Replicas = append(out.Replicas, world.Replica(p, container, now))
	}
	switch {
	case out.Version != "":
	case len(out.Replicas) > 0:
		out.Version, out.Image = out.Replicas[0].Version, out.Replicas[0].Image
	default: // a revision without pods, or a model of a server of many: its name is all there is
		out.Version = v.Side.Name
	}
	if unseen(v) && v.Side.Ready > 0 {
		out.Ready, out.Desired = v.Side.Ready, v.Side.Ready
	}
	return out
}

// answering gives a variant the version of the pods that are ready, while none of
// the newest template is: what is on its way answers nobody. The replicas so far
// are those of its pods, in their order.
func answering(s *objects.Space, out *backends.Variant, v world.Variant, container string) {
	if v.Set == nil || v.Workload == nil {
		return
	}
	old := -1
	for i, p := range v.Pods {
		switch {
		case out.Replicas[i].State != backends.OK:
		case p.Owner.UID == v.Set.UID:
			return
		case old < 0:
			old = i
		}
	}
	if old >= 0 {
		r := out.Replicas[old]
		out.Version, out.Image, out.Digest = r.Version, r.Image, world.Digest(v.Pods[old], container)
		if set := s.Workload(objects.ReplicaSet, v.Pods[old].Owner.Name); set != nil {
			out.Revision, _ = strconv.Atoi(set.Annotations[rollout.RevisionAnnotation])
		}
	}
}

// unseen reports whether nothing of a variant can be seen but its front door's
// side: nobody needs its pods now, or they are another's.
func unseen(v world.Variant) bool {
	return v.Workload == nil && len(v.Pods) == 0 && len(v.Leaving) == 0 && v.Side.Ready != 0
}

// judge judges a deployment: the worst finding with its reason.
func judge(d backends.Deployment, found world.Deployment, blind []string) (backends.State, string) {
	worst, reason := backends.OK, ""
	find := func(s backends.State, text string) {
		if s.Severity() > worst.Severity() {
			worst, reason = s, text
		}
	}
	if door := found.Door; door != nil {
		if s := door.Accepted.State; s.Severity() >= backends.Warn.Severity() && s != backends.Unknown {
			find(s, door.Accepted.Text)
		}
		for _, v := range found.Variants {
			if v.Side.Ready == 0 && v.Weight > 0 {
				find(backends.Fail, fmt.Sprintf("%s has %s %% of the requests and no ready endpoint", v.Name, backends.FormatWeight(v.Weight)))
			}
		}
	}
	seen := d
	seen.Variants = nil
	for i, v := range found.Variants {
		if !unseen(v) {
			seen.Variants = append(seen.Variants, d.Variants[i])
		}
	}
	desired.Judge(seen, find)
	if r := d.Rollout; r != nil && r.First() && worst == backends.Fail {
		v, _ := d.Variant(r.Variant)
		reason += "; " + firstDeploy(r, v)
	}
	for _, list := range [][]string{found.Notes, blind} {
		for _, text := range list {
			find(backends.Warn, text)
		}
	}
	return worst, reason
}

// address is where the front door listens, as far as objects tell.
func address(s *objects.Space, d world.Deployment) string {
	if d.Door != nil && len(d.Door.Hosts) > 0 {
		return "http://" + d.Door.Hosts[0]
	}
	for _, v := range d.Variants {
		if v.Workload == nil {
			continue
		}
		for _, service := range s.Choosing(v.Workload.Template.Labels) {
			if len(service.Ports) > 0 {
				return fmt.Sprintf("http://%s.%s.svc:%d", service.Name, service.Namespace, service.Ports[0].Number)
			}
		}
	}
	return ""
}
