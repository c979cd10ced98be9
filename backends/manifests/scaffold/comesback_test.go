package scaffold

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"text/template"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	sigsyaml "sigs.k8s.io/yaml"

	"pitwall/checklist"
)

// What was answered comes back from the files that were written of it.

func parses(t tb, name, text string) {
	d := yaml.NewDecoder(strings.NewReader(text))
	for {
		var x any
		if err := d.Decode(&x); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func same[T comparable](t tb, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func must1[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

func inKubernetes(t tb, a Answers, written map[string]string) {
	for name, replicas := range map[string]int{"deployment": 0, "split/candidate": 2, "blue-green/blue": a.Replicas, "blue-green/green": a.Replicas} {
		var d appsv1.Deployment
		first, _, _ := strings.Cut(written["kubernetes/"+name+".yaml"], "\n---\n")
		if err := sigsyaml.UnmarshalStrict([]byte(first), &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c := d.Spec.Template.Spec.Containers[0]
		same(t, "the name", strings.HasPrefix(d.Name, a.Name), true)
		same(t, "the namespace", d.Namespace, a.Namespace)
		same(t, "about", d.Annotations["pitwall.com/about"], a.About)
		same(t, "on call", d.Annotations["pitwall.com/on-call"], a.OnCall)
		same(t, "the image", c.Image, a.Pinned())
		same(t, "the memory", c.Resources.Limits.Memory().Value(), int64(a.Memory)<<20)
		same(t, "the cpu", c.Resources.Requests.Cpu().MilliValue(), int64(a.CPU))
		same(t, "replicas are set", d.Spec.Replicas != nil, replicas > 0)
		if a.Claim != "" {
			same(t, "the claim", d.Spec.Template.Spec.Volumes[1].PersistentVolumeClaim.ClaimName, a.Claim)
			said := append(c.Args, "")
			for _, e := range c.Env {
				said = append([]string{e.Value}, said...)
			}
			same(t, "the model", said[len(said)-2], "/models/"+a.Model)
		}
	}
	var route struct {
		Spec struct {
			Hostnames  []string
			ParentRefs []struct{ Name string }
			Rules      []struct{ BackendRefs []struct{ Weight int } }
		}
	}
	if err := sigsyaml.Unmarshal([]byte(written["kubernetes/split/route.yaml"]), &route); err != nil {
		t.Fatal(err)
	}
	same(t, "the host", route.Spec.Hostnames[0], a.Host)
	same(t, "the gateway", route.Spec.ParentRefs[0].Name, a.Gateway)
	same(t, "the weight of B", route.Spec.Rules[0].BackendRefs[1].Weight, a.Candidate)
}

func inCompose(t tb, a Answers, text string, replicas int) {
	p, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{WorkingDir: "/x", ConfigFiles: []types.ConfigFile{{Filename: "c.yaml", Content: []byte(text)}}, Environment: types.Mapping{}},
		func(o *loader.Options) { o.SetProjectName("x", true) })
	if err != nil {
		t.Fatal(err)
	}
	s := p.Services[a.Name+"-a"]
	same(t, "the image in Compose", s.Image, a.Tagged())
	same(t, "the label in Compose", s.Labels["com.pitwall.deployment"], a.Name)
	same(t, "the memory in Compose", int64(s.Deploy.Resources.Limits.MemoryBytes), int64(a.Memory)<<20)
	if replicas > 1 {
		same(t, "the replicas of A", *s.Deploy.Replicas, replicas)
	}
}

func inDockerfile(t tb, a Answers, text string) {
	tree, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	stages, _, err := instructions.Parse(tree.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	lex, got, copied := shell.NewLex('\\'), map[string]string{}, ""
	env := shell.EnvsFromSlice([]string{"MODEL_VERSION=" + a.Version})
	for _, s := range stages {
		for _, c := range s.Commands {
			switch c := c.(type) {
			case *instructions.LabelCommand:
				for _, l := range c.Labels {
					got[l.Key], _, err = lex.ProcessWord(l.Value, env)
				}
			case *instructions.CopyCommand:
				if c.DestPath == a.ModelTarget() {
					copied, _, err = lex.ProcessWord(c.SourcePaths[0], env)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	same(t, "the description of the image", got["org.opencontainers.image.description"], a.About)
	same(t, "the version of the image", got["com.pitwall.version"], a.Version)
	same(t, "the model that is copied", copied, a.Model)
}

func inMonitoring(t tb, a Answers, written map[string]string) {
	var rules struct {
		Groups []struct {
			Rules []struct{ Annotations map[string]string }
		}
	}
	if err := yaml.Unmarshal([]byte(written["monitoring/alerts.yml"]), &rules); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"about": a.About, "on_call": a.OnCall} {
		tmpl, err := template.New("").Parse(rules.Groups[0].Rules[0].Annotations[key])
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := tmpl.Execute(&b, nil); err != nil {
			t.Fatal(err)
		}
		same(t, "the annotation "+key, b.String(), want)
	}
	var b board
	if err := json.Unmarshal([]byte(written["monitoring/grafana/dashboard.json"]), &b); err != nil {
		t.Fatal(err)
	}
	same(t, "the dashboard", b.Description, a.About)
}

func inChecklist(t tb, a Answers, text string) {
	l, err := checklist.Load([]byte(text), "checklist.yaml", a.Name, nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the minimum of the metric", *l.Settings.Metrics[a.Metric].Min, a.Minimum)
	same(t, "the latency of the checklist", time.Duration(l.Settings.Latency.Max), a.Latency)
}

func inWorkflow(t tb, a Answers, text string) {
	var w struct {
		Env  map[string]string
		Jobs map[string]struct {
			Environment any
			Steps       []struct {
				Name string
				Env  map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	same(t, "the image of the workflow", w.Env["IMAGE"], a.Repository())
	for _, s := range w.Jobs["test"].Steps {
		if s.Name == "Model gate" {
			same(t, "the metric", s.Env["METRIC"], a.Metric)
		}
	}
}

// unescaped is Markdown's text without the backslashes that keep it from
// meaning something.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
