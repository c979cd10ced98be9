package main

import (
	"os/exec"
	"strings"
	"testing"
)

// allowed says which of our own packages a package may import, by the longest
// prefix that matches it. Imports point one way: cmd → views → ui; views and
// cmd → backends, checklist; backends/local → serve.
var allowed = map[string][]string{
	"pitwall/cmd":                         {"pitwall/views", "pitwall/ui", "pitwall/backends", "pitwall/checklist", "pitwall/serve", "pitwall/testdata"},
	"pitwall/views":                       {"pitwall/views", "pitwall/ui", "pitwall/backends", "pitwall/checklist"},
	"pitwall/checklist":                   {"pitwall/backends", "pitwall/checklist"},
	"pitwall/ui":                          {"pitwall/ui/theme", "pitwall/ui/draw", "pitwall/ui/widget"},
	"pitwall/ui/widget":                   {"pitwall/ui/theme", "pitwall/ui/draw"},
	"pitwall/ui/draw":                     {"pitwall/ui/theme"},
	"pitwall/ui/theme":                    {},
	"pitwall/backends":                    {},
	"pitwall/backends/internal":           {"pitwall/backends"},
	"pitwall/backends/osfile":             {},
	"pitwall/backends/docker":             {"pitwall/backends", "pitwall/serve", "pitwall/testdata"},
	"pitwall/backends/docker/engine":      {"pitwall/backends/internal"},
	"pitwall/backends/docker/world":       {"pitwall/backends", "pitwall/backends/docker/engine"},
	"pitwall/backends/docker/frontdoor":   {"pitwall/backends", "pitwall/serve/gateway"},
	"pitwall/backends/kubernetes":         {"pitwall/backends"},
	"pitwall/backends/kubernetes/objects": {},
	"pitwall/backends/kubernetes/api":     {},
	"pitwall/backends/kubernetes/store":   {"pitwall/backends/kubernetes/api", "pitwall/backends/kubernetes/objects", "pitwall/backends/internal"},
	"pitwall/backends/desired":            {"pitwall/backends", "pitwall/serve/gateway/split"},
	"pitwall/backends/local":              {"pitwall/backends", "pitwall/serve", "pitwall/testdata"},
	"pitwall/backends/fleet":              {"pitwall/backends"},
	"pitwall/backends/journal":            {"pitwall/backends"},
	"pitwall/backends/compare":            {"pitwall/backends"},
	"pitwall/backends/explain":            {"pitwall/backends"},
	"pitwall/backends/manifests":          {"pitwall/backends"},
	"pitwall/serve":                       {"pitwall/serve"},
	"pitwall/serve/model":                 {},
	"pitwall/serve/drift":                 {},
	"pitwall/serve/fault":                 {},
	"pitwall/backends/mlflow":             {"pitwall/backends/mlflow", "pitwall/backends/internal"},
	"pitwall/backends/mlflow/modelfile":   {"pitwall/backends/mlflow", "pitwall/serve/model"},
	"pitwall/backends/operation":          {"pitwall/backends"},
	"pitwall/backends/prometheus":         {"pitwall/backends"},
	"pitwall/backends/backendtest":        {"pitwall/backends"},
}

// refused are packages that would double the binary or break its rules
// wherever they are linked.
var refused = []string{
	"k8s.io/client-go/informers", "k8s.io/client-go/kubernetes",
	"github.com/prometheus/prometheus/discovery/install", "pitwall/ui/views",
}

func TestImportsPointOneWay(t *testing.T) {
	for _, line := range goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "pitwall/...") {
		from, imports, _ := strings.Cut(line, " ")
		may, rule := rulesOf(from)
		for to := range strings.FieldsSeq(imports) {
			if strings.HasPrefix(to, "pitwall/") && !within(to, may) {
				t.Errorf("%s imports %s: %s may import only %v", from, to, rule, may)
			}
		}
	}
}

func TestBinaryLinksNothingHeavyByAccident(t *testing.T) {
	for _, dep := range goList(t, "-deps", "pitwall/cmd/pitwall") {
		for _, bad := range refused {
			if dep == bad || strings.HasPrefix(dep, bad+"/") {
				t.Errorf("the binary links %s", dep)
			}
		}
	}
}

func rulesOf(pkg string) (may []string, rule string) {
	for prefix, list := range allowed {
		if (pkg == prefix || strings.HasPrefix(pkg, prefix+"/")) && len(prefix) > len(rule) {
			may, rule = list, prefix
		}
	}
	return may, rule
}

func within(pkg string, prefixes []string) bool {
	for _, p := range prefixes {
		if pkg == p || strings.HasPrefix(pkg, p+"/") {
			return true
		}
	}
	return false
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
