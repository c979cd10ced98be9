package kubernetes_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
)

// mechanism is a way of dividing the requests of fraud between fraud-a, of
// three pods, and fraud-b, of one, as it is on a real API server.
type mechanism struct {
	name   string // of its objects in testdata/mechanisms
	object string // that is patched, as kubectl names it
	split  backends.Split
	want   backends.Split
	asked  map[string]string // what the object then says, by JSONPath
	kept   []string          // JSONPaths of what is beside the weights
	rival  string            // a merge patch of somebody else, which moves the weights too
	taken  string            // what the controller then says in the status, where the split is read from there
	unread bool              // readiness is not known: nothing is refused for it
}

// pair is a split between the two.
func pair(a, b float64) backends.Split { return backends.Split{"A": a, "B": b} }

var mechanisms = []mechanism{
	{
		name: "gateway-http", object: "httproute/fraud", split: pair(70, 30), want: pair(99.5, 0.5),
		asked: map[string]string{"{.spec.rules[0].backendRefs[*].weight}": "9950 50"},
		kept:  []string{"{.spec.rules[0].backendRefs[*].port}", "{.spec.rules[0].backendRefs[0].filters}", "{.spec.rules[0].matches}", "{.spec.hostnames}"},
		rival: `{"spec":{"rules":[{"backendRefs":[{"name":"fraud-a","port":80,"weight":60},{"name":"fraud-b","port":80,"weight":40}]}]}}`,
	},
	{
		name: "gateway-grpc", object: "grpcroute/fraud", split: pair(90, 10), want: pair(75, 25),
		asked: map[string]string{"{.spec.rules[0].backendRefs[*].weight}": "75 25"},
		kept:  []string{"{.spec.rules[0].matches}", "{.spec.rules[0].backendRefs[*].name}"},
		rival: `{"spec":{"rules":[{"backendRefs":[{"name":"fraud-a","port":80,"weight":60},{"name":"fraud-b","port":80,"weight":40}]}]}}`,
	},
	{
		name: "istio", object: "virtualservice/fraud", split: pair(100, 0), want: pair(95, 5),
		asked: map[string]string{"{.spec.http[0].route[*].weight}": "95 5"},
		kept:  []string{"{.spec.http[0].timeout}", "{.spec.http[0].match}", "{.spec.http[0].route[0].destination.port}", "{.spec.hosts}"},
		rival: `{"spec":{"http":[{"name":"predict","route":[{"destination":{"host":"fraud-a"},"weight":60},{"destination":{"host":"fraud-b"},"weight":40}]}]}}`,
	},
	{
		name: "istio-subsets", object: "virtualservice/fraud", split: pair(80, 20), want: pair(55, 45),
		asked: map[string]string{"{.spec.http[0].route[*].weight}": "55 45"},
		kept:  []string{"{.spec.http[0].retries}", "{.spec.http[0].route[*].destination.subset}"},
		rival: `{"spec":{"http":[{"route":[{"destination":{"host":"fraud","subset":"one"},"weight":60},{"destination":{"host":"fraud","subset":"two"},"weight":40}]}]}}`,
	},
	{
		name: "traefik", object: "traefikservice/fraud", split: pair(75, 25), want: pair(90, 10),
		asked: map[string]string{"{.spec.weighted.services[*].weight}": "90 10"},
		kept:  []string{"{.spec.weighted.sticky}", "{.spec.weighted.services[*].port}"},
		rival: `{"spec":{"weighted":{"services":[{"name":"fraud-a","port":80,"weight":1},{"name":"fraud-b","port":80,"weight":1}]}}}`,
	},
	{
		name: "ingress-nginx", object: "ingress/fraud", split: pair(90, 10), want: pair(80, 20),
		asked: map[string]string{`{.metadata.annotations.nginx\.ingress\.kubernetes\.io/canary-weight}`: "100"},
		kept:  []string{`{.metadata.annotations.nginx\.ingress\.kubernetes\.io/canary-weight-total}`, "{.metadata.annotations.team}", "{.spec}"},
		rival: `{"metadata":{"annotations":{"nginx.ingress.kubernetes.io/canary-weight":"70"}}}`,
	},
	{
		name: "alb", object: "ingress/fraud", split: pair(90, 10), want: pair(60, 40),
		asked: map[string]string{`{.metadata.annotations.alb\.ingress\.kubernetes\.io/actions\.fraud}`: `"Weight":60`},
		kept:  []string{"{.spec}", `{.metadata.annotations.kubernetes\.io/ingress\.class}`},
		rival: `{"metadata":{"annotations":{"alb.ingress.kubernetes.io/actions.fraud":"{\"type\":\"forward\",\"forwardConfig\":{\"targetGroups\":[{\"serviceName\":\"fraud-a\",\"servicePort\":\"80\",\"weight\":50},{\"serviceName\":\"fraud-b\",\"servicePort\":\"80\",\"weight\":50}]}}"}}}`,
	},
	{
		name: "kserve-serverless", object: "inferenceservice/fraud", split: pair(90, 10), want: pair(75, 25), unread: true,
		asked: map[string]string{"{.spec.predictor.canaryTrafficPercent}": "25"},
		kept:  []string{"{.spec.predictor.model}"},
		rival: `{"spec":{"predictor":{"canaryTrafficPercent":50}}}`,
		taken: `{"status":{"components":{"predictor":{"traffic":[{"latestRevision":true,"percent":25,"revisionName":"fraud-b"},{"latestRevision":false,"percent":75,"revisionName":"fraud-a","tag":"prev"}]}}}}`,
	},
	{
		name: "kserve-standard", object: "inferenceservice/fraud", split: pair(80, 20), want: pair(65, 35), unread: true,
		asked: map[string]string{"{.spec.canary[0].trafficPercent}": "35"},
		kept:  []string{"{.spec.predictor}", "{.spec.canary[0].predictor}"},
		rival: `{"spec":{"canary":[{"predictor":{"name":"v2","model":{}},"trafficPercent":50}]}}`,
	},
	{
		name: "knative", object: "services.serving.knative.dev/fraud", split: pair(80, 20), want: pair(30, 70), unread: true,
		asked: map[string]string{"{.spec.traffic[*].percent}": "30 70"},
		kept:  []string{"{.spec.template}", "{.spec.traffic[*].tag}", "{.spec.traffic[1].latestRevision}", `{.metadata.annotations.serving\.knative\.dev/rollout-duration}`},
		rival: `{"spec":{"traffic":[{"revisionName":"fraud-a","percent":50},{"latestRevision":true,"percent":50}]}}`,
	},
	{
		name: "knative-route", object: "routes.serving.knative.dev/fraud", split: pair(60, 40), want: pair(90, 10), unread: true,
		asked: map[string]string{"{.spec.traffic[*].percent}": "90 10"},
		kept:  []string{"{.spec.traffic[*].revisionName}"},
		rival: `{"spec":{"traffic":[{"revisionName":"fraud-a","percent":50},{"revisionName":"fraud-b","percent":50}]}}`,
	},
	{
		name: "seldon", object: "experiments.mlops.seldon.io/fraud", split: pair(50, 50), want: pair(85, 15), unread: true,
		asked: map[string]string{"{.spec.candidates[*].weight}": "85 15"},
		kept:  []string{"{.spec.mirror}", "{.spec.default}"},
		rival: `{"spec":{"candidates":[{"name":"fraud-a","weight":60},{"name":"fraud-b","weight":40}]}}`,
	},
	{
		name: "ratio", object: "deployment/fraud-b", split: pair(75, 25), want: pair(50, 50), unread: true,
		asked: map[string]string{"{.spec.replicas}": "2"},
		kept:  []string{"{.spec.template}"},
		rival: `{"spec":{"replicas":3}}`,
	},
}

