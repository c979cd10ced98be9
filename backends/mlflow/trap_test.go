package mlflow

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
)

func TestTrap01AbsentAliasIsReadFromTheModel(t *testing.T) {
	for _, v := range versionsRecorded {
		t.Run(v, func(t *testing.T) {
			r, _ := open(t, v+"/registered-models-get")
			c, err := r.PlanAlias(t.Context(), "churn", "nobody", "")
			if err != nil || c.Before != "" {
				t.Errorf("plan %v, error %v: an absent alias is no error", c, err)
			}
			// What alias-get would have said: a 400 that reads like a mistake of ours.
			if p := recorded(t, v+"/alias-get-absent"); p.Response.Status != 400 {
				t.Errorf("recorded status %d", p.Response.Status)
			}
			unknown, want := recorded(t, v+"/alias-get-unknown-model"), 400
			if v == "3.11.2.dev0" {
				want = 404
			}
			if unknown.Response.Status != want {
				t.Errorf("alias of an unknown model: %d, want %d", unknown.Response.Status, want)
			}
			r, _ = open(t, v+"/registered-models-get-unknown")
			if _, err := r.PlanAlias(t.Context(), "nope", Champion, ""); !IsNotFound(err) {
				t.Errorf("unknown model: %v", err)
			}
		})
	}
}

func TestTrap02AliasesComeFromTheModelAndMayDangle(t *testing.T) {
	for _, v := range versionsRecorded {
		t.Run(v, func(t *testing.T) {
			r, s := open(t, v+"/registered-models-get-with-aliases", v+"/model-versions-search-with-aliases")
			m, list, err := r.Versions(t.Context(), "churn")
			if err != nil || len(list) != 3 {
				t.Fatalf("%d versions, error %v", len(list), err)
			}
			if got := list[1]; got.Number != "2" || !reflect.DeepEqual(got.Aliases, []string{Challenger, Champion}) {
				t.Errorf("version %s has aliases %v", got.Number, got.Aliases)
			}
			if len(list[0].Aliases)+len(list[2].Aliases) != 0 || len(Dangling(m, list)) != 0 {
				t.Errorf("aliases of others: %v %v", list[0].Aliases, list[2].Aliases)
			}
			if strings.Contains(s.seen[1].target, "alias") {
				t.Errorf("versions cannot be searched by alias: %s", s.seen[1].target)
			}
		})
	}
	for _, v := range []string{"2.17.2", "3.11.2.dev0"} {
		list := []Version{{Number: "2"}}
		m := findModel(t, recordedModels(t, v+"-more/registered-models-search-all-with-prompt-present"), "churn")
		want := []Alias{{"prod-eu_1", "1"}, {"temp", "1"}}
		if got := Dangling(m, list); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: dangling %v, want %v", v, got, want)
		}
	}
}

func TestTrap03HistoryEnds(t *testing.T) {
	r, s := open(t, "3.11.2.dev0/metrics-get-history")
	if list, err := r.History(t.Context(), "r", "accuracy"); err != nil || len(list) != 0 {
		t.Errorf("%v, error %v: an empty page ends the history although it has a token", list, err)
	}
	if q := query(t, s.seen[0]); q.Get("max_results") != "25000" {
		t.Errorf("max_results must always be sent: %v", q)
	}
	again := "3.11.2.dev0/metrics-get-history-page" // the same token again: a server that does not advance
	r, s = open(t, again, again)
	if list, err := r.History(t.Context(), "r", "accuracy"); err != nil || len(list) != 2 {
		t.Errorf("%d values, error %v", len(list), err)
	}
	if q := query(t, s.seen[1]); q.Get("page_token") != "eyJvZmZzZXQiOiAxfQ==" || q.Get("max_results") != "25000" {
		t.Errorf("second page asked as %v", q)
	}
	r, _ = open(t, "2.17.2/metrics-get-history-page") // 2.x returns everything at once
	if list, err := r.History(t.Context(), "r", "accuracy"); err != nil || len(list) != 2 || list[1].Value != 0.91 || list[1].Step != 1 {
		t.Errorf("%v, error %v", list, err)
	}
}

func TestTrap04NoPageOfZero(t *testing.T) {
	r, s := open(t, "2.17.2/registered-models-search-zero")
	if list, err := r.Models(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%v, error %v: an empty page with a token ends the listing", list, err)
	}
	if got := query(t, s.seen[0]).Get("max_results"); got != "1000" {
		t.Errorf("max_results %s, want the most that is taken", got)
	}
	for _, v := range versionsRecorded {
		for _, name := range []string{"/registered-models-search-too-many", "/model-versions-search-too-many"} {
			r, _ := open(t, v+name)
			_, err := r.Models(t.Context())
			refused(t, err, 400, CodeInvalid)
		}
	}
}

