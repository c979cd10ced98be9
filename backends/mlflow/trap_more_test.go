package mlflow

import (
	"context"
	"reflect"
	"strings"
	"testing"
)

func TestTrap09AliasNames(t *testing.T) {
	r, _ := open(t) // nothing is sent
	for _, alias := range []string{"latest", "Latest", "v3", "V12", "prod/eu", "prod.eu", "", "é", strings.Repeat("a", 256), "a\n"} {
		_, err := r.PlanAlias(t.Context(), "churn", alias, "1")
		refused(t, err, 0, CodeInvalid)
		refused(t, r.SetAlias(t.Context(), AliasChange{Model: "churn", Alias: alias, After: "1"}), 0, CodeInvalid)
	}
	for _, alias := range []string{"champion", "Champion", "prod-eu_1", "version1", strings.Repeat("a", 255)} {
		if err := checkAlias(alias); err != nil {
			t.Errorf("%s: %v", alias, err)
		}
	}
	const v = "2.17.2"
	r, _ = open(t, v+"/registered-models-get-with-aliases")
	if c, err := r.PlanAlias(t.Context(), "churn", "Champion", ""); err != nil || c.Before != "" {
		t.Errorf("aliases are case-sensitive: %v, %v", c, err)
	}
	r, _ = open(t, v+"/model-versions-get-unknown-version")
	if _, err := r.PlanAlias(t.Context(), "churn", Champion, "42"); !IsNotFound(err) {
		t.Errorf("unknown version: %v", err)
	}
}

func TestTrap10NothingDeletesModelsOrVersions(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[*Registry](), reflect.TypeFor[sink]()} {
		for i := range typ.NumMethod() {
			if name := strings.ToLower(typ.Method(i).Name); strings.HasPrefix(name, "delete") && name != "deletealias" && name != "deletetag" {
				t.Errorf("%v has %s", typ, name)
			}
		}
	}
	if p := recorded(t, "3.11.2.dev0-more/registered-models-delete-with-production-version"); p.Response.Status != 200 {
		t.Errorf("a server refuses it now (%d): the rule may be looked at again", p.Response.Status)
	}
}

func TestTrap11PromptsAreNoModels(t *testing.T) {
	for _, v := range []string{"2.17.2", "3.11.2.dev0"} {
		r, _ := open(t, v+"-more/registered-models-search-all-with-prompt-present")
		list, err := r.Models(t.Context())
		if err != nil || len(list) < 4 {
			t.Errorf("%s: %d models, error %v", v, len(list), err)
		}
		for _, m := range list {
			if strings.Contains(m.Name, "prompt") {
				t.Errorf("%s: %s is listed", v, m.Name)
			}
		}
		r, _ = open(t, v+"-more/registered-models-search-prompts-only")
		if list, err := r.Models(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("%s: %v, error %v", v, list, err)
		}
	}
}

