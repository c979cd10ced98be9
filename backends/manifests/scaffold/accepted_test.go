package scaffold

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	_ "github.com/prometheus/prometheus/discovery/dns" // prometheus.yml looks replicas up by name
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// onDisk puts the files into a directory.
func onDisk(t *testing.T, a Answers) string {
	t.Helper()
	list, err := Files(a)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	if err := Write(root, list); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestNginxAccepts: the real nginx takes the configuration. Its servers are
// names of Compose, which do not resolve here.
func TestNginxAccepts(t *testing.T) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			t.Skip("needs nginx")
		}
	}
	for _, candidate := range []int{1, 10, 50, 99} {
		a := churn(Pitwall)
		a.Candidate = candidate
		conf := files(t, a)["nginx/nginx.conf"]
		if n := strings.Count(conf, "server churn-"); n != 2 {
			t.Fatalf("the configuration has %d servers", n)
		}
		path := filepath.Join(t.TempDir(), "nginx.conf")
		conf = regexp.MustCompile(`server churn-[ab]:`).ReplaceAllString(conf, "server 127.0.0.1:")
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(conf, "/tmp/nginx", filepath.Dir(path)+"/nginx")), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), program, "-t", "-c", path).CombinedOutput(); err != nil || strings.Contains(string(out), "[warn]") {
			t.Errorf("nginx -t: %v\n%s", err, out)
		}
	}
}

// TestPrometheusAccepts: Prometheus' own code reads the configuration, the
// rules and the queries of the dashboard.
func TestPrometheusAccepts(t *testing.T) {
	dir := onDisk(t, churn(Python))
	c, err := config.LoadFile(filepath.Join(dir, "monitoring/prometheus.yml"), false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.ScrapeConfigs) != 2 || len(c.RuleFiles) != 1 {
		t.Errorf("%d jobs and %d files of rules", len(c.ScrapeConfigs), len(c.RuleFiles))
	}
	for _, s := range c.ScrapeConfigs {
		if len(s.ServiceDiscoveryConfigs) != 1 || s.ServiceDiscoveryConfigs[0].Name() != "dns" {
			t.Errorf("%s finds its targets by %v", s.JobName, s.ServiceDiscoveryConfigs)
		}
	}
	p := parser.NewParser(parser.Options{})
	groups, errs := rulefmt.ParseFile(c.RuleFiles[0], false, model.UTF8Validation, p, slog.New(slog.DiscardHandler))
	if len(errs) > 0 || len(groups.Groups) != 1 || len(groups.Groups[0].Rules) != 5 {
		t.Fatalf("rules %+v, %v", groups, errs)
	}
	var object struct{ Spec any }
	if err := yaml.Unmarshal([]byte(files(t, churn(Python))["kubernetes/alerts.yaml"]), &object); err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(object.Spec)
	if err != nil {
		t.Fatal(err)
	}
	if same, errs := rulefmt.Parse(text, false, model.UTF8Validation, p, slog.New(slog.DiscardHandler)); len(errs) > 0 || len(same.Groups) != 1 || len(same.Groups[0].Rules) != 5 || same.Groups[0].Rules[1].Expr != groups.Groups[0].Rules[1].Expr {
		t.Errorf("the PrometheusRule has other rules: %+v, %v", same, errs)
	}
	queries := regexp.MustCompile(`"expr": "((?:[^"\\]|\\.)*)"`).FindAllStringSubmatch(files(t, churn(Python))["monitoring/grafana/dashboard.json"], -1)
	if len(queries) < 8 {
		t.Errorf("the dashboard has %d queries", len(queries))
	}
	for _, q := range queries {
		expr := strings.NewReplacer(`\"`, `"`, "$__rate_interval", "1m").Replace(q[1])
		if _, err := p.ParseExpr(expr); err != nil {
			t.Errorf("%s: %v", expr, err)
		}
	}
}

// TestEveryAlertHasItsChapter: each names a
// heading of the runbook.
func TestEveryAlertHasItsChapter(t *testing.T) {
	written := files(t, churn(Pitwall))
	var headings []string
	for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(written["RUNBOOK.md"], -1) {
		headings = append(headings, strings.ToLower(strings.ReplaceAll(m[1], " ", "-")))
	}
	links := regexp.MustCompile(`RUNBOOK\.md#([a-z-]+)`).FindAllStringSubmatch(written["monitoring/alerts.yml"], -1)
	if len(links) != 5 {
		t.Errorf("the alerts point to %d chapters", len(links))
	}
	for _, l := range links {
		if !slices.Contains(headings, l[1]) {
			t.Errorf("there is no chapter %s in the runbook", l[1])
		}
	}
}

