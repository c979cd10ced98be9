package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"text/template/parse"

	"github.com/charmbracelet/x/exp/golden"

	"pitwall/backends/manifests"
)

// churn are answers as somebody gives them who takes the defaults.
func churn(r Runtime) Answers {
	return Answers{Name: "churn", Runtime: r, Model: "models/1.0.0/model.onnx", Version: "1.0.0", Image: "ghcr.io/acme/churn"}
}

func files(t testing.TB, a Answers) map[string]string {
	t.Helper()
	list, err := Files(a)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range list {
		if _, twice := out[f.Path]; twice || !fs.ValidPath(f.Path) {
			t.Errorf("%s is written twice, or is no path", f.Path)
		}
		out[f.Path] = string(f.Text)
	}
	return out
}

func lintOf(t tb, written map[string]string) []manifests.Finding {
	t.Helper()
	dir := fstest.MapFS{}
	for name, text := range written {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	found, err := manifests.Lint(dir)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestGolden keeps which files are written, and how those read that people
// change most.
func TestGolden(t *testing.T) {
	for _, r := range Runtimes() {
		list, err := Files(churn(r))
		if err != nil {
			t.Fatal(err)
		}
		var names strings.Builder
		for _, f := range list {
			fmt.Fprintf(&names, "%s run=%t kind=%s\n", f.Path, f.Run, manifests.KindOf(f.Path, f.Text))
		}
		t.Run(string(r)+"/listing", func(t *testing.T) { golden.RequireEqual(t, names.String()) })
		for _, f := range list {
			if slices.Contains([]string{"Dockerfile", "compose.ab.yaml", "kubernetes/deployment.yaml", ".github/workflows/deploy.yml", "deploy/deploy.sh"}, f.Path) {
				t.Run(string(r)+"/"+f.Path, func(t *testing.T) { golden.RequireEqual(t, f.Text) })
			}
		}
	}
}

// TestInvalidAnswers: every mistake is told at once, and names its field.
func TestInvalidAnswers(t *testing.T) {
	hostile := []string{"a\"b'c", "$(reboot)", "a\nb", "{{ .X }}", "${HOME}", "a #b", "a; b", "a\u202eb", "-a", "../x", "/x", "a\x00b", "a\xffb", "A b", strings.Repeat("a", 300)}
	base := churn(Pitwall).WithDefaults()
	if err := base.Validate(); err != nil {
		t.Fatal(err)
	}
	set := map[string]func(*Answers, string){
		"name": func(a *Answers, s string) { a.Name = s }, "runtime": func(a *Answers, s string) { a.Runtime = Runtime(s) },
		"model": func(a *Answers, s string) { a.Model = s }, "version": func(a *Answers, s string) { a.Version = s },
		"image": func(a *Answers, s string) { a.Image = s }, "namespace": func(a *Answers, s string) { a.Namespace = s },
		"host": func(a *Answers, s string) { a.Host = s }, "gateway": func(a *Answers, s string) { a.Gateway = s },
		"metric": func(a *Answers, s string) { a.Metric = s }, "claim": func(a *Answers, s string) { a.Claim = s },
	}
	for field, put := range set {
		for _, s := range hostile {
			a := base
			put(&a, s)
			names(t, a.Validate(), field)
		}
	}
	for _, s := range []string{"a\nb", "a\x00b", "a\xffb", "a\u202eb", "a\u2028b", " a", "a ", strings.Repeat("a", 300)} {
		a := base
		a.About, a.OnCall = s, s
		names(t, a.Validate(), "about", "on_call")
	}
	names(t, Answers{}.WithDefaults().Validate(), "name", "model", "version", "image", "namespace", "host")
	for _, image := range []string{"", "acme/churn:1.0.0", "acme/Churn", "acme/churn@md5:d41d8cd98f00b204e9800998ecf8427e", "acme/churn@sha256:abc", "https://acme/churn"} {
		a := base
		a.Image = image
		names(t, a.Validate(), "image")
	}
	for _, model := range []string{"", "model.pkl", "app/model.onnx", "models/../x.onnx", "./model.onnx", "models//x.onnx", "a b.onnx", "Dockerfile/x.onnx"} {
		a := base
		a.Model = model
		names(t, a.Validate(), "model")
	}
	a := base
	a.Runtime, a.Model = Python, "models/model.ubj"
	names(t, a.Validate(), "model")
	a = base
	a.Replicas, a.CPU, a.Memory, a.Latency, a.Errors, a.Candidate, a.Minimum = 1, 1, 1, 1, 101, 100, 1e10
	names(t, a.Validate(), "replicas", "cpu", "memory", "latency", "errors", "candidate", "minimum")
	a = base
	a.Replicas, a.CPU, a.Memory, a.Latency, a.Errors, a.Candidate, a.Minimum = 0, 0, 0, 0, 0, 0, 0
	names(t, a.WithDefaults().Validate(), "replicas", "cpu", "memory", "latency", "errors", "candidate")
	a.Errors = 100
	names(t, a.Validate(), "replicas", "cpu", "memory", "latency", "errors", "candidate")
	for _, host := range []string{"1.2.3.4", "0", "churn.1", "::1", "a..b", ""} {
		b := base
		b.Host = host
		names(t, b.Validate(), "host")
	}
	if _, err := Files(a); err == nil {
		t.Error("files are written of answers that cannot stand")
	}
}

// TestZeroIsAnAnswer: a number of pitwall.yaml is not replaced by a default,
// one that is left out is.
func TestZeroIsAnAnswer(t *testing.T) {
	a, err := ReadAnswers([]byte("name: churn\nminimum: 0\nreplicas: 0\ncpu:\n"))
	if err != nil {
		t.Fatal(err)
	}
	if a = a.WithDefaults(); a.Minimum != 0 || a.Replicas != 0 || a.CPU != 100 || a.Candidate != 10 {
		t.Errorf("they are %+v", a)
	}
	a = churn(Pitwall)
	a.Given = a.Given.With("minimum").With("name")
	again, err := ReadAnswers([]byte(files(t, a)[AnswersFile]))
	if err != nil || again.WithDefaults().Minimum != 0 || again.Replicas != 3 {
		t.Errorf("it comes back as %+v, %v", again, err)
	}
}

// names wants errors of exactly these fields.
func names(t *testing.T, err error, fields ...string) {
	t.Helper()
	var got []string
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			var f *FieldError
			if errors.As(e, &f) && f.Why != "" {
				got = append(got, f.Field)
			}
		}
	}
	if !slices.Equal(got, fields) {
		t.Errorf("wrong are %v, want %v: %v", got, fields, err)
	}
}

