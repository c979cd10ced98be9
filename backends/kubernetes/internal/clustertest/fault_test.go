package clustertest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestFaults breaks one cluster in every way, one after the other.
func TestFaults(t *testing.T) {
	c := New(t)
	ns := c.Namespace(t)
	ns.Apply(t, deployment("model", "labels: {app: model}"))
	ns.Kubectl(t, "rollout", "status", "deployment/model", "--timeout=60s")
	list := func() (string, error) { return ns.Try("get", "deployment/model", "-o", "name", "--request-timeout=2s") }

	t.Run("a killed API server comes back with its data", func(t *testing.T) {
		c.Kill(t, APIServer)
		if out, err := list(); err == nil {
			t.Errorf("it answers %q", out)
		}
		start := time.Now()
		c.Start(t, APIServer)
		t.Logf("| ready again after %s", time.Since(start).Round(time.Millisecond))
		if out, err := list(); err != nil || out != "deployment.apps/model" {
			t.Errorf("started again: %q, %v", out, err)
		}
		ns.Kubectl(t, "scale", "deployment/model", "--replicas=5")
		ns.Kubectl(t, "rollout", "status", "deployment/model", "--timeout=60s") // the controllers are back too
	})

	t.Run("a frozen API server answers nobody", func(t *testing.T) {
		c.Freeze(t, APIServer)
		if _, err := list(); err == nil {
			t.Error("it answers")
		}
		c.Thaw(t, APIServer)
		if _, err := list(); err != nil {
			t.Error(err)
		}
	})

	t.Run("a slow etcd", func(t *testing.T) {
		const delay = 500 * time.Millisecond
		c.Slow(t, delay)
		start := time.Now()
		ns.Kubectl(t, "annotate", "deployment/model", "pitwall.test/slow=1")
		if took := time.Since(start); took < delay {
			t.Errorf("a change was through after %s", took)
		}
		c.Slow(t, 0)
	})

	t.Run("no etcd", func(t *testing.T) {
		c.Cut(t)
		if _, err := ns.Try("annotate", "deployment/model", "pitwall.test/cut=1", "--request-timeout=3s"); err == nil {
			t.Error("a change goes through")
		}
		c.Mend(t)
		Eventually(t, "changes after etcd is back", func() error {
			_, err := ns.Try("annotate", "--overwrite", "deployment/model", "pitwall.test/cut=2", "--request-timeout=5s")
			return err
		})
	})

	t.Run("a watch that goes on is told that it is gone", func(t *testing.T) {
		var list struct {
			Metadata struct{ ResourceVersion string }
		} // kubectl's own lists have none
		if err := json.Unmarshal([]byte(ns.Kubectl(t, "get", "--raw", "/api/v1/namespaces/"+ns.Name+"/pods?limit=1")), &list); err != nil {
			t.Fatal(err)
		}
		before := list.Metadata.ResourceVersion
		c.Expire(t)
		path := "/api/v1/namespaces/" + ns.Name + "/pods?watch=1&timeoutSeconds=5&resourceVersion=" + before
		out, err := c.Try("get", "--raw", path)
		if both := fmt.Sprint(out, err); !strings.Contains(both, "Expired") && !strings.Contains(both, "too old resource version") {
			t.Errorf("from %s on: %.300s", before, both)
		}
	})
}