func TestTrap05PagesShiftAndTheLastHasNoToken(t *testing.T) {
	for _, v := range versionsRecorded {
		pages := []string{v + "/registered-models-search-page1", v + "/registered-models-search-page2", v + "/registered-models-search-page3-last"}
		r, s := open(t, pages...)
		list, err := r.Models(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := len(recordedModels(t, v+"/registered-models-search"))
		if len(list) != want {
			t.Errorf("%s: %d models, want %d", v, len(list), want)
		}
		if got := query(t, s.seen[2]).Get("page_token"); got != "eyJvZmZzZXQiOiA0fQ==" {
			t.Errorf("%s: third page asked with token %s", v, got)
		}
		r, _ = open(t, pages[0], pages[0]) // the listing shifted by a page
		if again, err := r.Models(t.Context()); err != nil || len(again) != 2 {
			t.Errorf("%s: %d models, error %v: the same model is listed once", v, len(again), err)
		}
	}
}

func TestTrap06ErrorsAreNotAlwaysJSON(t *testing.T) {
	for name, want := range map[string]struct {
		status         int
		code, message  string
		never, hinting string
	}{
		"2.17.2/http-404-html":                               {404, "", "Not Found The requested URL was not found", "<", "check the URL"},
		"2.17.2/http-405-html":                               {405, "", "Method Not Allowed", "<", "check the URL"},
		"2.17.2-basic-auth/auth-search-bearer":               {401, "", "You are not authenticated", "<", "MLFLOW_TRACKING_USERNAME"},
		"3.11.2.dev0-basic-auth/auth-version-no-credentials": {401, "", "You are not authenticated", "<", "MLFLOW_TRACKING_PASSWORD"},
		"2.17.2-basic-auth/auth-get-bob-no-permission":       {403, "", "Permission denied", "<", "READ"},
		"3.11.2.dev0/origin-evil":                            {403, "", "Cross-origin request blocked", "<", ""},
		"2.17.2-basic-auth/auth-users-create-again":          {400, CodeExists, "User (username=bob) already exists.", "pbkdf2", ""},
		"3.11.2.dev0-basic-auth/auth-users-create-again":     {400, CodeExists, "User (username=bob) already exists.", "scrypt", ""},
		"2.17.2/experiments-create-duplicate":                {400, CodeExists, "Experiment(name=churn) already exists.", "INSERT", ""},
		"2.17.2/model-versions-set-tag-long-value":           {400, CodeInvalid, "Model version value", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := open(t, name)
			_, err := r.Model(t.Context(), "churn")
			e := refused(t, err, want.status, want.code)
			if !strings.HasPrefix(e.Message, want.message) || want.never != "" && strings.Contains(e.Error(), want.never) || !strings.Contains(e.Hint, want.hinting) {
				t.Errorf("error %v, hint %q", e, e.Hint)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		const failed = "2.17.2/json-array" // 500 as a page: it may pass, so it is asked three times
		r, _ := open(t, failed, failed, failed)
		_, err := r.Model(t.Context(), "churn")
		if e := refused(t, err, 500, ""); !strings.HasPrefix(e.Message, "Internal Server Error") {
			t.Errorf("error %v", e)
		}
	})
}

func TestTrap07NumbersThatAreNone(t *testing.T) {
	for _, v := range versionsRecorded {
		r, _ := open(t, v+"/runs-get")
		run, err := r.Run(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, m := range run.Metrics {
			got[m.Key] = m.Value
		}
		if !math.IsNaN(got["nan_metric2"]) || !math.IsInf(got["inf_metric"], 1) || got["nan_metric"] != 0 || got["accuracy"] != 0.91 || len(got) != 6 {
			t.Errorf("%s: metrics %v", v, got)
		}
	}
}

func TestTrap08Stages(t *testing.T) {
	for _, v := range versionsRecorded {
		r, s := open(t, v+"/transition-stage-production-archive")
		got, err := r.SetStage(t.Context(), "churn", "2", "production", true)
		if err != nil || got.Stage != "Production" || got.Number != "2" {
			t.Errorf("%s: %+v, error %v", v, got, err)
		}
		if want := `{"name":"churn","version":"2","stage":"Production","archive_existing_versions":true}`; s.seen[0].body != want {
			t.Errorf("%s: sent %s, want %s", v, s.seen[0].body, want)
		}
		r, _ = open(t)
		if _, err := r.SetStage(t.Context(), "churn", "2", "Canary", false); err == nil || !strings.Contains(err.Error(), "choose None") {
			t.Errorf("%s: unknown stage: %v", v, err)
		}
		r, _ = open(t, v+"/transition-stage-unknown-version")
		if _, err := r.SetStage(t.Context(), "churn", "42", "Production", false); !IsNotFound(err) {
			t.Errorf("%s: unknown version: %v", v, err)
		}
		// Two versions in Production at once: the model lists the newest only.
		m := recordedModel(t, v+"/registered-models-update")
		if len(m.Latest) != 2 || m.Latest[0].Number != "3" || m.Latest[0].Stage != "Production" {
			t.Errorf("%s: latest %+v", v, m.Latest)
		}
	}
}