// TestClusterMechanisms reads and changes the split of every mechanism through
// a real API server with the real definitions.
func TestClusterMechanisms(t *testing.T) {
	c := clustertest.Shared(t)
	c.CRDs(t, "gateway", "istio", "knative", "kserve", "seldon", "traefik")
	for _, m := range mechanisms {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			p := m.open(t, c)
			m.dryRuns(t, p)
			m.losesRace(t, p)
			m.splits(t, p)
			if !m.unread {
				m.refusesUnready(t, p)
			}
		})
	}
}

// open applies the objects of a mechanism, and opens a console on them.
func (m mechanism) open(t *testing.T, c *clustertest.Cluster) *place {
	t.Helper()
	p := &place{Namespace: c.Namespace(t)}
	p.applyAll(t, objects(t, m.name))
	p.Kubectl(t, "rollout", "status", "deployment", "--timeout=60s")
	p.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
	p.await(t, "the split is read", func(d backends.Deployment) bool { return d.Split().Equal(m.split) && d.Variants[0].Version != "" })
	return p
}

// objects are those of a mechanism, with the two versions of fraud.
func objects(t *testing.T, mechanism string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/mechanisms/" + mechanism + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return workload("fraud-a", "1.0.0", 3) + workload("fraud-b", "1.1.0", 1) + string(text)
}

