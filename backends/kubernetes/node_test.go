package kubernetes_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
	"pitwall/backends/operation"
)

// modelImage is the repository of testdata/cluster/node/run.sh: pitwall serve
// with a model for each tag.
const modelImage = "registry.local/model-api"

// served is a Deployment of real pods, which are replaced one by one. One that
// is told to end goes on serving until kube-proxy has left it out, which takes it
// a second, and more on a busy machine.
func served(name, version string, replicas int) string {
	return fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, labels: {app.kubernetes.io/component: model}}
spec:
  replicas: %[3]d
  selector: {matchLabels: {app: %[1]s}}
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: %[1]s, model: fraud, track: %[1]s}}
    spec:
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: model
        image: %[4]s:%[2]s
        args: [--grace, 4s]
        ports: [{name: http, containerPort: 8080}]
        readinessProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 1}
        livenessProbe: {httpGet: {path: /health, port: http}}
        securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
---
`, name, version, replicas, modelImage)
}

const oneService = `
apiVersion: v1
kind: Service
metadata: {name: fraud}
spec: {selector: {model: fraud}, ports: [{name: http, port: 80, targetPort: http}]}
`

// onNode runs fraud on the real node, and opens a console on it.
func onNode(t *testing.T, manifest string) *place {
	t.Helper()
	c := clustertest.Real(t)
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, manifest)
	p.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
	return p
}

// settled waits until fraud is as it is asked for.
func (p *place) settled(t *testing.T) backends.Deployment {
	t.Helper()
	return p.await(t, "it is well", func(d backends.Deployment) bool {
		for _, v := range d.Variants {
			if v.Ready != v.Desired || v.Version == "" {
				return false
			}
		}
		return d.State == backends.OK && d.Rollout == nil
	})
}

// operate plans a change of fraud and carries it out, and returns when the
// world shows it, with how long that took. The share that a split gives is for the clients to see:
// nothing measures it here.
func (o operator) operate(t *testing.T, c backends.Change) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	began := time.Now()
	outcome, err := o.ops.Run(ctx, o.plan(t, c), operation.Confirmation{Yes: true, Typed: "fraud", Reason: "a test"}, nil)
	if err != nil || outcome.Result != journal.ResultOK || !outcome.Observed && c.Op != backends.OpSplit {
		t.Fatalf("%s: %+v, %v", c.Op, outcome, err)
	}
	return time.Since(began)
}

// TestNodeTraffic moves the split of two versions, deploys a third by its
// digest, rolls it back, and deploys one that crashes, while clients post
// without a pause: no request is lost, and each version gets its share.
func TestNodeTraffic(t *testing.T) {
	p := onNode(t, served("fraud-a", "1.0.0", 3)+served("fraud-b", "1.1.0", 1)+oneService)
	began := time.Now()
	d := p.settled(t)
	t.Logf("| 4 pods serve %.1f s after they were applied", time.Since(began).Seconds())
	if !d.Split().Equal(pair(75, 25)) || d.Variants[0].Version != "1.0.0" || d.Variants[1].Version != "1.1.0" {
		t.Fatalf("it is read as %+v", d)
	}
	o, clients := p.operator(t), p.post(t)
	t.Log("| step | requests | failed | by version | operation | step took |")
	clients.during(t, p, "nothing changes", func() time.Duration { return 0 })
	clients.shares(t, map[string]float64{"1.0.0": 75, "1.1.0": 25})

	clients.during(t, p, "split 75/25 → 50/50", func() time.Duration {
		return o.operate(t, backends.Change{Op: backends.OpSplit, Split: pair(50, 50)})
	})
	clients.shares(t, map[string]float64{"1.0.0": 50, "1.1.0": 50})

	image := modelImage + ":1.2.0"
	clients.during(t, p, "deploy A 1.2.0 by digest", func() time.Duration {
		return o.operate(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Image: image + "@" + p.Cluster.Digest(t, image)})
	})
	clients.shares(t, map[string]float64{"1.2.0": 50, "1.1.0": 50})

	clients.during(t, p, "roll A back", func() time.Duration {
		return o.operate(t, backends.Change{Op: backends.OpRollback, Variant: "A"})
	})
	clients.shares(t, map[string]float64{"1.0.0": 50, "1.1.0": 50})

	clients.during(t, p, "B 1.3.0 crashes, rolled back", func() time.Duration { return p.crashes(t, o) })
	clients.shares(t, map[string]float64{"1.0.0": 50, "1.1.0": 50})
}

// crashes deploys a version whose model is not there to B, until it is told as
// failing, and rolls it back.
func (p *place) crashes(t *testing.T, o operator) time.Duration {
	t.Helper()
	p.apply(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Image: modelImage + ":1.3.0"})
	d := p.await(t, "it crashes", func(d backends.Deployment) bool {
		for _, r := range d.Variants[1].Replicas {
			if r.Cause == backends.CauseCrashLoop {
				return true
			}
		}
		return false
	})
	if d.Variants[1].Ready != 2 || d.Rollout == nil {
		t.Errorf("while one crashes the others serve: %+v", d)
	}
	return o.operate(t, backends.Change{Op: backends.OpRollback, Variant: "B"})
}

// TestNodeLogsAndForward reads the logs of several pods as one, over a restart
// of them, and asks one of them through a forwarded port.
func TestNodeLogsAndForward(t *testing.T) {
	p := onNode(t, served("fraud", "1.0.0", 3))
	p.settled(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	lines, err := p.backend.Logs(ctx, backends.LogQuery{Deployment: "fraud", Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	ready, drained := map[string]bool{}, map[string]bool{}
	last, restarted := time.Time{}, false
	for l := range lines {
		if l.At.Before(last) && !restarted {
			t.Errorf("%s of %s comes after a later one", l.Text, l.Replica)
		}
		last = l.At
		switch {
		case strings.Contains(l.Text, `"ready"`):
			ready[l.Replica] = true
		case strings.Contains(l.Text, `"stopped"`):
			drained[l.Replica] = true
		}
		if len(ready) == 3 && !restarted {
			restarted = true
			p.apply(t, backends.Change{Op: backends.OpRestart, Variant: "A"})
		}
		if len(ready) == 6 && len(drained) == 3 {
			break
		}
	}
	if len(ready) != 6 || len(drained) != 3 {
		t.Errorf("of 3 pods and the 3 that replaced them %d wrote that they are ready, and %d that they stopped", len(ready), len(drained))
	}

	d := p.settled(t)
	addresses, ended := make(chan string, 1), make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		ended <- p.backend.Forward(ctx, "fraud", d.Variants[0].Replicas[1].Name, 0, 0, func(address string) { addresses <- address })
	}()
	select {
	case address := <-addresses:
		c := newClient(t, "http://"+address, 0)
		for range 10 {
			if version, err := c.post(ctx); err != nil || version != "1.0.0" {
				t.Errorf("through the forwarded port: version %q, %v", version, err)
			}
		}
	case err := <-ended:
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended by its caller: %v", err)
	}
}
