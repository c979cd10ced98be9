package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestClusterChecklist walks the checklist of a deployment of a cluster with the
// binary, signed by two people at the same time: each has a journal of their own,
// and both see what both signed.
func TestClusterChecklist(t *testing.T) {
	namespace := fraudNamespace(t)
	ana, bob := filepath.Join(t.TempDir(), "ana"), filepath.Join(t.TempDir(), "bob")
	in := func(args ...string) []string {
		return append([]string{"--backend", "k8s:///" + namespace}, args...)
	}
	walked := func(state string, args ...string) map[string]string {
		t.Helper()
		return rowsOf(t, run(t, state, in(append([]string{"checklist", "fraud", "-o", "json"}, args...)...)...))
	}
	first := walked(ana)
	for item, want := range map[string]string{"resource-limits": "fail", "autoscaling": "fail", "rolling-update": "fail", "secrets": "unknown", "load-balancer": "warn", "logging": "unknown", "on-call": "unknown", "rollback-documented": "fail"} {
		if first[item] != want {
			t.Errorf("%s is %s, want %s", item, first[item], want)
		}
	}

	commands := map[string]*exec.Cmd{
		"ana": pitwallCommand(t, ana, in("attest", "fraud", "on-call", "--note", "Carl knows of it")...),
		"bob": pitwallCommand(t, bob, in("waive", "fraud", "autoscaling", "--note", "RISK-7", "--for", "2d")...),
	}
	var signing sync.WaitGroup
	for who, command := range commands {
		signing.Go(func() {
			if a := finish(t, command); a.code != 0 {
				t.Errorf("%s ended with %d:\n%s%s", who, a.code, a.stdout, a.stderr)
			}
		})
	}
	signing.Wait()
	for who, state := range map[string]string{"ana": ana, "bob": bob} {
		if rows := walked(state); rows["on-call"] != "attested" || rows["autoscaling"] != "waived" {
			t.Errorf("%s sees on-call %s, autoscaling %s", who, rows["on-call"], rows["autoscaling"])
		}
	}
	record := kubectl(t, "", "get", "configmap/fraud-pitwall", "--namespace", namespace, "-o", `jsonpath={.metadata.labels.app\.kubernetes\.io/managed-by} {.data.checklist\.json}`)
	if !strings.HasPrefix(record, "pitwall {") || !strings.Contains(record, "Carl knows of it") || !strings.Contains(record, "RISK-7") {
		t.Errorf("the ConfigMap is %s", record)
	}

	must(t, bob, in("revoke", "fraud", "on-call", "--note", "Carl is ill")...)
	if rows := walked(ana, "--read-only"); rows["on-call"] == "attested" {
		t.Error("what was revoked still counts in a console that only reads")
	}
	if a := run(t, ana, in("--read-only", "attest", "fraud", "on-call", "--note", "x")...); a.code == 0 || !strings.Contains(a.stderr, "read-only") {
		t.Errorf("a console that only reads signs: %d %s", a.code, a.stderr)
	}
}

// rowsOf are the states of a checklist's items, by their IDs. What was found of a
// deployment that lacks much is no success.
func rowsOf(t *testing.T, a answer) map[string]string {
	t.Helper()
	var report struct {
		Items []struct{ ID, State string }
	}
	if err := json.Unmarshal([]byte(a.stdout), &report); err != nil || a.code != 1 {
		t.Fatalf("the checklist ended with %d, %v:\n%s%s", a.code, err, a.stdout, a.stderr)
	}
	out := map[string]string{}
	for _, row := range report.Items {
		out[row.ID] = row.State
	}
	return out
}
