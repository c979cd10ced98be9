package scaffold

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"path"
	"strings"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/nginx"
	"pitwall/backends/kubernetes/rbac"
)

// File is one that is written.
type File struct {
	Path string // with slashes, relative to the directory
	Text []byte
	Run  bool // it is a program
}

//go:embed templates
var sources embed.FS

// The marks of the templates: those of Go's own stand in what is written.
const (
	opening = "[%"
	closing = "%]"
)

var templates = template.Must(template.New("").Delims(opening, closing).Option("missingkey=error").Funcs(functions()).ParseFS(sources, "templates/*.tmpl"))

func functions() template.FuncMap {
	all := maps.Clone(quoters)
	all["number"] = number
	return all
}

// AnswersFile is where the answers stand, for the next time.
const AnswersFile = "pitwall.yaml"

// page is a file that a template makes.
type page struct {
	path, template string
	run            bool
	data           any // nil is the answers
}

// Files writes what a deployment is made from, in the order in which a person
// would read it. The error is that of Answers.Validate.
func Files(a Answers) ([]File, error) {
	a = a.WithDefaults()
	if err := a.Validate(); err != nil {
		return nil, err
	}
	var out []File
	for _, p := range pages(a) {
		data := p.data
		if data == nil {
			data = a
		}
		text, err := rendered(p.template, data)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", p.path, err)
		}
		out = append(out, File{Path: p.path, Text: text, Run: p.run})
	}
	made, err := generated(a)
	if err != nil {
		return nil, err
	}
	return append(out, made...), nil
}

func rendered(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name+".tmpl", data); err != nil {
		return nil, err
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n'), nil
}

// pages lists the files that templates make.
func pages(a Answers) []page {
	docker, app := "pitwall.Dockerfile", []page(nil)
	if a.Python() {
		docker = "python.Dockerfile"
		app = []page{
			{path: "requirements.txt", template: "requirements.txt"},
			{path: "app/__init__.py", template: "app_init.py"}, {path: "app/__main__.py", template: "app_main.py"}, {path: "app/health.py", template: "app_health.py"},
			{path: "app/model.py", template: "app_model.py"}, {path: "app/server.py", template: "app_server.py"},
			{path: "tests/test_app.py", template: "test_app.py"},
		}
	}
	list := []page{{path: "RUNBOOK.md", template: "RUNBOOK.md"}, {path: "Dockerfile", template: docker}, {path: ".dockerignore", template: "dockerignore"}, {path: "checklist.yaml", template: "checklist.yaml"}}
	list = append(list, app...)
	return append(list,
		page{path: "compose.yaml", template: "compose.yaml"}, page{path: "compose.ab.yaml", template: "compose.ab.yaml"},
		page{path: "monitoring/prometheus.yml", template: "prometheus.yml"}, page{path: "monitoring/alerts.yml", template: "alerts.yml"},
		page{path: "monitoring/grafana/datasource.yaml", template: "datasource.yaml"}, page{path: "monitoring/grafana/dashboards.yaml", template: "dashboards.yaml"},
		page{path: "kubernetes/deployment.yaml", template: "deployment.yaml", data: workload{Answers: a, Variant: "A"}},
		page{path: "kubernetes/service.yaml", template: "service.yaml"}, page{path: "kubernetes/autoscaler.yaml", template: "autoscaler.yaml"},
		page{path: "kubernetes/budget.yaml", template: "budget.yaml"}, page{path: "kubernetes/monitor.yaml", template: "monitor.yaml"},
		page{path: "kubernetes/split/candidate.yaml", template: "candidate.yaml", data: workload{Answers: a, Suffix: "-b", Variant: "B", Count: 2}},
		page{path: "kubernetes/split/route.yaml", template: "route.yaml"},
		page{path: "kubernetes/blue-green/blue.yaml", template: "color.yaml", data: workload{Answers: a, Suffix: "-blue", Variant: "A", Color: "blue", Count: a.Replicas}},
		page{path: "kubernetes/blue-green/green.yaml", template: "color.yaml", data: workload{Answers: a, Suffix: "-green", Variant: "B", Color: "green", Count: a.Replicas}},
		page{path: "kubernetes/blue-green/service.yaml", template: "color-service.yaml"},
		page{path: ".github/workflows/deploy.yml", template: "workflow.yml"},
		page{path: "deploy/deploy.sh", template: "deploy.sh", run: true}, page{path: "deploy/pitwall.sh", template: "pitwall.sh", run: true},
		page{path: "deploy/model_gate.py", template: "model_gate.py"},
	)
}

