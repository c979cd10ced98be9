package kubernetes

import (
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/world"
)

// planPromote plans to give A the version of a candidate, where two workloads
// stand behind a front door that nobody above moves: A is rolled out first, then
// it gets all requests, then the candidate has no replicas any more. Only the
// first is written at once; carryOn does the rest when it is in effect.
func (s scene) planPromote(c backends.Change) (plan, error) {
	door := s.found.Door
	if door == nil || door.Asked() && door.Mechanism != split.Selector {
		return s.planAct(c)
	}
	b, err := s.variant(c.Variant)
	if err != nil {
		return plan{}, err
	}
	a := s.found.Variants[0]
	if err := promotable(a, b); err != nil {
		return plan{}, err
	}
	image, err := promoted(a, b)
	if err != nil {
		return plan{}, err
	}
	own, _ := world.Container(a.Workload)
	first, err := rollout.SetImage(a.Workload, own.Name, image, versionLabel(a.Workload, world.Version(b.Workload), image), cause(c))
	if err != nil {
		return plan{}, withOp(err, c.Op)
	}
	out := s.fromRollout(c, a, first)
	out.notes = append(out.notes, stays)
	out.note.Promoted = &promotedNote{Candidate: b.Name, Image: image}
	if err := s.planHome(c, b, &out); err != nil {
		return plan{}, err
	}
	if differ := settingsApart(a.Workload, b.Workload); len(differ) > 0 {
		out.notes = append(out.notes, fmt.Sprintf("%s and %s have other values of %s: only the image is carried over", a.Name, b.Name, strings.Join(differ, ", ")))
	}
	return out, nil
}

// planHome adds what follows once A is rolled out, as it looks now.
func (s scene) planHome(c backends.Change, b world.Variant, out *plan) error {
	home := s.all(backends.Stable)
	if !s.shown.Split().Equal(home) {
		p, err := s.planSplit(c, home)
		if err != nil {
			return err
		}
		out.later, out.effects, out.notes = p.writes, append(out.effects, p.effects...), append(out.notes, p.notes...)
	}
	if b.Workload.Desired == 0 || s.found.Door.Mechanism == split.ReplicaRatio { // there the split takes its replicas
		return nil
	}
	p, err := rollout.Scale(b.Workload, 0, s.space.Scalers)
	if err != nil {
		return withOp(err, c.Op)
	}
	out.later, out.effects = append(out.later, split.Write{Patch: p.Patch}), append(out.effects, p.Effects...)
	return nil
}

// promotable refuses variants that cannot be a stable one and its candidate.
func promotable(a, b world.Variant) error {
	for _, v := range []world.Variant{a, b} {
		switch w := v.Workload; {
		case w == nil:
			return refuse(backends.OpPromote, "no workload of %s was found", v.Name)
		case w.Kind == objects.ReplicaSet:
			return refuse(backends.OpPromote, "the %s %s makes the pods of %s: change it there", strings.ToLower(w.Owner.Kind), w.Owner.Name, v.Name)
		case w.Kind == objects.DaemonSet:
			return refuse(backends.OpPromote, "%s runs on every node and cannot be scaled", w.Name)
		}
	}
	if a.Name == b.Name {
		return refuse(backends.OpPromote, "%s is the stable variant: name a candidate", a.Name)
	}
	if !slices.ContainsFunc(b.Pods, func(p *objects.Pod) bool { return p.Ready }) {
		return refuse(backends.OpPromote, "%s has no ready replica", b.Name)
	}
	return nil
}

// promoted is the image that A gets: the candidate's, with the digest that its
// pods run where they agree on one that a registry has.
func promoted(a, b world.Variant) (string, error) {
	own, okA := world.Container(a.Workload)
	c, okB := world.Container(b.Workload)
	if !okA || !okB {
		return "", refuse(backends.OpPromote, "it is not clear which container serves the model: label the templates with %s", world.LabelContainer)
	}
	if bare := func(image string) string { name, _, _ := strings.Cut(image, "@"); return name }; own.Image == c.Image || bare(own.Image) == bare(c.Image) && world.Version(a.Workload) == world.Version(b.Workload) {
		text := fmt.Sprintf("%s has the image of %s already: give %s all requests, then scale %s to 0", a.Name, b.Name, a.Name, b.Name)
		if differ := settingsApart(a.Workload, b.Workload); len(differ) > 0 {
			text = fmt.Sprintf("%s has the image of %s already, and what makes them differ are the values of %s: change the template of %s", a.Name, b.Name, strings.Join(differ, ", "), a.Workload.Name)
		}
		return "", refuse(backends.OpPromote, "%s", text)
	}
	if strings.Contains(c.Image, "@") {
		return c.Image, nil
	}
	digest := ""
	for _, p := range b.Pods {
		_, d, ok := strings.Cut(world.Serving(p, c.Name).ImageID, "@")
		if !ok || digest != "" && d != digest {
			return c.Image, nil
		}
		digest = d
	}
	return c.Image + "@" + digest, nil
}

// versionLabel is the label that the template of a workload needs with an image
// so that its version is the one that is wanted, nil where it is without.
func versionLabel(w *objects.Workload, version, image string) map[string]string {
	after := *w
	after.Template.Containers = []objects.TemplateContainer{{Image: image}}
	if world.Version(&after) != version {
		return map[string]string{world.LabelVersion: version}
	}
	return nil
}

// settingsApart are the names of the variables of which two workloads' models
// have other values.
func settingsApart(a, b *objects.Workload) []string {
	values := func(w *objects.Workload) map[string]string {
		out := map[string]string{}
		if c, ok := world.Container(w); ok {
			for _, e := range c.Env {
				out[e.Name] = e.Value
			}
		}
		return out
	}
	of, other := values(a), values(b)
	var out []string
	for name, value := range of {
		if v, ok := other[name]; !ok || v != value {
			out = append(out, name)
		}
	}
	for name := range other {
		if _, ok := of[name]; !ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// promotion is a promote that was begun and is not done.
type promotion struct {
	note
	a, b world.Variant
}

// promoting finds the promote that the note on A tells of, while A has what it
// was to get: what somebody deployed since is another matter.
func promoting(found world.Deployment) (promotion, bool) {
	if len(found.Variants) < 2 || found.Variants[0].Workload == nil {
		return promotion{}, false
	}
	a := found.Variants[0]
	n, ours := readNote(a.Workload.Meta, operationNote)
	if !ours || n.Promoted == nil || n.Promoted.Done {
		return promotion{}, false
	}
	c, _ := world.Container(a.Workload)
	i := slices.IndexFunc(found.Variants, func(v world.Variant) bool { return v.Name == n.Promoted.Candidate })
	if i < 1 || c.Image != n.Promoted.Image || found.Variants[i].Workload == nil {
		return promotion{}, false
	}
	return promotion{n, a, found.Variants[i]}, true
}

// write notes on A who carries the promote on, or that it is done.
func (p promotion) write(change func(n *note)) (api.Patch, error) {
	n := p.note
	promoted := *n.Promoted
	n.Promoted = &promoted
	change(&n)
	at := api.Pointer("metadata", "annotations", operationNote)
	return api.JSONPatch(rollout.Ref(p.a.Workload), api.Test(at, p.a.Workload.Annotations[operationNote]), api.Replace(at, n.String()))
}