func TestTrap12Names(t *testing.T) {
	for name, want := range map[string]string{
		"churn": "name='churn'", "it's": `name="it's"`, "spam filter v2": "name='spam filter v2'", "prévision": "name='prévision'", "a/b": "name='a/b'",
	} {
		r, s := open(t, "2.17.2/model-versions-search-quote-in-name")
		if _, err := r.versions(t.Context(), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := query(t, s.seen[0]).Get("filter"); got != want {
			t.Errorf("%s: filter %s, want %s", name, got, want)
		}
	}
	for name, pair := range map[string]string{"spam filter v2": "registered-models-get-space", "prévision": "registered-models-get-utf8"} {
		r, s := open(t, "3.11.2.dev0/"+pair)
		if m, err := r.Model(t.Context(), name); err != nil || m.Name != name {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
		if p := recorded(t, "3.11.2.dev0/"+pair); s.seen[0].target != p.Target() {
			t.Errorf("asked %s, recorded %s", s.seen[0].target, p.Target())
		}
	}
}

func TestTrap13TagsAreShort(t *testing.T) {
	r, _ := open(t) // nothing is sent
	refused(t, r.SetTag(t.Context(), "churn", "2", "long", strings.Repeat("x", 5001)), 0, CodeInvalid)
	refused(t, r.SetTag(t.Context(), "churn", "2", strings.Repeat("k", 251), "v"), 0, CodeInvalid)
	refused(t, r.SetTag(t.Context(), "churn", "2", "", "v"), 0, CodeInvalid)
	r, s := open(t, "2.17.2/model-versions-set-tag-empty-value")
	if err := r.SetTag(t.Context(), "churn", "2", "note", ""); err != nil {
		t.Error(err)
	}
	if want := `{"name":"churn","version":"2","key":"note","value":""}`; s.seen[0].body != want {
		t.Errorf("sent %s, want %s", s.seen[0].body, want)
	}
	for _, v := range []string{"2.10.2", "2.17.2"} {
		if p := recorded(t, v+"/model-versions-set-tag-long-value"); p.Response.Status != 400 {
			t.Errorf("%s takes 5001 characters now", v)
		}
	}
}

func TestTrap14DeletedRunsAndVersionsWithoutRun(t *testing.T) {
	for _, v := range []string{"2.17.2", "3.11.2.dev0"} {
		r, _ := open(t, v+"-more/runs-get-deleted")
		if run, err := r.Run(t.Context(), "x"); err != nil || !run.Deleted || run.Status != "RUNNING" {
			t.Errorf("%s: %+v, error %v", v, run, err)
		}
	}
	r, _ := open(t, "3.11.2.dev0/logged-models-get")
	got, err := r.LoggedModel(t.Context(), "m-28ff118f880d4f81830c581e74e19e77")
	if err != nil || len(got.Metrics) != 1 || got.Metrics[0].Value != 0.93 || got.Metrics[0].Dataset != "test" || got.Metrics[0].DatasetDigest != "d1" {
		t.Errorf("%+v, error %v", got, err)
	}
	r, _ = open(t, "2.17.2/http-404-html") // 2.x has no logged models
	if _, err := r.LoggedModel(t.Context(), "m-1"); err == nil {
		t.Error("a page counts as a logged model")
	}
	v := recordedVersion(t, "3.11.2.dev0/model-versions-get-logged-model")
	if v.LoggedModelID() != "m-28ff118f880d4f81830c581e74e19e77" {
		t.Errorf("logged model %q", v.LoggedModelID())
	}
	if v := recordedVersion(t, "2.17.2/model-versions-create-s3"); v.RunID != "" || v.LoggedModelID() != "" {
		t.Errorf("%+v", v)
	}
}

func TestTrap15HostHeader(t *testing.T) {
	r, s := open(t, "3.11.2.dev0/host-header-evil")
	_, err := r.Models(t.Context())
	e := refused(t, err, 403, "")
	if !strings.Contains(e.Hint, "--allowed-hosts") || !strings.Contains(e.Hint, "MLFLOW_SERVER_ALLOWED_HOSTS") || !strings.Contains(e.Hint, "mlflow.test") {
		t.Errorf("hint %q", e.Hint)
	}
	if s.seen[0].origin != "" || s.seen[0].host != "mlflow.test:5000" {
		t.Errorf("sent host %q and origin %q", s.seen[0].host, s.seen[0].origin)
	}
}

// What is misspelt is ignored by the server and returns everything: the exact
// requests are compared.
func TestTrap16ExactRequests(t *testing.T) {
	const v, api = "3.11.2.dev0", "/api/2.0/mlflow/"
	version := Version{Model: "churn", Number: "1", RunID: "r1", Source: "runs:/r1/model"}
	for name, test := range map[string]struct {
		pairs []string
		call  func(context.Context, *Registry) error
		want  []sent
	}{
		"models": {[]string{"/registered-models-search"}, func(ctx context.Context, r *Registry) error { _, err := r.Models(ctx); return err },
			[]sent{{method: "GET", target: api + "registered-models/search?max_results=1000&order_by=name+ASC"}}},
		"versions": {[]string{"/registered-models-get", "/model-versions-search"}, func(ctx context.Context, r *Registry) error { _, _, err := r.Versions(ctx, "churn"); return err },
			[]sent{{method: "GET", target: api + "registered-models/get?name=churn"},
				{method: "GET", target: api + "model-versions/search?filter=name%3D%27churn%27&max_results=1000&order_by=version_number+DESC"}}},
		"version": {[]string{"/model-versions-get"}, func(ctx context.Context, r *Registry) error { _, err := r.Version(ctx, "churn", "1"); return err },
			[]sent{{method: "GET", target: api + "model-versions/get?name=churn&version=1"}}},
		"run": {[]string{"/runs-get"}, func(ctx context.Context, r *Registry) error { _, err := r.Run(ctx, "r1"); return err },
			[]sent{{method: "GET", target: api + "runs/get?run_id=r1"}}},
		"artifacts": {[]string{"/runs-get", "/artifacts-list-path"}, func(ctx context.Context, r *Registry) error { _, err := r.Artifacts(ctx, version); return err },
			[]sent{{method: "GET", target: api + "runs/get?run_id=r1"}, {method: "GET", target: api + "artifacts/list?path=model&run_id=r1"}}},
		"set alias": {[]string{"/registered-models-get", "/alias-set-champion", "/registered-models-get-with-aliases"}, func(ctx context.Context, r *Registry) error {
			return r.SetAlias(ctx, AliasChange{Model: "churn", Alias: Champion, After: "2"})
		}, []sent{{method: "GET", target: api + "registered-models/get?name=churn"},
			{method: "POST", target: api + "registered-models/alias", body: `{"name":"churn","alias":"champion","version":"2"}`},
			{method: "GET", target: api + "registered-models/get?name=churn"}}},
		"delete alias": {[]string{"/registered-models-get-with-aliases", "/alias-delete-challenger", "/registered-models-get"}, func(ctx context.Context, r *Registry) error {
			return r.SetAlias(ctx, AliasChange{Model: "churn", Alias: Challenger, Before: "2"})
		}, []sent{{method: "GET", target: api + "registered-models/get?name=churn"},
			{method: "DELETE", target: api + "registered-models/alias", body: `{"name":"churn","alias":"challenger"}`},
			{method: "GET", target: api + "registered-models/get?name=churn"}}},
		"set tag": {[]string{"/model-versions-set-tag"}, func(ctx context.Context, r *Registry) error { return r.SetTag(ctx, "churn", "2", "k", "v") },
			[]sent{{method: "POST", target: api + "model-versions/set-tag", body: `{"name":"churn","version":"2","key":"k","value":"v"}`}}},
		"delete model tag": {[]string{"/registered-models-delete-tag"}, func(ctx context.Context, r *Registry) error { return r.DeleteTag(ctx, "churn", "", "k") },
			[]sent{{method: "DELETE", target: api + "registered-models/delete-tag", body: `{"name":"churn","key":"k"}`}}},
	} {
		t.Run(name, func(t *testing.T) {
			pairs := make([]string, len(test.pairs))
			for i, p := range test.pairs {
				pairs[i] = v + p
			}
			r, s := open(t, pairs...)
			if err := test.call(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			for i, got := range s.seen {
				want := test.want[i]
				if got.method != want.method || got.target != want.target || got.body != want.body {
					t.Errorf("request %d: %s %s %s\nwant %s %s %s", i+1, got.method, got.target, got.body, want.method, want.target, want.body)
				}
				if got.method != "GET" && got.kind != "application/json" {
					t.Errorf("request %d has content type %q", i+1, got.kind)
				}
			}
		})
	}
}
