package world_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/world"
)

// deployment is a workload whose pods carry app=NAME, with its ReplicaSet and
// as many pods as are given.
func deployment(s *objects.Space, name string, pods int, labels ...string) *objects.Workload {
	meta := objects.Meta{Name: name, Namespace: s.Name, UID: types.UID("d-" + name), Labels: map[string]string{}, Annotations: map[string]string{"deployment.kubernetes.io/revision": "1"}}
	for i := 0; i+1 < len(labels); i += 2 {
		meta.Labels[labels[i]] = labels[i+1]
	}
	w := &objects.Workload{Meta: meta, Kind: objects.Deployment, Desired: pods, Template: objects.Template{
		Labels: map[string]string{"app": name}, Containers: []objects.TemplateContainer{{Name: "model", Image: "registry/fraud:1.0"}}}}
	set := *w
	set.Meta.Name, set.Meta.UID, set.Kind, set.Owner = name+"-1", types.UID("r-"+name), objects.ReplicaSet, objects.Owner{Kind: objects.Deployment, UID: w.UID}
	s.Workloads, s.Sets = append(s.Workloads, w), append(s.Sets, &set)
	for i := range pods {
		s.Pods = append(s.Pods, &objects.Pod{Meta: objects.Meta{Name: fmt.Sprintf("%s-1-%d", name, i), Namespace: s.Name, Labels: map[string]string{"app": name},
			Owner: objects.Owner{Kind: objects.ReplicaSet, UID: set.UID}}, Phase: "Running", Ready: true})
	}
	s.Services = append(s.Services, &objects.Service{Meta: objects.Meta{Name: name, Namespace: s.Name}, Selector: map[string]string{"app": name}})
	return w
}

// model marks a workload as one that serves a model.
var model = []string{"app.kubernetes.io/component", "model"}

// door divides the requests between Services, by shares in percent.
func door(name string, shares map[string]float64, order ...string) split.Door {
	d := split.Door{}
	d.Name = name
	for _, side := range order {
		d.Sides = append(d.Sides, split.Side{Name: side, Service: side, Share: shares[side], Ready: 1})
	}
	return d
}

// written is a grouping in one line: "fraud: A fraud-a 90 (3), B fraud-b 10 (1)".
func written(list []world.Deployment) string {
	var all []string
	for _, d := range list {
		var variants []string
		for _, v := range d.Variants {
			name := v.Side.Name
			if v.Workload != nil {
				name = v.Workload.Name
			}
			variants = append(variants, fmt.Sprintf("%s %s %v (%d)", v.Name, name, v.Weight, len(v.Pods)))
		}
		all = append(all, d.Name+": "+strings.Join(variants, ", "))
	}
	return strings.Join(all, "; ")
}

func TestGroup(t *testing.T) {
	half := map[string]float64{"fraud-a": 50, "fraud-b": 50, "fraud-canary": 50, "fraud": 50}
	for name, c := range map[string]struct {
		make    func(s *objects.Space) []split.Door
		options world.Options
		want    string
	}{
		"a lone model server": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud", 2, model...)
			deployment(s, "shop", 3)
			return nil
		}, world.Options{}, "fraud: A fraud 100 (2)"},
		"by the image": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud", 1).Template.Containers[0].Image = "nvcr.io/nvidia/tritonserver:24.05-py3"
			return nil
		}, world.Options{}, "fraud: A fraud 100 (1)"},
		"everything of a namespace without a model server": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud", 1)
			deployment(s, "shop", 1)
			return nil
		}, world.Options{Everything: true}, "fraud: A fraud 100 (1); shop: A shop 100 (1)"},
		"not everything beside a model server": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud", 1, model...)
			deployment(s, "shop", 1)
			return nil
		}, world.Options{Everything: true}, "fraud: A fraud 100 (1)"},
		"by the selector of the configuration": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud", 1, model...)
			deployment(s, "shop", 1, "team", "ml")
			return nil
		}, world.Options{Selector: map[string]string{"team": "ml"}}, "shop: A shop 100 (1)"},
		"a route is a deployment of its own name": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud-a", 3, model...)
			deployment(s, "fraud-b", 1, model...)
			return []split.Door{door("fraud", map[string]float64{"fraud-a": 90, "fraud-b": 10}, "fraud-a", "fraud-b")}
		}, world.Options{}, "fraud: A fraud-a 90 (3), B fraud-b 10 (1)"},
		"what is called a candidate comes behind": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud-canary", 1, model...)
			deployment(s, "fraud", 3, model...)
			return []split.Door{door("route", half, "fraud-canary", "fraud")}
		}, world.Options{}, "route: A fraud 50 (3), B fraud-canary 50 (1)"},
		"labels win": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud-a", 1, world.LabelVariant, "C", world.LabelDeployment, "churn")
			deployment(s, "fraud-b", 1, world.LabelVariant, "A")
			return []split.Door{door("route", half, "fraud-a", "fraud-b")}
		}, world.Options{}, "churn: A fraud-b 50 (1), C fraud-a 50 (1)"},
		"what the route calls stable is": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud-a", 1, model...)
			deployment(s, "fraud-b", 1, model...)
			d := door("fraud", half, "fraud-a", "fraud-b")
			d.Sides[1].Stable = true
			d.Sides[0].Name = "blue"
			return []split.Door{d}
		}, world.Options{}, "fraud: A fraud-b 50 (1), B fraud-a 50 (1)"},
		"shares that do not round add up": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud-a", 1, model...)
			deployment(s, "fraud-b", 1, model...)
			deployment(s, "fraud-c", 1, model...)
			return []split.Door{door("fraud", map[string]float64{"fraud-a": 100. / 3, "fraud-b": 100. / 3, "fraud-c": 100. / 3}, "fraud-a", "fraud-b", "fraud-c")}
		}, world.Options{}, "fraud: A fraud-a 33.34 (1), B fraud-b 33.33 (1), C fraud-c 33.33 (1)"},
		"one name twice": {func(s *objects.Space) []split.Door {
			deployment(s, "one", 1, world.LabelDeployment, "fraud")
			deployment(s, "two", 1, world.LabelDeployment, "fraud")
			return nil
		}, world.Options{}, "fraud: A one 100 (1); fraud-2: A two 100 (1)"},
		"a second route to the same pods is none of its own": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud-a", 1, model...)
			deployment(s, "fraud-b", 1, model...)
			return []split.Door{door("fraud", half, "fraud-a", "fraud-b"), door("admin", half, "fraud-a", "fraud-b")}
		}, world.Options{}, "fraud: A fraud-a 50 (1), B fraud-b 50 (1)"},
		"a route to no model server": {func(s *objects.Space) []split.Door {
			deployment(s, "shop-a", 1)
			deployment(s, "shop-b", 1)
			return []split.Door{door("shop", map[string]float64{"shop-a": 50, "shop-b": 50}, "shop-a", "shop-b")}
		}, world.Options{Selector: map[string]string{"team": "ml"}}, ""},
		"a side whose pods are not there yet": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud-a", 1, model...)
			deployment(s, "fraud-b", 0, model...)
			return []split.Door{door("fraud", half, "fraud-a", "fraud-b")}
		}, world.Options{}, "fraud: A fraud-a 50 (1), B fraud-b 50 (0)"},
		"a side without a workload": {func(s *objects.Space) []split.Door {
			deployment(s, "fraud-a", 1, model...)
			return []split.Door{door("fraud", half, "fraud-a", "elsewhere")}
		}, world.Options{}, "fraud: A fraud-a 50 (1), B elsewhere 0 (0)"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &objects.Space{Name: "prod"}
			doors := c.make(s)
			got := world.Group(s, doors, c.options)
			if written(got) != c.want {
				t.Errorf("got  %s\nwant %s", written(got), c.want)
			}
		})
	}
}

