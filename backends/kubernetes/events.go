package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

var _ backends.Eventer = (*Backend)(nil)

// Events implements backends.Eventer: the cluster's Events about the objects of
// a deployment, and what the objects themselves still tell of the past: how
// containers ended, when pods became ready, when there was a new template. A
// cluster forgets its Events after an hour, unless its operator chose otherwise.
func (b *Backend) Events(ctx context.Context, deployment string, since time.Time) ([]backends.Event, error) {
	scenes, err := b.scenes(ctx, deployment)
	if err != nil {
		return nil, err
	}
	out := []backends.Event{}
	told, err := b.told(ctx, scenes)
	if err != nil {
		return nil, err
	}
	for _, s := range scenes {
		out = append(out, s.events(told[s.found.Namespace])...)
	}
	out = slices.DeleteFunc(out, func(e backends.Event) bool { return e.At.Before(since) })
	slices.SortStableFunc(out, func(a, b backends.Event) int { return a.At.Compare(b.At) })
	return out, nil
}

// told are the cluster's Events by namespace. Many namespaces are watched as one.
func (b *Backend) told(ctx context.Context, scenes []scene) (map[string][]*objects.Event, error) {
	out := make(map[string][]*objects.Event)
	for _, s := range scenes {
		out[s.found.Namespace] = nil
	}
	if len(out) > 1 && b.client.All() {
		all, err := b.store.Events(ctx, "")
		if err != nil {
			return nil, fmt.Errorf("read the events: %w", err)
		}
		for _, e := range all {
			out[e.Namespace] = append(out[e.Namespace], e)
		}
		return out, nil
	}
	for namespace := range out {
		list, err := b.store.Events(ctx, namespace)
		if err != nil {
			return nil, fmt.Errorf("read the events of namespace %s: %w", namespace, err)
		}
		out[namespace] = list
	}
	return out, nil
}

// scenes are one deployment, or all of them with "".
func (b *Backend) scenes(ctx context.Context, deployment string) ([]scene, error) {
	if deployment != "" {
		s, err := b.scene(ctx, deployment)
		return []scene{s}, err
	}
	if err := b.settle(ctx); err != nil {
		return nil, err
	}
	return b.all(), nil
}

// events are those of a namespace that concern the deployment, and those that
// its objects tell.
func (s scene) events(told []*objects.Event) []backends.Event {
	whose := s.whose()
	var out []backends.Event
	for _, e := range told {
		o, known := whose.of(e)
		if !known {
			continue
		}
		if event, tells := eventOf(e, o); tells {
			event.Deployment = s.shown.Name
			out = append(out, event)
		}
	}
	for _, event := range s.past(out) {
		event.Deployment = s.shown.Name
		out = append(out, event)
	}
	return out
}

// concerned is what an object is to a deployment.
type concerned struct{ variant, replica string }

// named is an object of a namespace.
type named struct{ kind, name string }

// owners tells what the objects of a deployment are to it.
type owners map[named]concerned

func (s scene) whose() owners {
	out := make(owners)
	put := func(kind, name string, c concerned) { out[named{kind, name}] = c }
	for _, v := range s.found.Variants {
		c := concerned{variant: v.Name}
		for _, p := range append(slices.Clone(v.Pods), v.Leaving...) {
			put("Pod", p.Name, concerned{v.Name, p.Name})
		}
		if v.Side.Service != "" && v.Side.Elsewhere == "" {
			put("Service", v.Side.Service, c)
		}
		w := v.Workload
		if w == nil {
			continue
		}
		put(w.Kind, w.Name, c)
		for _, set := range s.space.Sets {
			if set.Owner.UID == w.UID {
				put(set.Kind, set.Name, c)
			}
		}
		for _, h := range s.space.Scalers {
			if h.TargetKind == w.Kind && h.TargetName == w.Name {
				put("HorizontalPodAutoscaler", h.Name, c)
			}
		}
	}
	if d := s.found.Door; d != nil {
		out.add(d.Ref)
		if d.Parent != nil {
			out.add(*d.Parent)
		}
	}
	for _, d := range s.found.Others {
		out.add(d.Ref)
	}
	return out
}

