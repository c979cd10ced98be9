package split

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
)

// cluster is a namespace of objects that patches are applied to as an API
// server does.
type cluster struct {
	t    testing.TB
	docs []map[string]any
}

func load(t testing.TB, files ...string) *cluster {
	t.Helper()
	c := &cluster{t: t}
	for _, file := range files {
		raw, err := os.ReadFile("testdata/" + file + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		c.add(string(raw))
	}
	return c
}

func (c *cluster) add(text string) {
	c.t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var doc any
		if err := decoder.Decode(&doc); err != nil {
			break
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			c.t.Fatal(err)
		}
		c.docs = append(c.docs, decodeObject(c.t, raw))
	}
}

func decodeObject(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	var u unstructured.Unstructured
	if err := u.UnmarshalJSON(raw); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return u.Object
}

// object finds an object by its kind and name.
func (c *cluster) object(kind, name string) map[string]any {
	c.t.Helper()
	for _, doc := range c.docs {
		if doc["kind"] == kind && text(doc, "metadata", "name") == name {
			return doc
		}
	}
	c.t.Fatalf("no %s %s", kind, name)
	return nil
}

// set sets a field of an object, under names and indices.
func (c *cluster) set(kind, name string, value any, path ...any) {
	c.t.Helper()
	var at any = c.object(kind, name)
	for i, step := range path {
		last := i == len(path)-1
		switch step := step.(type) {
		case int:
			l := at.([]any)
			if last {
				l[step] = value
			}
			at = l[step]
		case string:
			m := at.(map[string]any)
			if last && value == nil {
				delete(m, step)
				return
			}
			if last {
				m[step] = value
			} else if m[step] == nil {
				m[step] = map[string]any{}
			}
			at = m[step]
		}
	}
}

// space reads the objects as the store keeps them.
func (c *cluster) space() *objects.Space {
	c.t.Helper()
	s := &objects.Space{Name: "prod", Customs: map[schema.GroupResource][]*objects.Custom{}}
	for _, doc := range c.docs {
		u := (&unstructured.Unstructured{Object: doc}).DeepCopy()
		group, _ := cutVersion(u.GetAPIVersion())
		switch group + "/" + u.GetKind() {
		case "/Service":
			s.Services = append(s.Services, objects.TrimService(typed[core.Service](c.t, u)))
		case "/Pod":
			s.Pods = append(s.Pods, objects.TrimPod(typed[core.Pod](c.t, u)))
		case "discovery.k8s.io/EndpointSlice":
			s.Slices = append(s.Slices, objects.TrimSlice(typed[discovery.EndpointSlice](c.t, u)))
		case "apps/Deployment":
			s.Workloads = append(s.Workloads, objects.TrimDeployment(typed[apps.Deployment](c.t, u)))
		case "apps/ReplicaSet":
			s.Sets = append(s.Sets, objects.TrimReplicaSet(typed[apps.ReplicaSet](c.t, u)))
		case "autoscaling/HorizontalPodAutoscaler":
			s.Scalers = append(s.Scalers, objects.TrimScaler(typed[autoscaling.HorizontalPodAutoscaler](c.t, u)))
		default:
			i := slices.IndexFunc(kinds(), func(k kind) bool { return k.group == group && k.name == u.GetKind() })
			if i < 0 {
				c.t.Fatalf("no kind %s %s", group, u.GetKind())
			}
			gr := kinds()[i].groupResource()
			s.Customs[gr] = append(s.Customs[gr], objects.TrimCustom(u))
		}
	}
	return s
}

func typed[T any](t testing.TB, u *unstructured.Unstructured) *T {
	t.Helper()
	out := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// door finds the door of a mechanism at an object, by a part where it has some.
func (c *cluster) door(m Mechanism, name string, part ...string) Door {
	c.t.Helper()
	var seen []string
	for _, d := range Find(c.space()) {
		if d.Mechanism == m && d.Name == name && (len(part) == 0 || d.Part == part[0]) {
			return d
		}
		seen = append(seen, fmt.Sprintf("%s %s %q", d.Mechanism, d.Ref, d.Part))
	}
	c.t.Fatalf("no door %s %s %v among %s", m, name, part, strings.Join(seen, "; "))
	return Door{}
}

var errLost = errors.New("lost the race")

// apply writes patches in order, as an API server does.
func (c *cluster) apply(plan Plan) error {
	for _, w := range plan.Patches {
		if w.Await != nil {
			if lamp := w.Await(c.space()); lamp.State != backends.OK {
				return fmt.Errorf("%s has to wait: %s", w.Ref, lamp.Text)
			}
		}
		if err := c.write(w); err != nil {
			return err
		}
	}
	return nil
}

func (c *cluster) write(w Write) error {
	i := slices.IndexFunc(c.docs, func(doc map[string]any) bool {
		group, _ := cutVersion(text(doc, "apiVersion"))
		return doc["kind"] == w.Kind && group == w.Resource.Group && text(doc, "metadata", "name") == w.Name
	})
	if i < 0 {
		return fmt.Errorf("no %s", w.Ref)
	}
	before, err := json.Marshal(c.docs[i])
	if err != nil {
		return err
	}
	after, err := patched(before, w)
	if err != nil {
		return err
	}
	doc := decodeObject(c.t, after)
	if text(doc, "metadata", "resourceVersion") != text(c.docs[i], "metadata", "resourceVersion") || text(doc, "metadata", "uid") != text(c.docs[i], "metadata", "uid") {
		return fmt.Errorf("%w: %s is another version", errLost, w.Ref)
	}
	version, _ := strconv.Atoi(text(doc, "metadata", "resourceVersion"))
	doc["metadata"].(map[string]any)["resourceVersion"] = strconv.Itoa(version + 1)
	c.docs[i] = doc
	return nil
}

func patched(before []byte, w Write) ([]byte, error) {
	if w.Type == types.MergePatchType {
		return jsonpatch.MergePatch(before, w.Body)
	}
	patch, err := jsonpatch.DecodePatch(w.Body)
	if err != nil {
		return nil, err
	}
	after, err := patch.Apply(before)
	if err != nil && (bytes.Contains([]byte(err.Error()), []byte("test")) || errors.Is(err, jsonpatch.ErrTestFailed)) {
		return nil, fmt.Errorf("%w: %w", errLost, err)
	}
	return after, err
}

// sharesOf are the shares of a door by side.
func sharesOf(d Door) map[string]float64 {
	out := map[string]float64{}
	for _, side := range d.Sides {
		out[side.Name] = side.Share
	}
	return out
}

// refused checks that an error is a refusal with a reason.
func refused(t *testing.T, err error, reason string) {
	t.Helper()
	var unsupported *backends.UnsupportedError
	if !errors.As(err, &unsupported) {
		t.Fatalf("%v is no refusal; want one that says %q", err, reason)
	}
	if !strings.Contains(unsupported.Reason, reason) {
		t.Errorf("refused with %q, want %q", unsupported.Reason, reason)
	}
}

// warned reports whether one of a door's warnings says something.
func warned(d Door, what string) bool {
	return slices.ContainsFunc(d.Warnings, func(w string) bool { return strings.Contains(w, what) })
}
