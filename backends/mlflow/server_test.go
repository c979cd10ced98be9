package mlflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pitwall/backends/mlflow/mlflowtest"
)

// onServer opens a registry on an MLflow of ours.
func onServer(t *testing.T, o mlflowtest.Options, e env) *Registry {
	t.Helper()
	r, err := Open(mlflowtest.Start(t, o).URL, Options{Env: e.get})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestServerRegisters(t *testing.T) {
	for name, test := range map[string]struct {
		options mlflowtest.Options
		env     env
		user    string
	}{
		"2.10":            {mlflowtest.Options{Release: mlflowtest.V2_10}, nil, ""},
		"2.17":            {mlflowtest.Options{Release: mlflowtest.V2_17}, nil, ""},
		"2.17 basic auth": {mlflowtest.Options{Release: mlflowtest.V2_17, BasicAuth: true}, env{"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": "password"}, ""},
		"3.11":            {mlflowtest.Options{Release: mlflowtest.V3_11}, nil, ""},
		"3.11 basic auth": {mlflowtest.Options{Release: mlflowtest.V3_11, BasicAuth: true}, env{"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": "password1234"}, "admin"},
	} {
		t.Run(name, func(t *testing.T) {
			r, ctx := onServer(t, test.options, test.env), t.Context()
			about, err := r.Server(ctx)
			if err != nil || about.Version != string(test.options.Release) || about.User != test.user {
				t.Errorf("server %+v, error %v", about, err)
			}
			for _, number := range []string{"1", "2"} {
				v, err := r.Register(ctx, registration(t))
				if err != nil || v.Number != number {
					t.Fatalf("version %+v, error %v", v, err)
				}
				wantRegistered(t, r.Reader, v)
			}
			c, err := r.PlanAlias(ctx, "new model", Champion, "2")
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(r.SetAlias(ctx, c), r.SetTag(ctx, "new model", "2", "checked", "yes"), r.SetTag(ctx, "new model", "", "owner", "ml")); err != nil {
				t.Fatal(err)
			}
			m, list, err := r.Versions(ctx, "new model")
			if err != nil || len(list) != 2 || list[0].Aliases[0] != Champion || list[0].Tags["checked"] != "yes" || m.Tags["owner"] != "ml" {
				t.Errorf("%+v %+v, error %v", m, list, err)
			}
			if err := errors.Join(r.DeleteTag(ctx, "new model", "2", "checked"), r.DeleteTag(ctx, "new model", "", "owner")); err != nil {
				t.Error(err)
			}
			if v, err := r.SetStage(ctx, "new model", "2", "production", true); err != nil || v.Stage != "Production" {
				t.Errorf("%+v, error %v", v, err)
			}
		})
	}
}

func TestServerWithoutUploadsIsToldBeforeAnythingIsWritten(t *testing.T) {
	writes := 0
	r := onServer(t, mlflowtest.Options{NoUploads: true, Intercept: func(_ http.ResponseWriter, q *http.Request) bool {
		if q.Method != http.MethodGet && !strings.HasSuffix(q.URL.Path, "experiments/create") {
			writes++
		}
		return false
	}}, nil)
	if _, err := r.Register(t.Context(), registration(t)); !errors.Is(err, ErrNoUpload) || writes != 0 {
		t.Errorf("%d writes, error %v", writes, err)
	}
}

func TestFailedRegistrationLeavesNoVersion(t *testing.T) {
	for _, broken := range []string{"runs/log-batch", "artifacts/MLmodel", "model-versions/create", "registered-models/create"} {
		t.Run(broken, func(t *testing.T) {
			r := onServer(t, mlflowtest.Options{Intercept: func(w http.ResponseWriter, q *http.Request) bool {
				hit := q.Method != http.MethodGet && (strings.HasSuffix(q.URL.Path, broken) || broken == "artifacts/MLmodel" && strings.HasSuffix(q.URL.Path, "/MLmodel"))
				if hit {
					http.Error(w, "disk full", http.StatusInternalServerError)
				}
				return hit
			}}, nil)
			_, err := r.Register(t.Context(), registration(t))
			if err == nil || !strings.Contains(err.Error(), "disk full") || !strings.Contains(err.Error(), "is marked as failed") {
				t.Errorf("error %v", err)
			}
			if _, list, err := r.Versions(t.Context(), "new model"); err == nil && len(list) > 0 {
				t.Errorf("versions %+v", list)
			}
		})
	}
}

// What a server may do to an alias: lose the answer of a write that it made,
// answer 200 and not do it, and let somebody else win.
func TestAliasIsReadBack(t *testing.T) {
	for name, test := range map[string]struct {
		intercept func(s *mlflowtest.Server, w http.ResponseWriter, q *http.Request)
		want      string // in the error; "" for none
	}{
		"answer is lost": {func(s *mlflowtest.Server, w http.ResponseWriter, q *http.Request) {
			s.ServeHTTP(httptest.NewRecorder(), q)
			http.Error(w, "gateway timeout", http.StatusGatewayTimeout)
		}, ""},
		"refused": {func(_ *mlflowtest.Server, w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "gateway timeout", http.StatusGatewayTimeout)
		}, "gateway timeout"},
		"a lie": {func(_ *mlflowtest.Server, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{}")
		}, "reads back as none: somebody else"},
		"a race": {func(s *mlflowtest.Server, w http.ResponseWriter, q *http.Request) {
			text, _ := io.ReadAll(q.Body)
			q.Body = io.NopCloser(bytes.NewReader(bytes.Replace(text, []byte(`"2"`), []byte(`"1"`), 1)))
			s.ServeHTTP(w, q)
		}, "reads back as 1: somebody else"},
	} {
		t.Run(name, func(t *testing.T) {
			inner := mlflowtest.New(mlflowtest.Options{})
			outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
				if q.Method == http.MethodPost && strings.HasSuffix(q.URL.Path, "registered-models/alias") {
					test.intercept(inner, w, q)
					return
				}
				inner.ServeHTTP(w, q)
			}))
			defer outer.Close()
			r, err := Open(outer.URL, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := r.Register(t.Context(), registration(t)); err != nil {
					t.Fatal(err)
				}
			}
			err = r.SetAlias(t.Context(), AliasChange{Model: "new model", Alias: Champion, After: "2"})
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestDetailOfALoggedModel(t *testing.T) {
	s := mlflowtest.Start(t, mlflowtest.Options{})
	post := func(method, call, body string, into any) {
		t.Helper()
		q, err := http.NewRequest(method, s.URL+apiPath+call, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if err := json.NewDecoder(response.Body).Decode(into); err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d, error %v", call, response.StatusCode, err)
		}
	}
	var run struct{ Run wireRun }
	post("POST", "runs/create", `{"experiment_id":"0"}`, &run)
	var logged struct{ Model wireLogged }
	post("POST", "logged-models", `{"experiment_id":"0","name":"m","params":[{"key":"depth","value":"4"}]}`, &logged)
	id := logged.Model.Info.ID
	var nothing struct{}
	post("POST", "runs/log-metric", `{"run_id":"`+run.Run.Info.RunID+`","model_id":"`+id+`","key":"auc","value":0.93,"timestamp":1,"dataset_name":"test","dataset_digest":"d1"}`, &nothing)
	put, err := http.NewRequest(http.MethodPut, s.URL+filePath+"0/models/"+id+"/artifacts/MLmodel", strings.NewReader("signature:\n  inputs: '[{\"type\":\"double\",\"name\":\"age\"}]'\n"))
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(put); err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response, err)
	}
	post("POST", "registered-models/create", `{"name":"m"}`, &nothing)
	post("POST", "model-versions/create", `{"name":"m","source":"models:/`+id+`"}`, &nothing)
	r, err := OpenRead(s.URL, Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := r.Detail(t.Context(), "m", "1")
	if err != nil || d.Logged == nil || len(d.Metrics) != 1 || d.Metrics[0].Dataset != "test" || d.Params["depth"] != "4" {
		t.Errorf("%+v, error %v", d, err)
	}
	if d.Signature == nil || d.Signature.Inputs[0].String() != "age: double" || len(d.Files) != 1 || d.Unknown[PartRun] == "" {
		t.Errorf("signature %v, files %v, unknown %v", d.Signature, d.Files, d.Unknown)
	}
}