// workload is a Deployment of Kubernetes.
type workload struct {
	Answers
	Suffix  string // behind the name
	Variant string
	Color   string // of blue-green, "" elsewhere
	Count   int    // of replicas; 0 leaves them to an autoscaler
}

// Track tells the sides of an A/B test apart.
func (w workload) Track() string {
	if w.Variant == backends.Stable {
		return "stable"
	}
	return "candidate"
}

// Metrics is where the figures of the training run lie: beside the model, by
// the same build argument.
func (a Answers) Metrics() string { return path.Join(path.Dir(a.ModelSource()), "metrics.json") }

// generated are the files that other packages know how to write.
func generated(a Answers) ([]File, error) {
	conf, err := frontDoor(a)
	if err != nil {
		return nil, err
	}
	board, err := dashboard(a)
	if err != nil {
		return nil, err
	}
	rule, err := prometheusRule(a)
	if err != nil {
		return nil, err
	}
	answers, err := a.file()
	if err != nil {
		return nil, err
	}
	out := []File{{Path: frontDoorFile, Text: conf}, {Path: "monitoring/grafana/dashboard.json", Text: board}, {Path: "kubernetes/alerts.yaml", Text: rule}}
	for _, r := range rbac.Roles() {
		out = append(out, File{Path: "kubernetes/pitwall-" + string(r) + ".yaml", Text: []byte(r.Manifest(a.Namespace))})
	}
	return append(out, File{Path: AnswersFile, Text: answers}), nil
}

// prometheusRule is the alerts as an object of the Prometheus operator, whose
// spec is what a file of rules is.
func prometheusRule(a Answers) ([]byte, error) {
	head, err := rendered("rule.yaml", a)
	if err != nil {
		return nil, fmt.Errorf("write the PrometheusRule: %w", err)
	}
	text, err := rendered("alerts.yml", a)
	if err != nil {
		return nil, fmt.Errorf("write the PrometheusRule: %w", err)
	}
	text = text[bytes.Index(text, []byte("groups:")):]
	for line := range bytes.Lines(text) {
		head = append(append(head, "  "...), line...)
	}
	return head, nil
}

// written is the time of the first remark in nginx.conf: the same answers give
// the same file.
var written = time.Unix(0, 0)

// frontDoorFile is where nginx reads what frontDoor writes, in whose remark
// author is the one who set the split.
const (
	frontDoorFile = "nginx/nginx.conf"
	author        = "pitwall-init"
)

// carried is the configuration with the split that pitwall set in the one that
// is there.
func carried(conf, there []byte) (text []byte, ok bool) {
	if text, ok := nginx.Carry(conf, there, author); ok {
		return text, true
	}
	return conf, false
}

// oneEnough is what the rule about upstreams with one server asks for.
const oneEnough = "        # one is enough: the name stands for every replica\n"

// frontDoor is nginx before the sides of compose.ab.yaml, as pitwall reads and
// changes it.
func frontDoor(a Answers) ([]byte, error) {
	member := func(side string) []frontdoor.Member {
		return []frontdoor.Member{{Host: a.Name + side, Port: 8080}}
	}
	conf, err := nginx.Generate(nginx.Options{Deployment: a.Name, By: author, At: written,
		Split:   backends.Split{backends.Stable: float64(a.Stable()), "B": float64(a.Candidate)},
		Members: map[string][]frontdoor.Member{backends.Stable: member("-a"), "B": member("-b")}})
	if err != nil {
		return nil, err
	}
	text := strings.ReplaceAll(string(conf), "; #\n", ";\n") // the remark of a server without a container's name
	for _, side := range []string{"-a", "-b"} {
		head := "upstream " + a.Name + side + " {\n"
		text = strings.Replace(text, head, head+oneEnough, 1)
	}
	return []byte(text), nil
}

// file is the answers as YAML.
func (a Answers) file() ([]byte, error) {
	text, err := yaml.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", AnswersFile, err)
	}
	return append([]byte("# What `pitwall init` was told. Change it here, and run it again: it shows what\n# would change, and overwrites nothing without being told to.\n"), text...), nil
}

// ReadAnswers reads what file wrote. Errors tell of a field that is not known.
func ReadAnswers(text []byte) (Answers, error) {
	var a Answers
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&a); err != nil {
		return Answers{}, fmt.Errorf("read %s: %w", AnswersFile, err)
	}
	var said map[string]any
	if err := yaml.Unmarshal(text, &said); err != nil {
		return Answers{}, fmt.Errorf("read %s: %w", AnswersFile, err)
	}
	for field, value := range said {
		if value != nil { // a field without a value says nothing
			a.Given = a.Given.With(field)
		}
	}
	return a, nil
}
