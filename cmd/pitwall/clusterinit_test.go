package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// scaffolded is a namespace, and a directory in which `pitwall init` wrote the
// files for it.
type scaffolded struct {
	namespace, dir, state string
}

func scaffoldedNamespace(t *testing.T) scaffolded {
	t.Helper()
	kubectl(t, clusterTool(t, "", clusterTools(t).Program, "crds", "gateway"), "apply", "--server-side", "-f", "-")
	namespace := kubectl(t, "{apiVersion: v1, kind: Namespace, metadata: {generateName: init-}}", "create", "-o", "jsonpath={.metadata.name}", "-f", "-")
	t.Cleanup(func() { kubectl(t, "", "delete", "namespace", namespace, "--wait=false") })
	kubectl(t, "", "wait", "--for=create", "serviceaccount/default", "--timeout=60s", "--namespace", namespace)
	s := scaffolded{namespace, t.TempDir(), filepath.Join(t.TempDir(), "state")}
	must(t, s.state, "init", s.dir, "--name", "churn", "--namespace", namespace, "--model", "models/1.0.0/model.onnx", "--version", "1.0.0",
		"--image", "registry.test/churn", "--about", `It's "$HOME" {{ .X }} # ; \`)
	return s
}

func (s scaffolded) file(name string) string { return filepath.Join(s.dir, "kubernetes", name) }

func (s scaffolded) image(t *testing.T) string {
	t.Helper()
	return kubectl(t, "", "get", "deployment/churn", "--namespace", s.namespace, "-o", "jsonpath={.spec.template.spec.containers[0].image}")
}

// deploy runs the deploy script with the real binary.
func (s scaffolded) deploy(t *testing.T, image string, env ...string) (out string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", filepath.Join(s.dir, "deploy/deploy.sh"), image)
	cmd.Env = append(pitwallCommand(t, s.state).Env, append(env, "PITWALL="+program(t), "KUBECTL="+clusterTools(t).Kubectl)...)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// digested is an image of the deployment by a digest of one digit.
func digested(version, digit string) string {
	return "registry.test/churn:" + version + "@sha256:" + strings.Repeat(digit, 64)
}

// TestClusterInitIsAccepted: the API server takes every manifest with strict
// validation, and one with a field that is not there it does not.
func TestClusterInitIsAccepted(t *testing.T) {
	s := scaffoldedNamespace(t)
	count := 0
	err := filepath.WalkDir(s.file(""), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "monitor.yaml" || d.Name() == "alerts.yaml" { // of a project that is not in the test cluster
			return err
		}
		count++
		kubectl(t, "", "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", path)
		return nil
	})
	if err != nil || count < 11 {
		t.Errorf("%d manifests, %v", count, err)
	}
	text, err := os.ReadFile(s.file("service.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), clusterTools(t).Kubectl, "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-")
	cmd.Stdin = strings.NewReader(strings.Replace(string(text), "  selector:", "  selektor: x\n  selector:", 1))
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "selektor") {
		t.Errorf("validation is not strict: %v: %s", err, out)
	}
}

// TestClusterInitDeploys: the deploy script makes the deployment, replaces its
// version, and takes back one that does not get ready.
func TestClusterInitDeploys(t *testing.T) {
	s := scaffoldedNamespace(t)
	first, second, third := digested("1.0.0", "1"), digested("1.1.0", "2"), digested("1.2.0", "3")
	out, code := s.deploy(t, first)
	if code != 0 || s.image(t) != first {
		t.Fatalf("the first deploy ended with %d, it runs %s:\n%s", code, s.image(t), out)
	}
	// The autoscaler brings it to its least.
	kubectl(t, "", "wait", "--for=jsonpath={.status.readyReplicas}=3", "deployment/churn", "--timeout=90s", "--namespace", s.namespace)

	out, code = s.deploy(t, second)
	if code != 0 || s.image(t) != second || !strings.Contains(out, "successfully rolled out") {
		t.Fatalf("the second deploy ended with %d, it runs %s:\n%s", code, s.image(t), out)
	}
	if report, err := os.ReadFile(filepath.Join(s.dir, "reports/checklist.xml")); err != nil || !strings.Contains(string(report), "<testsuite") {
		t.Errorf("the report is %.200s, %v", report, err)
	}
	walk := pitwallCommand(t, s.state, "--backend", "k8s:///"+s.namespace, "checklist", "churn", "--items", "checklist.yaml", "-o", "json")
	walk.Dir = s.dir
	walked := finish(t, walk)
	rows := rowsOf(t, walked)
	for _, item := range []string{"resource-limits", "load-balancer", "multi-stage", "non-root", "pinned", "orchestration-health", "secrets-committed"} {
		if rows[item] != "pass" {
			t.Errorf("the checklist says %s of %s:\n%s", rows[item], item, walked.stdout)
		}
	}
	if !strings.Contains(walked.stdout, "RollingUpdate: a replica leaves when its replacement serves; 45s to end requests; PodDisruptionBudget churn") {
		t.Errorf("the checklist finds no rolling update:\n%s", walked.stdout)
	}

	kubectl(t, "", "create", "quota", "full", "--hard=pods=3", "--namespace", s.namespace) // no replica fits beside the others
	out, code = s.deploy(t, third, "TIMEOUT=25s")
	if code != 1 || s.image(t) != second || !strings.Contains(out, "it was taken back") {
		t.Errorf("a deploy that cannot end ended with %d, it runs %s:\n%s", code, s.image(t), out)
	}
	if out, code := s.deploy(t, "registry.test/churn:1.3.0"); code != 2 || s.image(t) != second {
		t.Errorf("a deploy by a tag ended with %d:\n%s", code, out)
	}
}

// changed rewrites a file of the deployment.
func (s scaffolded) changed(t *testing.T, name, before, after string) {
	t.Helper()
	text, err := os.ReadFile(s.file(name))
	if err != nil {
		t.Fatal(err)
	}
	out := strings.ReplaceAll(string(text), before, after)
	if out == string(text) {
		t.Fatalf("%s has no %s", name, before)
	}
	if err := os.WriteFile(s.file(name), []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestClusterInitAppliesManifests: what was changed in the manifests arrives
// with the image that runs and with a new one, is taken back when it does not
// get ready, and arrives after an undo, which wrote last, too. The image that
// serves already is no mistake.
func TestClusterInitAppliesManifests(t *testing.T) {
	s := scaffoldedNamespace(t)
	first, second, third := digested("1.0.0", "1"), digested("1.1.0", "2"), digested("1.2.0", "3")
	limits := func() string {
		t.Helper()
		return kubectl(t, "", "get", "deployment/churn", "--namespace", s.namespace, "-o", "jsonpath={.spec.template.spec.containers[0].resources.limits.memory}")
	}
	revision := func() string {
		t.Helper()
		return kubectl(t, "", "get", "deployment/churn", "--namespace", s.namespace, "-o", `jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}`)
	}
	serving := ""
	deploys := func(image string, want int, limit, rev string, env ...string) {
		t.Helper()
		out, code := s.deploy(t, image, env...)
		if want == 0 {
			serving = image
		}
		if got := limits(); code != want || s.image(t) != serving || got != limit || revision() != rev {
			t.Fatalf("it ended with %d, it runs %s with %s at revision %s:\n%s", code, s.image(t), got, revision(), out)
		}
	}
	deploys(first, 0, "256Mi", "1")
	kubectl(t, "", "wait", "--for=jsonpath={.status.readyReplicas}=3", "deployment/churn", "--timeout=90s", "--namespace", s.namespace)
	deploys(first, 0, "256Mi", "1") // again
	s.changed(t, "deployment.yaml", "256Mi", "300Mi")
	s.changed(t, "budget.yaml", "maxUnavailable", "maxUnavailabel")
	deploys(first, 1, "256Mi", "1") // refused in the last file, and nothing is touched
	s.changed(t, "budget.yaml", "maxUnavailabel", "maxUnavailable")
	deploys(first, 0, "300Mi", "2")
	s.changed(t, "deployment.yaml", "300Mi", "320Mi")
	deploys(second, 0, "320Mi", "4") // one after the other
	deploys(second, 0, "320Mi", "4")

	kubectl(t, "", "create", "quota", "full", "--hard=pods=3", "--namespace", s.namespace) // no replica fits beside the others
	s.changed(t, "deployment.yaml", "320Mi", "400Mi")
	deploys(third, 1, "320Mi", "6", "TIMEOUT=25s") // never got to the image
	kubectl(t, "", "delete", "quota", "full", "--namespace", s.namespace)
	deploys(third, 0, "400Mi", "8")

	must(t, s.state, "--backend", "k8s:///"+s.namespace, "rollback", "churn", "--confirm", "churn", "--reason", "a test")
	kubectl(t, "", "rollout", "status", "deployment/churn", "--timeout=90s", "--namespace", s.namespace)
	s.changed(t, "deployment.yaml", "400Mi", "410Mi")
	deploys(second, 0, "410Mi", "10")
}

// TestClusterInitDivides: pitwall finds both sides of the A/B test and of
// blue-green, by the weights and the side that the files name, and moves them.
func TestClusterInitDivides(t *testing.T) {
	s := scaffoldedNamespace(t)
	pitwall := func(args ...string) string {
		return must(t, s.state, append([]string{"--backend", "k8s:///" + s.namespace}, args...)...)
	}
	apply := func(names ...string) {
		for _, name := range names {
			kubectl(t, "", "apply", "--server-side", "--validate=strict", "-f", s.file(name))
		}
	}
	rolled := func(names ...string) {
		for _, name := range names {
			kubectl(t, "", "rollout", "status", "deployment/"+name, "--timeout=90s", "--namespace", s.namespace)
		}
	}
	apply("deployment.yaml", "service.yaml", "autoscaler.yaml", "budget.yaml", "split")
	rolled("churn", "churn-b")
	if got := strings.Join(strings.Fields(pitwall("split", "churn")), " "); !strings.Contains(got, "A 1.0.0 90") || !strings.Contains(got, "B 1.0.0 10") {
		t.Errorf("the split is\n%s", got)
	}
	pitwall("split", "churn", "A=60", "B=40", "--confirm", "churn", "--reason", "a test")
	weights := kubectl(t, "", "get", "httproute/churn", "--namespace", s.namespace, "-o", "jsonpath={.spec.rules[0].backendRefs[*].weight}")
	if weights != "60 40" {
		t.Errorf("the weights are %s", weights)
	}
	kubectl(t, "", "delete", "httproute/churn", "service/churn", "service/churn-b", "deployment/churn", "deployment/churn-b", "hpa/churn", "--namespace", s.namespace)

	apply("blue-green")
	rolled("churn-blue", "churn-green")
	pitwall("deploy", "churn", "--variant", "B", "--image", digested("2.0.0", "4"), "--confirm", "churn", "--reason", "a test")
	pitwall("cutover", "churn", "--confirm", "churn", "--reason", "a test")
	if color := kubectl(t, "", "get", "service/churn", "--namespace", s.namespace, "-o", "jsonpath={.spec.selector.color}"); color != "green" {
		t.Errorf("the Service chooses %s", color)
	}
}
