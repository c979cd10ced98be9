package manifests

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// told counts findings by what they say, wherever they stand now.
func told(list []Finding, keep func(Finding) bool) map[string]int {
	count := map[string]int{}
	for _, f := range list {
		if keep(f) {
			count[f.File+" "+f.ID+" "+f.Text]++
		}
	}
	return count
}

func everything(Finding) bool { return true }

// mended is a directory with what Fix makes of it.
func mended(t *testing.T, dir string) (before, after fstest.MapFS, fixed []Fixed) {
	t.Helper()
	before = fstest.MapFS{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		before[filepath.ToSlash(name)] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if fixed, err = Fix(before); err != nil {
		t.Fatal(err)
	}
	after = maps.Clone(before)
	for _, f := range fixed {
		if !bytes.Equal(f.Before, before[f.File].Data) || bytes.Equal(f.Before, f.After) {
			t.Errorf("%s is not what was there, or not changed", f.File)
		}
		after[f.File] = &fstest.MapFile{Data: f.After}
	}
	return before, after, fixed
}

// Over everything that is planted: what Fix says that it mended is gone,
// nothing else is, nothing is new, comments are kept, and a second time there
// is nothing to do.
func TestFixMendsExactlyWhatItSays(t *testing.T) {
	before, after, fixed := mended(t, "testdata/flawed")
	old, err := Lint(before)
	if err != nil {
		t.Fatal(err)
	}
	now, err := Lint(after)
	if err != nil {
		t.Fatal(err)
	}
	want := told(old, everything)
	rulesMended := map[string]bool{}
	for _, f := range fixed {
		for _, x := range f.Mended {
			rulesMended[x.ID] = true
			if key := x.File + " " + x.ID + " " + x.Text; want[key] == 1 {
				delete(want, key)
			} else {
				want[key]--
			}
			if !Fixable(x.ID) {
				t.Errorf("%s was mended and is not fixable", x.ID)
			}
		}
		for line := range strings.Lines(string(f.Before)) {
			if _, comment, found := strings.Cut(line, "#"); found && !bytes.Contains(f.After, []byte(strings.TrimSpace(comment))) {
				t.Errorf("%s lost the comment %q", f.File, comment)
			}
		}
	}
	if got := told(now, everything); !maps.Equal(got, want) {
		for key, n := range got {
			if want[key] != n {
				t.Errorf("found now %d times, want %d: %s", n, want[key], key)
			}
		}
		for key, n := range want {
			if got[key] == 0 {
				t.Errorf("not found any more, and not said: %d times %s", n, key)
			}
		}
	}
	for _, x := range fixers {
		if !rulesMended[x.rule] {
			t.Errorf("of the planted flaws none of %s was mended", x.rule)
		}
	}
	if again, err := Fix(after); err != nil || len(again) > 0 {
		t.Errorf("a second time: %v, %v", again, err)
	}
	if _, _, fixed := mended(t, "testdata/clean"); len(fixed) > 0 {
		t.Errorf("clean files are changed: %s", fixed[0].File)
	}
}

// Each change in its place, byte by byte; "" is what is left as it is.
func TestFixEdits(t *testing.T) {
	for _, c := range []struct{ name, rule, before, after string }{
		{"Dockerfile", "docker/shell-form", "FROM a:1\nCMD  python main.py --port=80  # why\n", ""},
		{"Dockerfile", "docker/shell-form", "FROM a:1\n# why\nCMD  exec python main.py --port=80 \n", "FROM a:1\n# why\nCMD  [\"python\", \"main.py\", \"--port=80\"] \n"},
		{"Dockerfile", "docker/shell-form", "FROM a:1\r\nentrypoint ./run\r\n", "FROM a:1\r\nentrypoint [\"./run\"]\r\n"},
		{"Dockerfile", "docker/shell-form", "FROM a:1\nCMD python main.py --port=$PORT\n", ""},
		{"Dockerfile", "docker/shell-form", "FROM a:1\nCMD A=b python main.py\n", ""},
		{"Dockerfile", "docker/shell-form", "FROM a:1\nCMD cd /app\n", ""},
		{"Dockerfile", "docker/shell-form", "FROM a:1\nCMD python \\\n  main.py\n", ""},
		{"Dockerfile", "docker/shell-form", "FROM a:1\nENTRYPOINT run\nCMD serve\n", ""},
		{"Dockerfile", "docker/shell-form", "FROM a:1\nSHELL [\"bash\", \"-c\"]\nCMD serve\n", ""},
		{"Dockerfile", "docker/add", "FROM a:1\nADD --chown=1:1 main.py /app/\nADD x.tar.gz /\n", "FROM a:1\nCOPY --chown=1:1 main.py /app/\nADD x.tar.gz /\n"},
		{"Dockerfile", "docker/pip-cache", "FROM a:1\nRUN pip install a==1 && \\\n  pip3 install b==1\n", "FROM a:1\nRUN pip install --no-cache-dir a==1 && \\\n  pip3 install --no-cache-dir b==1\n"},
		{"Dockerfile", "docker/apt-lists", "FROM a:1\nRUN apt-get update && apt-get install -y \\\n    git \\\n    curl\nUSER 1\n", "FROM a:1\nRUN apt-get update && apt-get install -y \\\n    git \\\n    curl && rm -rf /var/lib/apt/lists/*\nUSER 1\n"},
		{"Dockerfile", "docker/apt-lists", "FROM a:1\nRUN --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y git\n", ""},
		{"compose.yaml", "compose/no-restart", "services:\n  a:\n    # why\n    image: a:1 # b\n    ports: []\n  once:\n    image: b:1\n    restart: \"no\"\n",
			"services:\n  a:\n    # why\n    image: a:1 # b\n    restart: unless-stopped\n    ports: []\n  once:\n    image: b:1\n    restart: \"no\"\n"},
		{"compose.yaml", "compose/no-restart", "services:\n  a: {image: 'a:1', restart: always, depends_on: {m: {condition: service_completed_successfully}}}\n  m: {image: 'b:1'}\n", ""},
		{"compose.yaml", "compose/no-restart", "services:\n  m: {image: 'b:1'}\n", "services:\n  m: {restart: unless-stopped, image: 'b:1'}\n"},
		{"nginx.conf", "nginx/tokens", "events {}\nhttp { # why\n    server { listen 80; }\n}\n", "events {}\nhttp { # why\n    server_tokens off;\n    server { listen 80; }\n}\n"},
		{"pod.yaml", "k8s/escalation", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a # why\n      image: b\n", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a # why\n      securityContext:\n        allowPrivilegeEscalation: false\n      image: b\n"},
		{"pod.yaml", "k8s/escalation", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      securityContext: {runAsUser: 7}", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      securityContext: {allowPrivilegeEscalation: false, runAsUser: 7}"},
		{"pod.yaml", "k8s/escalation", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      securityContext: {privileged: true}\n", ""},
		{"pod.yaml", "k8s/capabilities", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n", ""},
		{"d.yaml", "k8s/unavailable", "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 2\n  strategy:\n    rollingUpdate: {maxUnavailable: 25%} # why\n", "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 2\n  strategy:\n    rollingUpdate: {maxUnavailable: 0} # why\n"},
		{"d.yaml", "k8s/unavailable", "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 2\n  strategy:\n    rollingUpdate: {maxUnavailable: 1, maxSurge: 0}\n", ""},
		{".github/workflows/a.yml", "workflow/permissions", "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: make}]\n", "on: push\npermissions:\n  contents: read\n\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: make}]\n"},
		{".github/workflows/a.yml", "workflow/permissions", "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: git push}]\n", ""},
		{".github/workflows/a.yml", "workflow/permissions", "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{uses: softprops/action-gh-release@v2}]\n", ""},
		{".github/workflows/a.yml", "workflow/credentials", "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4 # why\n      - run: make\n",
			"on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4 # why\n        with:\n          persist-credentials: false\n      - run: make\n"},
	} {
		only := slices.IndexFunc(fixers, func(f fixer) bool { return f.rule == c.rule })
		got := string(fix(surroundings{}, c.name, []byte(c.before), fixers[only:only+1]).After)
		if want := c.after; got != want && (want != "" || got != c.before) {
			t.Errorf("%s of\n%s\nis\n%s", c.rule, c.before, got)
		}
	}
}

// FuzzFix: whatever stands in a file, mending it ends, makes nothing worse and
// is done after one time.
func FuzzFix(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		x := fix(surroundings{}, name, data, fixers)
		old, now := judged(surroundings{}, name, data), judged(surroundings{}, name, x.After)
		if len(now) != len(old)-len(x.Mended) {
			t.Errorf("%d findings, %d mended, %d left", len(old), len(x.Mended), len(now))
		}
		if again := fix(surroundings{}, name, x.After, fixers); len(again.Mended) > 0 {
			t.Errorf("a second time %v is mended", again.Mended)
		}
	})
}
