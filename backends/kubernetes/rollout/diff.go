package rollout

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"pitwall/backends"
)

// diffTemplates tells what another template changes, by the words of the
// manifest. Nothing that differs is left out: what has no line of its own
// stands under "other settings".
func diffTemplates(before, after *core.PodTemplateSpec) []backends.Effect {
	a, b := withoutHash(before), withoutHash(after)
	var out []backends.Effect
	out = append(out, diffContainers(a.Spec.Containers, b.Spec.Containers)...)
	out = append(out, diffContainers(a.Spec.InitContainers, b.Spec.InitContainers)...)
	out = append(out, diffNames("label", "pods", a.Labels, b.Labels, shown)...)
	out = append(out, diffNames("annotation", "pods", withoutCause(a.Annotations), withoutCause(b.Annotations), shown)...)
	out = append(out, diffNames("volume", "pods", volumes(a), volumes(b), whole)...)
	out = append(out, diffNames("node selector", "pods", a.Spec.NodeSelector, b.Spec.NodeSelector, whole)...)
	out = append(out, one("service account of pods", a.Spec.ServiceAccountName, b.Spec.ServiceAccountName)...)
	for _, t := range []*core.PodTemplateSpec{a, b} {
		s := &t.Spec
		s.Containers, s.InitContainers, s.Volumes, s.NodeSelector = nil, nil, nil, nil
		s.ServiceAccountName, s.DeprecatedServiceAccount = "", ""
	}
	return append(out, other("pods", &a.Spec, &b.Spec)...)
}

func diffContainers(before, after []core.Container) []backends.Effect {
	var out []backends.Effect
	for _, b := range before {
		if !slices.ContainsFunc(after, func(c core.Container) bool { return c.Name == b.Name }) {
			out = append(out, backends.Effect{What: "container " + b.Name, Before: b.Image, After: "none"})
		}
	}
	for _, a := range after {
		i := slices.IndexFunc(before, func(c core.Container) bool { return c.Name == a.Name })
		if i < 0 {
			out = append(out, backends.Effect{What: "container " + a.Name, Before: "none", After: a.Image})
			continue
		}
		out = append(out, diffContainer(*before[i].DeepCopy(), *a.DeepCopy())...)
	}
	return out
}

func diffContainer(a, b core.Container) []backends.Effect {
	of := " of " + a.Name
	out := one("image"+of, a.Image, b.Image)
	out = append(out, diffNames("env", a.Name, variables(a), variables(b), sources)...)
	out = append(out, one("requests"+of, quantities(a.Resources.Requests), quantities(b.Resources.Requests))...)
	out = append(out, one("limits"+of, quantities(a.Resources.Limits), quantities(b.Resources.Limits))...)
	out = append(out, diffProbes("readiness probe"+of, a.ReadinessProbe, b.ReadinessProbe)...)
	out = append(out, diffProbes("liveness probe"+of, a.LivenessProbe, b.LivenessProbe)...)
	out = append(out, diffProbes("startup probe"+of, a.StartupProbe, b.StartupProbe)...)
	for _, c := range []*core.Container{&a, &b} {
		c.Image, c.Env, c.EnvFrom = "", nil, nil
		c.Resources.Requests, c.Resources.Limits = nil, nil
		c.ReadinessProbe, c.LivenessProbe, c.StartupProbe = nil, nil, nil
	}
	return append(out, other(a.Name, &a, &b)...)
}

// one is the effect on one value, none when it stays.
func one(what, before, after string) []backends.Effect {
	if before == after {
		return nil
	}
	return []backends.Effect{{What: what, Before: orNone(before), After: orNone(after)}}
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// diffNames tells which members of a map change. show gives what may be shown
// of a value.
func diffNames(noun, of string, before, after map[string]string, show func(name, value string) string) []backends.Effect {
	all := maps.Clone(before)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, after)
	var out []backends.Effect
	for _, name := range slices.Sorted(maps.Keys(all)) {
		was, had := before[name]
		is, has := after[name]
		if had == has && was == is {
			continue
		}
		e := backends.Effect{What: noun + " " + name + " of " + of, Before: "none", After: "none"}
		if had {
			e.Before = show(name, was)
		}
		if has {
			e.After = show(name, is)
		}
		if e.Before == e.After {
			e.After = "another value"
		}
		out = append(out, e)
	}
	return out
}

func whole(_, value string) string { return value }

func quantities(list core.ResourceList) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(list)) {
		q := list[name]
		parts = append(parts, string(name)+" "+q.String())
	}
	return strings.Join(parts, ", ")
}

func diffProbes(what string, a, b *core.Probe) []backends.Effect {
	if equality.Semantic.DeepEqual(a, b) {
		return nil
	}
	e := backends.Effect{What: what, Before: probe(a), After: probe(b)}
	if e.Before == e.After {
		e.After = "with other settings"
	}
	return []backends.Effect{e}
}

func probe(p *core.Probe) string {
	if p == nil {
		return "none"
	}
	how := "?"
	switch {
	case p.HTTPGet != nil:
		how = "GET " + p.HTTPGet.Path + " on port " + p.HTTPGet.Port.String()
	case p.TCPSocket != nil:
		how = "TCP on port " + p.TCPSocket.Port.String()
	case p.GRPC != nil:
		how = fmt.Sprintf("gRPC on port %d", p.GRPC.Port)
	case p.Exec != nil:
		how = "a command" // its arguments may hold a secret
	}
	return fmt.Sprintf("%s every %d s, %d failures, after %d s, timeout %d s", how, p.PeriodSeconds, p.FailureThreshold, p.InitialDelaySeconds, p.TimeoutSeconds)
}

// volumes are the volumes of a template, by what they hold.
func volumes(t *core.PodTemplateSpec) map[string]string {
	out := map[string]string{}
	for _, v := range t.Spec.Volumes {
		s := v.VolumeSource
		switch {
		case s.Secret != nil:
			out[v.Name] = "Secret " + s.Secret.SecretName
		case s.ConfigMap != nil:
			out[v.Name] = "ConfigMap " + s.ConfigMap.Name
		case s.PersistentVolumeClaim != nil:
			out[v.Name] = "PersistentVolumeClaim " + s.PersistentVolumeClaim.ClaimName
		default:
			out[v.Name] = members(s)
		}
	}
	return out
}

// other names the members that differ and have no line of their own.
func other(of string, a, b any) []backends.Effect {
	was, is := fields(a), fields(b)
	var names []string
	for name := range was {
		if string(was[name]) != string(is[name]) {
			names = append(names, name)
		}
	}
	for name := range is {
		if _, had := was[name]; !had {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return []backends.Effect{{What: "other settings of " + of, Before: strings.Join(names, ", "), After: "as in that revision"}}
}

// members names the members of an object that are set.
func members(v any) string { return strings.Join(slices.Sorted(maps.Keys(fields(v))), ", ") }

func fields(v any) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil { // types of the Kubernetes API always go through JSON
		panic(err)
	}
	return out
}

// withoutCause leaves out what tells of a change and is none: the change-cause,
// and pitwall's own notes.
func withoutCause(annotations map[string]string) map[string]string {
	out := maps.Clone(annotations)
	maps.DeleteFunc(out, func(name, _ string) bool { return name == CauseAnnotation || strings.HasPrefix(name, "com.pitwall.") })
	return out
}
