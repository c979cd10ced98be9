package mlflow

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// env is an environment.
type env map[string]string

func (e env) get(name string) string { return e[name] }

func TestCredentials(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".mlflow"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := "# comment\n[other]\nmlflow_tracking_username = nobody\n[mlflow]\nmlflow_tracking_username = filed\nMLFLOW_TRACKING_PASSWORD: p=:w\n"
	if err := os.WriteFile(filepath.Join(home, ".mlflow", "credentials"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	const user, password, token = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"
	for name, test := range map[string]struct {
		uri  string
		env  env
		want string // user:password, or a token
	}{
		"none":                   {"http://h", env{}, ""},
		"user":                   {"http://h", env{user: "u", password: "p", "HOME": home}, "u:p"},
		"user beats token":       {"http://h", env{user: "u", password: "p", token: "t"}, "u:p"},
		"token":                  {"http://h", env{token: "t"}, "Bearer t"},
		"file":                   {"http://h", env{"HOME": home}, "filed:p=:w"},
		"file beats token":       {"http://h", env{"HOME": home, token: "t"}, "filed:p=:w"},
		"environment over file":  {"http://h", env{"HOME": home, user: "u"}, "u:p=:w"},
		"of the URL":             {"http://a:b@h", env{}, "a:b"},
		"environment before URL": {"http://a:b@h", env{user: "u", password: "p"}, "u:p"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			r, err := OpenRead(test.uri, Options{Env: test.env.get, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				got = r.Header.Get("Authorization")
				if u, p, ok := r.BasicAuth(); ok {
					got = u + ":" + p
				}
				return jsonAnswer(200, noModels), nil
			})})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Models(t.Context()); err != nil || got != test.want {
				t.Errorf("signed as %q, error %v; want %q", got, err, test.want)
			}
			if strings.Contains(r.Where(), "b@") {
				t.Errorf("Where tells %s", r.Where())
			}
		})
	}
}

func TestOpenRefusesWhatItCannotDo(t *testing.T) {
	for name, test := range map[string]struct {
		uri  string
		env  env
		want string
	}{
		"databricks":          {"databricks", nil, "not supported yet"},
		"databricks profile":  {"databricks://prod", nil, "not supported yet"},
		"unity catalog":       {"databricks-uc", nil, "not supported yet"},
		"database":            {"postgresql://u:hunter2@db/mlflow", nil, "behind postgresql:"},
		"no host":             {"http:///x", nil, "no host"},
		"broken":              {"http://u:hunter2@h:port", nil, "not valid"},
		"nothing":             {"", nil, "no registry is named"},
		"file of another":     {"file://nas/mlruns", nil, "another host"},
		"absent directory":    {"/does/not/exist", nil, "no directory"},
		"plugin":              {"http://h", env{"MLFLOW_TRACKING_AUTH": "kubernetes"}, "plugins"},
		"sigv4":               {"http://h", env{"MLFLOW_TRACKING_AWS_SIGV4": "true"}, "AWS"},
		"timeout":             {"http://h", env{"MLFLOW_HTTP_REQUEST_TIMEOUT": "soon"}, "give seconds"},
		"timeout NaN":         {"http://h", env{"MLFLOW_HTTP_REQUEST_TIMEOUT": "NaN"}, "give seconds"},
		"TLS word":            {"https://h", env{"MLFLOW_TRACKING_INSECURE_TLS": "maybe"}, "true or false"},
		"TLS contradiction":   {"https://h", env{"MLFLOW_TRACKING_INSECURE_TLS": "true", "MLFLOW_TRACKING_SERVER_CERT_PATH": "x"}, "contradict"},
		"TLS absent bundle":   {"https://h", env{"MLFLOW_TRACKING_SERVER_CERT_PATH": "/does/not/exist"}, "SERVER_CERT_PATH"},
		"TLS no bundle":       {"https://h", env{"MLFLOW_TRACKING_SERVER_CERT_PATH": "call_test.go"}, "no certificate"},
		"TLS absent identity": {"https://h", env{"MLFLOW_TRACKING_CLIENT_CERT_PATH": "/does/not/exist"}, "CLIENT_CERT_PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := OpenRead(test.uri, Options{Env: test.env.get})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestTLSVariables(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, noModels)
	}))
	defer s.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pemOf(s.Certificate()), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env   env
		fails bool
	}{
		"unknown authority": {env{}, true},
		"bundle":            {env{"MLFLOW_TRACKING_SERVER_CERT_PATH": bundle}, false},
		"not checked":       {env{"MLFLOW_TRACKING_INSECURE_TLS": "true"}, false},
	} {
		r, err := OpenRead(s.URL, Options{Env: test.env.get})
		if err != nil {
			t.Fatal(err)
		}
		r.source.(*server).Random = func() float64 { return 0 }
		if _, err := r.Models(t.Context()); (err != nil) != test.fails {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPathOfAReverseProxyIsKept(t *testing.T) {
	var got string
	r, err := OpenRead("https://host/mlflow/?x=1", Options{Env: env{"MLFLOW_WORKSPACE": "team-a"}.get, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		got = r.URL.String() + " " + r.Header.Get("X-Mlflow-Workspace")
		return jsonAnswer(200, `{"registered_model":{}}`), nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Model(t.Context(), "a/b c"); err != nil || got != "https://host/mlflow/api/2.0/mlflow/registered-models/get?name=a%2Fb+c team-a" {
		t.Errorf("asked %s, error %v", got, err)
	}
}