// applyAll applies objects, and then their status, as their controllers do.
func (p *place) applyAll(t *testing.T, text string) {
	t.Helper()
	p.Apply(t, text)
	for decoder := yaml.NewDecoder(strings.NewReader(text)); ; {
		var object struct {
			APIVersion string `yaml:"apiVersion"`
			Kind       string
			Metadata   struct{ Name string }
			Status     map[string]any
		}
		if decoder.Decode(&object) != nil {
			return
		}
		if object.Status == nil {
			continue
		}
		patch, err := json.Marshal(map[string]any{"status": object.Status})
		if err != nil {
			t.Fatal(err)
		}
		group, version, _ := strings.Cut(object.APIVersion, "/")
		p.Kubectl(t, "patch", object.Kind+"."+version+"."+group, object.Metadata.Name, "--subresource=status", "--type=merge", "-p", string(patch))
	}
}

// read gives fraud as it is now.
func (p *place) read(t *testing.T) backends.Deployment {
	t.Helper()
	d, err := p.look(t)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (p *place) look(t *testing.T) (backends.Deployment, error) {
	list, err := p.backend.Deployments(t.Context())
	if err != nil {
		return backends.Deployment{}, err
	}
	i := slices.IndexFunc(list, func(d backends.Deployment) bool { return d.Name == "fraud" })
	if i < 0 {
		return backends.Deployment{}, errors.New("fraud is not listed")
	}
	return list[i], nil
}

// await waits until a condition holds.
func (p *place) await(t *testing.T, what string, holds func(backends.Deployment) bool) backends.Deployment {
	t.Helper()
	var d backends.Deployment
	clustertest.Eventually(t, what, func() (err error) {
		if d, err = p.look(t); err == nil && !holds(d) {
			err = fmt.Errorf("it is %+v", d)
		}
		return err
	})
	return d
}

func (m mechanism) change(d backends.Deployment, want backends.Split) backends.Change {
	return backends.Change{Op: backends.OpSplit, Deployment: d.Name, Token: d.Token, Split: want, By: "ana@desk"}
}

// state is all of an object that people write.
func (m mechanism) state(t *testing.T, p *place) string {
	t.Helper()
	return p.Kubectl(t, "get", m.object, "-o", "jsonpath={.metadata.annotations}{.metadata.generation}{.spec}")
}

// dryRuns asks what a split would do: it says so, and nothing changes.
func (m mechanism) dryRuns(t *testing.T, p *place) {
	t.Helper()
	before := m.state(t, p)
	effects, err := m.tries(t, p)
	if err != nil {
		t.Fatalf("dry run: %v", err)
	}
	for _, v := range []string{"A", "B"} {
		told := slices.ContainsFunc(effects, func(e backends.Effect) bool {
			return e.What == "weight of "+v && strings.HasPrefix(e.After, backends.FormatWeight(m.want[v]))
		})
		if !told {
			t.Errorf("the plan does not tell the weight of %s: %+v", v, effects)
		}
	}
	if after := m.state(t, p); after != before {
		t.Errorf("a dry run changed the object from %s to %s", before, after)
	}
}

// tries plans the split, once the endpoints are ready.
func (m mechanism) tries(t *testing.T, p *place) (effects []backends.Effect, err error) {
	t.Helper()
	clustertest.Eventually(t, "there are endpoints", func() error { // EndpointSlices are made a moment after the pods are ready
		effects, err = p.backend.DryRun(t.Context(), m.change(p.read(t), m.want))
		if err != nil && strings.Contains(err.Error(), "no ready endpoint") {
			return err
		}
		return nil
	})
	return effects, err
}

// losesRace applies a split that was planned before somebody else's change: it
// is refused as a lost race, and theirs stays. The object is put back then.
func (m mechanism) losesRace(t *testing.T, p *place) {
	t.Helper()
	stale := p.read(t)
	before := p.Kubectl(t, "get", m.object, "-o", "json")
	p.Kubectl(t, "patch", m.object, "--type=merge", "-p", m.rival)
	theirs := m.state(t, p)
	var lost *backends.ConflictError
	if err := p.backend.Apply(t.Context(), m.change(stale, m.want)); !errors.As(err, &lost) {
		t.Errorf("applied over somebody else's change: %v", err)
	}
	if now := m.state(t, p); now != theirs {
		t.Errorf("somebody else's change is gone: %s was %s", now, theirs)
	}
	p.replace(t, before)
	p.await(t, "the object is as it was", func(d backends.Deployment) bool { return d.Split().Equal(m.split) })
}

// replace puts an object back as it was, whoever changed it since.
func (p *place) replace(t *testing.T, before string) {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(before), &object); err != nil {
		t.Fatal(err)
	}
	delete(object["metadata"].(map[string]any), "resourceVersion")
	file := filepath.Join(t.TempDir(), "before.json")
	text, err := json.Marshal(object)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.Kubectl(t, "replace", "-f", file)
}

