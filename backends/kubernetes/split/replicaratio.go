package split

import (
	"fmt"
	"math"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// ratio reads a Service that chooses the pods of several workloads, which carry
// versions: each gets the share of the connections that its ready pods are of
// all. It is false where no label tells versions apart.
func (r *reader) ratio(s *objects.Service, chosen []*objects.Workload, scaled map[string]*objects.Scaler) (Door, bool) {
	key := ""
	for _, name := range versionLabels {
		values := map[string]bool{}
		for _, w := range chosen {
			values[w.Template.Labels[name]] = true
		}
		if len(values) == len(chosen) && !values[""] {
			key = name
			break
		}
	}
	if key == "" {
		return Door{}, false
	}
	d := r.atService(s, ReplicaRatio)
	d.SetBy, d.SetAt = scaledBy(chosen)
	total := 0
	seen := map[string]bool{}
	for i, w := range chosen {
		side := Side{Name: distinct(seen, w.Name, i), Service: s.Name, Selector: joined(s.Selector, map[string]string{key: w.Template.Labels[key]}), Weight: int64(w.Desired), Stable: isStable(w)}
		if side.Ready = r.ready(s.Name, side.Selector); side.Ready < 0 {
			side.Ready = w.Ready
		}
		total += side.Ready
		d.Sides = append(d.Sides, side)
		if w.Kind == objects.DaemonSet {
			d.fix("%s runs on every node: its number cannot be chosen", w.Name)
		}
		if h := scaled[w.Kind+"/"+w.Name]; h != nil {
			d.fix("HorizontalPodAutoscaler %s scales %s and would undo it", h.Name, w.Name)
		}
		if parent := r.parent(workloadKind(w).groupResource(), w.Meta); parent != nil {
			d.Parent = parent
			d.fix("the %s scales %s and would undo a change: change the split there", *parent, w.Name)
		}
	}
	for i, side := range d.Sides {
		if total > 0 {
			d.Sides[i].Share = 100 * float64(side.Ready) / float64(total)
		}
	}
	d.Accepted = ratioLamp(d, chosen)
	d.warn("the share counts connections, not requests: a client that keeps one stays with one pod")
	d.ratioStops(chosen)
	return d, true
}

// scaledBy is who wrote one of the workloads last.
func scaledBy(chosen []*objects.Workload) (name string, at time.Time) {
	for _, w := range chosen {
		for _, m := range w.Managers {
			if m.Subresource != "status" && m.At.After(at) {
				name, at = m.Name, m.At
			}
		}
	}
	return name, at
}

// ratioStops are all k of N pods. The number of pods stays, since it is also
// what the model can carry.
func (d *Door) ratioStops(chosen []*objects.Workload) {
	if len(chosen) != 2 {
		d.fix("%d workloads stand behind it: scale them one by one", len(chosen))
		return
	}
	n := chosen[0].Desired + chosen[1].Desired
	if n <= 0 || n > 10000 {
		d.fix("its workloads ask for %d pods together", n)
		return
	}
	for k := range n + 1 {
		d.Stops = append(d.Stops, 100*float64(k)/float64(n))
	}
	d.how = ratioScale{chosen[0], chosen[1]}
}

// ratioLamp tells whether the pods that are ready are those that are asked for.
func ratioLamp(d Door, chosen []*objects.Workload) Lamp {
	for i, w := range chosen {
		if d.Sides[i].Ready != w.Desired || w.Observed < w.Generation {
			return Lamp{backends.Progressing, fmt.Sprintf("%s has %d of %d pods ready", w.Name, d.Sides[i].Ready, w.Desired)}
		}
	}
	return Lamp{backends.OK, "as many pods are ready as are asked for"}
}

// ratioScale are the two workloads behind a Service.
type ratioScale [2]*objects.Workload

// move scales the side that grows, waits for its pods, and scales the other
// then: there is always as much as there was.
func (s ratioScale) move(d Door, shares []float64) ([]Write, []string, error) {
	n := s[0].Desired + s[1].Desired
	k := int(math.Round(shares[d.candidate()] * float64(n) / 100))
	want := [2]int{n - k, k}
	if d.candidate() == 0 {
		want = [2]int{k, n - k}
	}
	grows := 0
	if want[1] > s[1].Desired {
		grows = 1
	}
	up, down := s[grows], s[1-grows]
	if want[grows] == up.Desired {
		return nil, []string{"its pods are asked for already: they are not ready yet"}, nil
	}
	first, err := scale(up, want[grows])
	if err != nil {
		return nil, nil, err
	}
	second, err := scale(down, want[1-grows])
	if err != nil {
		return nil, nil, err
	}
	service, selector := d.Sides[grows].Service, d.Sides[grows].Selector
	await := func(space *objects.Space) Lamp { return readyLamp(space, up, service, selector, want[grows]) }
	notes := []string{fmt.Sprintf("%s goes to %d pods, then %s to %d once they are ready", up.Name, want[grows], down.Name, want[1-grows])}
	return []Write{{Patch: first}, {Patch: second, Await: await}}, notes, nil
}

// readyLamp is OK once a workload has as many ready endpoints as are wanted.
func readyLamp(space *objects.Space, w *objects.Workload, service string, selector map[string]string, want int) Lamp {
	now := space.Workload(w.Kind, w.Name)
	if now == nil || now.UID != w.UID {
		return Lamp{backends.Fail, w.Name + " is not there any more"}
	}
	r := &reader{space: space, index: newIndex(space)}
	ready := r.ready(service, selector)
	if ready < 0 {
		ready = now.Ready
	}
	if ready < want || now.Observed < now.Generation {
		return Lamp{backends.Progressing, fmt.Sprintf("%s has %d of %d pods ready", w.Name, ready, want)}
	}
	return Lamp{backends.OK, fmt.Sprintf("%s has %d pods ready", w.Name, ready)}
}

// scale asks for a number of replicas, of a workload that still asks for the
// number that was read. That of 0 is left out of the scale subresource, so
// there the version of the object has to be the one that was read.
func scale(w *objects.Workload, replicas int) (api.Patch, error) {
	ref := workloadRef(w)
	var patch api.Patch
	var err error
	if w.Desired > 0 {
		patch, err = api.JSONPatch(ref, api.Test("/spec/replicas", w.Desired), api.Replace("/spec/replicas", replicas))
	} else {
		patch, err = api.MergePatch(ref, w.ResourceVersion, map[string]any{"spec": map[string]any{"replicas": replicas}})
	}
	patch.Subresource = "scale"
	return patch, err
}
