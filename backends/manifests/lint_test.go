package manifests

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Flaws are planted with a mark: "# flaw: RULE…" at the end of the line, or in
// lines of its own before it; "flaw-file: RULE" where the line does not matter.
var (
	mark     = regexp.MustCompile(`#\s*flaw:\s*([a-z0-9/ -]+)`)
	fileMark = regexp.MustCompile(`flaw-file:\s*([a-z0-9/ -]+)`)
	alone    = regexp.MustCompile(`^\s*#\s*flaw:`)
)

type flaw struct {
	file string
	line int // 0 for any
	rule string
}

func planted(t *testing.T, dir string) []flaw {
	t.Helper()
	var list []flaw
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		var waiting []string
		for i, line := range strings.Split(string(data), "\n") {
			if m := fileMark.FindStringSubmatch(line); m != nil {
				list = append(list, flaw{name, 0, strings.TrimSpace(m[1])})
			}
			if m := mark.FindStringSubmatch(line); m != nil {
				waiting = append(waiting, strings.Fields(m[1])...)
			}
			if alone.MatchString(line) {
				continue
			}
			for _, rule := range waiting {
				list = append(list, flaw{name, i + 1, rule})
			}
			waiting = nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestEveryPlantedFlawIsFound(t *testing.T) {
	found, err := Lint(os.DirFS("testdata/flawed"))
	if err != nil {
		t.Fatal(err)
	}
	flaws, rulesSeen := planted(t, "testdata/flawed"), map[string]bool{}
	if len(flaws) < 60 {
		t.Errorf("only %d flaws are planted", len(flaws))
	}
	for _, x := range flaws {
		if _, ok := rules[x.rule]; !ok {
			t.Errorf("%s:%d is marked with %s, which is no rule", x.file, x.line, x.rule)
		}
		rulesSeen[x.rule] = true
		if !slices.ContainsFunc(found, func(f Finding) bool {
			return f.File == x.file && f.ID == x.rule && (x.line == 0 || f.Line == x.line)
		}) {
			t.Errorf("%s:%d: %s was not found", x.file, x.line, x.rule)
		}
	}
	for _, r := range Rules() {
		if !rulesSeen[r.ID] {
			t.Errorf("no flaw is planted for %s", r.ID)
		}
		if r.Why == "" || r.Fix == "" || r.Severity == "" {
			t.Errorf("rule %+v is not whole", r)
		}
	}
	if t.Failed() {
		for _, f := range found {
			t.Logf("%s:%d %s %s", f.File, f.Line, f.ID, f.Text)
		}
	}
}

func TestNothingIsSaidOfCleanFiles(t *testing.T) {
	found, err := Lint(os.DirFS("testdata/clean"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("%s:%d %s %s", f.File, f.Line, f.ID, f.Text)
	}
}

// TestEveryKindIsKnown: of the clean files, so that silence is not ignorance.
func TestEveryKindIsKnown(t *testing.T) {
	for name, want := range map[string]Kind{"app/Dockerfile": Dockerfile, "app/serve.Dockerfile": Dockerfile, "compose.yaml": Compose, "nginx.conf": Nginx,
		"rules.yml": Prometheus, "k8s.yaml": Kubernetes, ".github/workflows/deploy.yml": Workflow} {
		data, err := os.ReadFile(filepath.Join("testdata/clean", name))
		if got := KindOf(name, data); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", name, got, want, err)
		}
	}
}

func TestSARIF(t *testing.T) {
	found, err := Lint(os.DirFS("testdata/flawed"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := SARIF(&b, "1.0.0", found); err != nil {
		t.Fatal(err)
	}
	var read sarifLog
	if err := json.Unmarshal(b.Bytes(), &read); err != nil || len(read.Runs) != 1 || len(read.Runs[0].Results) != len(found) || len(read.Runs[0].Tool.Driver.Rules) != len(rules) {
		t.Errorf("%d results of %d findings, %v", len(read.Runs[0].Results), len(found), err)
	}
}

// addCorpus seeds a target with the names and texts of the planted files and the
// clean ones.
func addCorpus(f *testing.F) {
	f.Helper()
	for _, dir := range []string{"testdata/flawed", "testdata/clean"} {
		_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				data, _ := os.ReadFile(path)
				name, _ := filepath.Rel(dir, path)
				f.Add(name, data)
			}
			return nil
		})
	}
}

// FuzzFile: whatever stands in a file, it is judged without a panic.
func FuzzFile(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		r := &report{file: name}
		all := objects(file(r, data))
		all.findings()
		for _, x := range r.found {
			if x.Why == "" {
				t.Fatalf("finding %+v has no rule", x)
			}
		}
	})
}

// TestPatchesAreMerged: of what a patch adds nothing is said to be missing, and
// of what no patch can be told to leave nothing at all.
func TestPatchesAreMerged(t *testing.T) {
	found, err := Lint(os.DirFS("testdata/flawed/patched"))
	if err != nil {
		t.Fatal(err)
	}
	notes := 0
	for _, f := range found {
		if f.ID == "k8s/memory-limit" || f.File == "base/fees.yaml" {
			t.Errorf("%s:%d %s %s", f.File, f.Line, f.ID, f.Text)
		}
		if f.ID == "k8s/patch" {
			notes++
		}
	}
	if notes != 1 {
		t.Errorf("%d notes of patches that cannot be applied: %v", notes, found)
	}
	alone, err := Lint(os.DirFS("testdata/flawed/patched/base"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(alone, func(f Finding) bool { return f.ID == "k8s/memory-limit" && f.File == "loans.yaml" }) {
		t.Error("without the patch nobody misses the limit")
	}
}