// TestPodsOfAVariant sorts the pods: those that run, those that leave, those
// that ended for good.
func TestPodsOfAVariant(t *testing.T) {
	s := &objects.Space{Name: "prod"}
	deployment(s, "fraud", 4, model...)
	s.Pods[1].Deleted = s.Pods[1].Started.AddDate(1, 0, 0)
	s.Pods[2].Phase = "Succeeded"
	s.Pods[3].Phase = "Failed"
	v := world.Group(s, nil, world.Options{})[0].Variants[0]
	if len(v.Pods) != 1 || len(v.Leaving) != 1 || v.Gone != 2 || v.Set == nil || v.Set.Name != "fraud-1" {
		t.Errorf("%d run, %d leave, %d are gone, its ReplicaSet is %+v", len(v.Pods), len(v.Leaving), v.Gone, v.Set)
	}
}

// TestEnvironment reads it from a label, else from the namespace's name.
func TestEnvironment(t *testing.T) {
	for namespace, want := range map[string]string{"prod": "production", "ml-live": "production", "team_staging": "staging", "qa": "qa", "models": "", "products": ""} {
		s := &objects.Space{Name: namespace}
		deployment(s, "fraud", 1, model...)
		if got := world.Group(s, nil, world.Options{})[0].Environment; got != want {
			t.Errorf("the environment of namespace %s is %q, not %q", namespace, got, want)
		}
		s.Workloads[0].Labels[world.LabelEnvironment] = "canary-land"
		if got := world.Group(s, nil, world.Options{})[0].Environment; got != "canary-land" {
			t.Errorf("with a label it is %q", got)
		}
	}
}

// TestVersion takes the label, the tag, another label, the digest.
func TestVersion(t *testing.T) {
	digest := "sha256:" + strings.Repeat("ab", 32)
	for _, c := range []struct {
		image  string
		labels []string
		want   string
	}{
		{"registry:5000/fraud:1.2.0", nil, "1.2.0"},
		{"registry:5000/fraud:1.2.0", []string{world.LabelVersion, "7"}, "7"},
		{"registry:5000/fraud:1.2.0", []string{"version", "v1"}, "1.2.0"}, // part of a selector: it stays when the image changes
		{"registry:5000/fraud", []string{"version", "v1"}, "v1"},
		{"fraud:latest", []string{"model-version", "3"}, "3"},
		{"fraud@" + digest, nil, digest[7:19]},
		{"fraud", nil, "latest"},
	} {
		s := &objects.Space{Name: "prod"}
		w := deployment(s, "fraud", 1)
		w.Template.Containers[0].Image = c.image
		for pair := range slices.Chunk(c.labels, 2) {
			w.Template.Labels[pair[0]] = pair[1]
		}
		if got := world.Version(w); got != c.want {
			t.Errorf("the version of %s with %v is %q, not %q", c.image, c.labels, got, c.want)
		}
	}
}

func TestHidden(t *testing.T) {
	s := &objects.Space{Name: "prod"}
	deployment(s, "fraud", 1, model...)
	deployment(s, "shop", 1)
	deployment(s, "made", 1)
	s.Workloads[len(s.Workloads)-1].Owner = objects.Owner{Kind: "Thing", Name: "x"}
	if got := world.Hidden(s, world.Group(s, nil, world.Options{})); !slices.Equal(got, []string{"shop"}) {
		t.Errorf("hidden are %q", got)
	}
	if got := world.Hidden(s, world.Group(s, nil, world.Options{Selector: map[string]string{"app": "none"}})); !slices.Equal(got, []string{"fraud", "shop"}) {
		t.Errorf("hidden by a selector are %q", got)
	}
}