// add puts a front door, unless it is something of a variant.
func (o owners) add(r api.Ref) {
	if _, known := o[named{r.Kind, r.Name}]; !known {
		o[named{r.Kind, r.Name}] = concerned{}
	}
}

// of finds what an event is about. A pod that is gone has the name of what made
// it, a dash and an ending.
func (o owners) of(e *objects.Event) (concerned, bool) {
	if c, known := o[named{e.Kind, e.Object}]; known {
		return c, true
	}
	i := strings.LastIndexByte(e.Object, '-')
	if e.Kind != "Pod" || i < 0 {
		return concerned{}, false
	}
	for _, kind := range []string{objects.ReplicaSet, objects.StatefulSet, objects.DaemonSet} {
		if c, known := o[named{kind, e.Object[:i]}]; known {
			return concerned{c.variant, e.Object}, true
		}
	}
	return concerned{}, false
}

// routine are reasons of Events that tell a person nothing.
var routine = []string{"Scheduled", "Pulling", "Pulled", "Created", "SuccessfulCreate", "SuccessfulDelete", "SuccessfulAttachVolume", "AddedInterface",
	"Sync", "ADD", "UPDATE"}

// said puts the reasons that the parts of Kubernetes give into pitwall's words.
var said = map[string]struct {
	kind  string
	state backends.State
}{
	"Started":                             {"start", backends.OK},
	"Killing":                             {"exit", backends.OK},
	"Evicted":                             {"exit", backends.Fail},
	"Preempted":                           {"exit", backends.Warn},
	"TaintManagerEviction":                {"exit", backends.Warn},
	"OOMKilling":                          {"exit", backends.Fail},
	"BackOff":                             {"backoff", backends.Fail},
	"Unhealthy":                           {"unready", backends.Warn},
	"NodeNotReady":                        {"unready", backends.Fail},
	"Failed":                              {"note", backends.Fail},
	"FailedCreate":                        {"note", backends.Fail},
	"FailedScheduling":                    {"note", backends.Fail},
	"SuccessfulRescale":                   {"scale", backends.OK},
	"DeploymentRollback":                  {"rollback", backends.OK},
	"DeploymentRollbackTemplateUnchanged": {"note", backends.OK},
}

// eventOf puts an Event into pitwall's words; false for one that tells nobody
// anything. What pitwall itself wrote is the operation that it tells of.
func eventOf(e *objects.Event, c concerned) (backends.Event, bool) {
	out := backends.Event{At: e.Last, Variant: c.variant, Replica: c.replica, Kind: "note", State: backends.OK, Text: oneLine(e.Text)}
	if n, ours := readNote(e.Meta, operationNote); ours && e.Source == api.Manager {
		out.Kind, out.By = string(n.Op), n.By
		if !n.At.IsZero() {
			out.At = n.At
		}
		return out, true
	}
	if e.Warning {
		out.State = backends.Warn
	}
	switch word, known := said[e.Reason]; {
	case known:
		out.Kind, out.State = word.kind, word.state
	case !e.Warning && slices.Contains(routine, e.Reason):
		return out, false
	}
	if out.Kind == "scale" {
		out.By = e.Kind + " " + e.Object
	}
	subject := e.Kind + " " + e.Object
	if c.replica != "" {
		subject = c.replica
	}
	out.Text = strings.TrimSuffix(fmt.Sprintf("%s: %s: %s", subject, e.Reason, out.Text), ": ")
	if e.Count > 1 {
		out.Text += fmt.Sprintf(" (%s since %s)", words.Count(e.Count, "time"), e.First.Local().Format(time.TimeOnly))
	}
	return out, true
}

// oneLine puts a text of several lines into one.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