// A version whose files are out of reach has its signature in a tag of its run.
func TestSignatureOfTheRun(t *testing.T) {
	const history = `[{"artifact_path":"other"},{"artifact_path":"model","signature":{"inputs":"[{\"type\":\"long\",\"name\":\"x\"}]","outputs":null}}]`
	for name, test := range map[string]struct {
		tag, path, want string
	}{
		"by path":    {history, "model", "x: long"},
		"the last":   {history, "", "x: long"},
		"without":    {history, "other", "!it was logged without a signature"},
		"of another": {history, "else", "!it was logged without a signature"},
		"damaged":    {"[", "model", "!is damaged"},
		"list":       {`[{"artifact_path":"model","signature":{"inputs":"{}"}}]`, "model", "!signature is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := parseHistory(test.tag, test.path)
			if want, fails := strings.CutPrefix(test.want, "!"); fails {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want %q", err, want)
				}
			} else if err != nil || s.Inputs[0].String() != test.want {
				t.Errorf("%v, error %v", s, err)
			}
		})
	}
	r, err := OpenRead("http://mlflow.test", Options{Transport: roundTrip(func(q *http.Request) (*http.Response, error) {
		text, _ := json.Marshal(history)
		return jsonAnswer(200, `{"run":{"info":{"run_id":"r","artifact_uri":"s3://b/r/artifacts"},"data":{"tags":[{"key":"`+historyTag+`","value":`+string(text)+`}]}}}`), nil
	}), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Signature(t.Context(), Version{Model: "m", Number: "1", RunID: "r", Source: "s3://b/r/artifacts/model"})
	if err != nil || s.Inputs[0].Name != "x" {
		t.Errorf("%v, error %v", s, err)
	}
}