// TestEveryValueIsQuoted: no template writes an answer but through a function
// that quotes it.
func TestEveryValueIsQuoted(t *testing.T) {
	actions := 0
	for _, tmpl := range templates.Templates() {
		if tmpl.Tree == nil {
			continue
		}
		walk(tmpl.Root, func(a *parse.ActionNode) {
			actions++
			last := a.Pipe.Cmds[len(a.Pipe.Cmds)-1]
			f, ok := last.Args[0].(*parse.IdentifierNode)
			if _, quotes := quoters[fmt.Sprint(f)]; !ok || !quotes && f.Ident != "number" {
				t.Errorf("%s: %s is not quoted", tmpl.Name(), a)
			}
		})
	}
	if actions < 100 {
		t.Errorf("only %d actions were seen", actions)
	}
}

func walk(n parse.Node, visit func(*parse.ActionNode)) {
	list := func(l *parse.ListNode) {
		if l != nil {
			for _, x := range l.Nodes {
				walk(x, visit)
			}
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		list(n)
	case *parse.ActionNode:
		visit(n)
	case *parse.IfNode:
		list(n.List)
		list(n.ElseList)
	case *parse.RangeNode, *parse.WithNode:
		panic("a template with " + n.String())
	}
}

// TestMetricsAreThoseOfTheServingBinary: the names of package serve's meters, and
// of the process.
func TestMetricsAreThoseOfTheServingBinary(t *testing.T) {
	known := regexp.MustCompile(`^(model_requests_total|model_request_duration_seconds(_bucket)?|model_requests_in_flight|model_feature_drift|process_resident_memory_bytes|process_cpu_seconds_total)$`)
	written := files(t, churn(Pitwall))
	for _, name := range []string{"monitoring/alerts.yml", "monitoring/grafana/dashboard.json"} {
		found := regexp.MustCompile(`\b((?:model|process|gateway)_[a-z_]+)\{`).FindAllStringSubmatch(written[name], -1)
		if len(found) < 4 {
			t.Errorf("%s has the metrics %v", name, found)
		}
		for _, m := range found {
			if !known.MatchString(m[1]) {
				t.Errorf("%s asks for %s", name, m[1])
			}
		}
	}
}