// splits changes the split: the object asks for it and keeps the rest, and the
// listing shows it once the controller has it.
func (m mechanism) splits(t *testing.T, p *place) {
	t.Helper()
	kept := make([]string, len(m.kept))
	for i, path := range m.kept {
		if kept[i] = p.Kubectl(t, "get", m.object, "-o", "jsonpath="+path); kept[i] == "" {
			t.Errorf("%s says nothing at %s", m.object, path)
		}
	}
	d := p.read(t)
	if err := p.backend.Apply(t.Context(), m.change(d, m.want)); err != nil {
		t.Fatalf("split: %v", err)
	}
	for path, want := range m.asked {
		if got := p.Kubectl(t, "get", m.object, "-o", "jsonpath="+path); got != want && !strings.Contains(got, want+",") && !strings.Contains(got, want+"}") {
			t.Errorf("%s of %s is %q, not %q", path, m.object, got, want)
		}
	}
	for i, path := range m.kept {
		if got := p.Kubectl(t, "get", m.object, "-o", "jsonpath="+path); got != kept[i] {
			t.Errorf("%s of %s changed from %s to %s", path, m.object, kept[i], got)
		}
	}
	if managers := p.Kubectl(t, "get", m.object, "--show-managed-fields", "-o", "jsonpath={.metadata.managedFields[*].manager}"); !slices.Contains(strings.Fields(managers), "pitwall") {
		t.Errorf("the managers of the fields are %s", managers)
	}
	if m.taken != "" {
		if d := p.read(t); !d.Split().Equal(m.split) {
			t.Errorf("before the controller has it the split is %s", d.Split())
		}
		p.Kubectl(t, "patch", m.object, "--subresource=status", "--type=merge", "-p", m.taken)
	}
	after := p.await(t, "the listing shows the split", func(d backends.Deployment) bool { return d.Split().Equal(m.want) })
	if m.name != "ratio" && after.SplitBy != "ana@desk" {
		t.Errorf("the split is said to be by %q", after.SplitBy)
	}
}

// refusesUnready asks for more requests to a variant without a ready pod.
func (m mechanism) refusesUnready(t *testing.T, p *place) {
	t.Helper()
	p.Kubectl(t, "scale", "deployment/fraud-b", "--replicas=0")
	d := p.await(t, "B has no pod", func(d backends.Deployment) bool { return d.Variants[1].Ready == 0 && d.Variants[1].Desired == 0 })
	var err error
	clustertest.Eventually(t, "requests to nobody are refused", func() error { // EndpointSlices are changed a moment after the pods are gone
		if _, err = p.backend.DryRun(t.Context(), m.change(d, pair(10, 90))); err == nil {
			return errors.New("they would be sent")
		}
		return nil
	})
	if refused := (*backends.UnsupportedError)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), "no ready endpoint") {
		t.Errorf("requests to nobody: %v", err)
	}
}