// TestScripts runs what needs nothing but a shell: what is misused is refused.
func TestScripts(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("needs a shell")
	}
	dir := onDisk(t, churn(Pitwall))
	digest := "@sha256:" + strings.Repeat("a1", 32)
	for _, image := range []string{"", "ghcr.io/acme/churn", "ghcr.io/acme/churn:1.0.0", "ghcr.io/acme/other:1" + digest, "ghcr.io/acme/churn:1@sha256:abc", "ghcr.io/acme/churn:1|e reboot" + digest, "ghcr.io/acme/churn:1\n" + digest,
		"ghcr.io/acme/churn:1" + digest[:len(digest)-1] + "Z", "ghcr.io/acme/churn:1" + strings.ToUpper(digest), "ghcr.io/acme/churn:1" + digest[:len(digest)-1], "ghcr.io/acme/churn:1" + digest + "a",
		"ghcr.io/acme/churn:" + digest, "ghcr.io/acme/churn:1" + digest + digest, "ghcr.io/acme/churn:1@sha256:x" + digest, "ghcr.io/acme/churn:.1" + digest, "ghcr.io/acme/churn:1/2" + digest,
		"ghcr.io/acme/churn:1" + digest + "\n", "ghcr.io/acme/churn:" + strings.Repeat("1", 129) + digest} {
		cmd := exec.CommandContext(t.Context(), sh, filepath.Join(dir, "deploy/deploy.sh"), image)
		cmd.Env = []string{"PATH=/usr/bin:/bin", "KUBECTL=/bin/false", "PITWALL=/bin/false"}
		if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "by its digest") {
			t.Errorf("%q: %v, %s", image, err, out)
		}
	}
	cmd := exec.CommandContext(t.Context(), sh, filepath.Join(dir, "deploy/deploy.sh"), "ghcr.io/acme/churn:1.0.0"+digest)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "KUBECTL=/bin/false", "PITWALL=/bin/false"}
	if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "nothing was changed") {
		t.Errorf("without a cluster: %v, %s", err, out)
	}
	cmd = exec.CommandContext(t.Context(), sh, filepath.Join(dir, "deploy/pitwall.sh"))
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 2 {
		t.Errorf("pitwall.sh without an address: %s", out)
	}
}

// TestFetch: pitwall is taken only with the sha256 that is expected.
func TestFetch(t *testing.T) {
	for _, tool := range []string{"sh", "curl", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("needs " + tool)
		}
	}
	dir := onDisk(t, churn(Pitwall))
	from, binary := filepath.Join(t.TempDir(), "a file"), filepath.Join(dir, "bin/pitwall")
	if err := os.WriteFile(from, []byte("#!/bin/sh\necho it runs\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fetch := func(sum string) error {
		cmd := exec.CommandContext(t.Context(), "sh", filepath.Join(dir, "deploy/pitwall.sh"))
		cmd.Env = append(os.Environ(), "PITWALL_URL=file://"+strings.ReplaceAll(from, " ", "%20"), "PITWALL_SHA256="+sum)
		return cmd.Run()
	}
	if err := fetch(strings.Repeat("0", 64)); err == nil {
		t.Error("another file is taken")
	}
	if left, err := os.ReadDir(filepath.Dir(binary)); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := fetch(fmt.Sprintf("%x", sha256.Sum256(text))); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), binary).Output(); err != nil || string(out) != "it runs\n" {
		t.Errorf("it says %q, %v", out, err)
	}
}

// TestPython runs the model gate and compiles the application.
func TestPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3")
	}
	dir := onDisk(t, churn(Python))
	run := func(args ...string) (int, string) {
		cmd := exec.CommandContext(t.Context(), python, args...)
		cmd.Dir = dir
		out, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(out)
	}
	if code, out := run("-m", "compileall", "-q", "app", "tests", "deploy"); code != 0 {
		t.Errorf("it does not compile:\n%s", out)
	}
	for text, want := range map[string]int{`{"accuracy": 0.93}`: 0, `{"accuracy": 0.9}`: 0, `{"accuracy": 0.5}`: 1, `{"accuracy": NaN}`: 1, `{"accuracy": "1"}`: 1, `{"accuracy": true}`: 1, `{}`: 1, `[]`: 1, `{`: 2} {
		if err := os.WriteFile(filepath.Join(dir, "metrics.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out := run("deploy/model_gate.py", "metrics.json", "accuracy", "0.9"); code != want {
			t.Errorf("%s ends with %d, want %d: %s", text, code, want, out)
		}
	}
}
