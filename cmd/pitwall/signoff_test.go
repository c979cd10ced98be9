package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// inProcess runs one command line in this process, and no backend.
func inProcess(t *testing.T, env map[string]string, args ...string) answer {
	t.Helper()
	state := t.TempDir()
	var out, errs bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &errs, now: time.Now, env: func(name string) string {
		if name == "PITWALL_STATE" {
			return state
		}
		return env[name]
	}}
	code := a.run(t.Context(), args)
	return answer{out.String(), errs.String(), code}
}

// TestWrongWordsOfASignOffAreMisuse, and need no backend to be told.
func TestWrongWordsOfASignOffAreMisuse(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no note":              {[]string{"attest", "churn", "on-call"}, "a note is needed: what was looked at, and why that is enough: --note TEXT"},
		"no time":              {[]string{"waive", "churn", "drift", "--note", "x", "--for", "0s"}, "--for 0s: give a time above 0, as 12h or 7d"},
		"no duration":          {[]string{"waive", "churn", "drift", "--note", "x", "--for", "soon"}, `--for soon: "soon" is no duration`},
		"link":                 {[]string{"attest", "churn", "on-call", "--note", "x", "--link", "wiki"}, `link "wiki" is no http or https address`},
		"no registry":          {[]string{"registry", "models", "--mlflow", "ftp://x"}, "a registry behind ftp: is not supported: give the URL"},
		"no registry to write": {[]string{"registry", "alias", "churn", "old", "3", "--mlflow", "http:"}, "the registry's URL has no host"},
		"checklist":            {[]string{"checklist", "churn", "--mlflow", "ftp://x"}, "a registry behind ftp: is not supported"},
		"phase":                {[]string{"checklist", "churn", "--phase", "nope"}, "choose pre, deploy, post or practice"},
	} {
		t.Run(name, func(t *testing.T) {
			if a := inProcess(t, nil, test.args...); a.code != exitMisuse || !strings.Contains(a.stderr, test.want) {
				t.Errorf("status %d, want 2: %s\nwant %q", a.code, a.stderr, test.want)
			}
		})
	}
}

// laid writes a registry of one model with one version into a directory.
func laid(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"models/churn/meta.yaml":                              "aliases: {}\ncreation_timestamp: 1700000000000\ndescription: ''\nlast_updated_timestamp: 1700000009000\nname: churn\n",
		"models/churn/aliases/champion":                       "",
		"models/churn/version-1/meta.yaml":                    "aliases: []\ncreation_timestamp: 1700000001000\ncurrent_stage: None\ndescription: ''\nlast_updated_timestamp: 1700000001000\nname: churn\nrun_id: 0123456789abcdef0123456789abcdef\nsource: mlflow-artifacts:/0/r/artifacts/model\nstatus: 2\nversion: 1\n",
		"0/meta.yaml":                                         "artifact_location: mlflow-artifacts:/0\nexperiment_id: '0'\nlifecycle_stage: active\nname: Default\n",
		"0/0123456789abcdef0123456789abcdef/meta.yaml":        "artifact_uri: mlflow-artifacts:/0/r/artifacts\nend_time: 1700000002000\nexperiment_id: '0'\nlifecycle_stage: active\nrun_id: 0123456789abcdef0123456789abcdef\nrun_name: r\nstart_time: 1700000001000\nstatus: 3\nuser_id: ana\n",
		"0/0123456789abcdef0123456789abcdef/metrics/accuracy": "1700000001500 nan 0\n",
		"0/0123456789abcdef0123456789abcdef/metrics/loss":     "1700000001500 inf 0\n",
		"0/0123456789abcdef0123456789abcdef/metrics/auc":      "1700000001500 0.9 0\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRegistryPrintsWhatIsNoNumber as MLflow does, and warns of an alias that
// names nothing.
func TestRegistryPrintsWhatIsNoNumber(t *testing.T) {
	dir := laid(t)
	a := inProcess(t, nil, "registry", "show", "churn", "1", "-o", "json", "--mlflow", dir)
	for _, want := range []string{`"accuracy": "NaN"`, `"loss": "Infinity"`, `"auc": 0.9`} {
		if a.code != 0 || !strings.Contains(a.stdout, want) {
			t.Errorf("status %d, no %s in\n%s%s", a.code, want, a.stdout, a.stderr)
		}
	}
	for _, args := range [][]string{{"registry", "models"}, {"registry", "versions", "churn"}} {
		a := inProcess(t, nil, append(args, "--mlflow", dir)...)
		if a.code != 0 || !strings.Contains(a.stderr, "alias champion names no version: move or remove it") || strings.Contains(a.stdout, "champion= ") {
			t.Errorf("%v: status %d\n%s%s", args, a.code, a.stdout, a.stderr)
		}
	}
}

// TestRegistryThatHangs says how long was waited, by what was waited for.
func TestRegistryThatHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a := inProcess(t, map[string]string{"MLFLOW_HTTP_REQUEST_TIMEOUT": "0.2"}, "registry", "models", "--mlflow", "http://"+l.Addr().String())
	if a.code != exitFailed || !strings.Contains(a.stderr, "did not answer in time (200ms); is it overloaded? MLFLOW_HTTP_REQUEST_TIMEOUT sets how long it may take") {
		t.Errorf("status %d: %s", a.code, a.stderr)
	}
}

// TestNamesThatAreNotThere end a command about a checklist with 1, as they do
// everywhere: what is there may be another tomorrow. What cannot be ends with 2.
func TestNamesThatAreNotThere(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	startHeadless(t, state)
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"checklist", "nope"}, exitFailed, `no deployment "nope"`},
		{[]string{"rollback", "model-api", "--variant", "Z", "--yes"}, exitFailed, `model-api Z`},
		{[]string{"checklist", "model-api", "--variant", "Z"}, exitFailed, `no variant "Z": there is A`},
		{[]string{"attest", "model-api", "nope", "--note", "x"}, exitFailed, `no item "nope": there is model-validated`},
		{[]string{"approve", "model-api", "nope", "--note", "x"}, exitFailed, `no item "nope": there is model-validated`},
		{[]string{"approve", "model-api", "on-call", "--note", "x"}, exitFailed, "nothing of model-api on-call is signed"},
		{[]string{"waive", "model-api", "drift", "--note", "x", "--for", "3650d"}, exitMisuse, "a waiver holds at most 90 d"},
	} {
		if a := run(t, state, test.args...); a.code != test.code || !strings.Contains(a.stderr, test.want) {
			t.Errorf("pitwall %v ended with %d, want %d: %s\nwant %q", test.args, a.code, test.code, a.stderr, test.want)
		}
	}
	must(t, state, "split", "model-api", "A=100", "--yes")
	must(t, state, "scale", "model-api", "0", "--variant", "B", "--confirm", "model-api")
	a, b := regexp.MustCompile(`(?m)^2 +1\.0\.0 +champion +A `), regexp.MustCompile(`(?m)^3 +1\.1\.0 +challenger +– `)
	waitFor(t, "B, which has no replica, to serve nothing", func() bool {
		said := must(t, state, "registry", "versions", "model-api", "--serving")
		return a.MatchString(said) && b.MatchString(said)
	})
}
