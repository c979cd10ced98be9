package mlflowtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// step is a request that was made between the recorded ones.
type step struct{ method, call, body string }

const api = "/api/2.0/mlflow/"

// unrecorded are those steps, by the pair that they come before. $1, $2 and $3
// are the ids of the runs.
var unrecorded = map[string][]step{
	"artifacts-list": {{"PUT", "model.pkl", strings.Repeat("\x00", 1536)}},
	"runs-search": {
		{"POST", "runs/create", `{"experiment_id":"1","start_time":1700000060000,"run_name":"train-2","tags":[{"key":"mlflow.user","value":"alice"},{"key":"mlflow.source.git.commit","value":"abc1"}]}`},
		{"POST", "runs/log-batch", `{"run_id":"$2","metrics":[{"key":"accuracy","value":0.93,"timestamp":1700000062000,"step":1},{"key":"f1","value":0.8300000000000001,"timestamp":1700000062000,"step":1},{"key":"val loss/eval","value":0.25,"timestamp":1700000062000,"step":1}],"params":[{"key":"max_depth","value":"5"},{"key":"learning_rate","value":"0.1"}],"tags":[{"key":"dataset","value":"churn-2023-10"}]}`},
		{"POST", "runs/update", `{"run_id":"$2","status":"FINISHED","end_time":1700000065000}`},
		{"POST", "runs/create", `{"experiment_id":"1","start_time":1700000120000,"run_name":"train-3","tags":[{"key":"mlflow.user","value":"alice"},{"key":"mlflow.source.git.commit","value":"abc2"}]}`},
		{"POST", "runs/log-batch", `{"run_id":"$3","metrics":[{"key":"accuracy","value":0.9500000000000001,"timestamp":1700000122000,"step":1},{"key":"f1","value":0.8600000000000001,"timestamp":1700000122000,"step":1},{"key":"val loss/eval","value":0.19999999999999998,"timestamp":1700000122000,"step":1}],"params":[{"key":"max_depth","value":"6"},{"key":"learning_rate","value":"0.1"}],"tags":[{"key":"dataset","value":"churn-2023-10"}]}`},
		{"POST", "runs/update", `{"run_id":"$3","status":"FAILED","end_time":1700000125000}`},
	},
	"registered-models-create-missing-name": {
		{"POST", "registered-models/create", `{"name":"fraud"}`},
		{"POST", "registered-models/create", `{"name":"ranking"}`},
		{"POST", "registered-models/create", `{"name":"spam filter v2"}`},
		{"POST", "registered-models/create", `{"name":"prévision"}`},
	},
	"model-versions-create-file-source": {
		{"POST", "model-versions/create", `{"name":"churn","source":"mlflow-artifacts:/1/$2/artifacts/model","run_id":"$2","description":"v2","tags":[{"key":"validation_status","value":"pending"}]}`},
		{"POST", "model-versions/create", `{"name":"churn","source":"mlflow-artifacts:/1/$3/artifacts/model","run_id":"$3","description":"v3","tags":[{"key":"validation_status","value":"pending"}]}`},
	},
	"model-versions-delete-aliased":                    {{"POST", "registered-models/alias", `{"name":"churn","alias":"temp","version":"1"}`}},
	"registered-models-delete-with-production-version": {{"POST", "registered-models/create", `{"name":"todel"}`}, {"POST", "model-versions/create", `{"name":"todel","source":"s3://b/m"}`}},
	"registered-models-rename-keeps-aliases": {
		{"POST", "registered-models/create", `{"name":"ren"}`},
		{"POST", "model-versions/create", `{"name":"ren","source":"s3://b/m"}`},
		{"POST", "registered-models/alias", `{"name":"ren","alias":"champion","version":"1"}`},
	},
	"runs-get-deleted": {
		{"POST", "runs/create", `{"experiment_id":"0","start_time":1,"run_name":"$name"}`},
		{"POST", "runs/delete", `{"run_id":"$4"}`},
	},
}

// replay sends recorded requests to a server of ours.
type replay struct {
	t      *testing.T
	server *Server
	ids    map[string]string // recorded id to ours
}

func (r *replay) send(method, target string, headers map[string]string, body []byte) *httptest.ResponseRecorder {
	q := httptest.NewRequest(method, target, bytes.NewReader(body))
	q.Host = "127.0.0.1:5000"
	for name, value := range headers {
		if name == "Host" {
			q.Host = value
		}
		q.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	r.server.ServeHTTP(w, q)
	return w
}

// between does the steps that were not recorded before a pair.
func (r *replay) between(p Pair) {
	for _, s := range unrecorded[p.Name] {
		for i := len(r.server.runs); i > 0; i-- {
			s.body = strings.ReplaceAll(s.body, fmt.Sprintf("$%d", i), r.server.runs[i-1].id)
		}
		var recorded struct {
			Run struct {
				Info struct {
					Name string `json:"run_name"`
				}
			}
		}
		_ = json.Unmarshal(p.Response.Body, &recorded) // of runs-get-deleted
		s.body = strings.ReplaceAll(s.body, "$name", recorded.Run.Info.Name)
		target := api + s.call
		if s.method == "PUT" {
			target = proxyPath + "/" + r.server.artifactFolder(r.server.runs[0].id) + "/model/" + s.call
		}
		if w := r.send(s.method, target, map[string]string{"Content-Type": "application/json"}, []byte(s.body)); w.Code != 200 {
			r.t.Fatalf("step before %s: %d %s", p.Name, w.Code, w.Body)
		}
	}
	if p.Name == "runs-get-deleted" { // no answer named it before
		r.learn(p.Request.Query[len("run_id="):], r.server.runs[len(r.server.runs)-1].id)
	}
}

var (
	anID     = regexp.MustCompile(`[0-9a-f]{32}`)
	aTime    = regexp.MustCompile(`\b1[78]\d{11}\b`)
	aHash    = regexp.MustCompile(`'(pbkdf2|scrypt):[^']*'`)
	aSet     = regexp.MustCompile(`\{'[^}]*'\}`)
	isRepeat = regexp.MustCompile(`^a+$`)
)

func (r *replay) learn(recorded, ours string) {
	if isRepeat.MatchString(recorded) || strings.Trim(recorded, "0") == "" {
		return
	}
	if was, known := r.ids[recorded]; known && was != ours {
		r.t.Errorf("id %s was %s and is %s now", recorded, was, ours)
	}
	r.ids[recorded] = ours
}

// ours writes our ids in place of the recorded ones.
func (r *replay) ours(text string) string {
	for recorded, mine := range r.ids {
		text = strings.ReplaceAll(text, recorded, mine)
	}
	return text
}

// same compares an answer of ours with the recorded one up to ids, times, the
// order of Python's sets and hashes of passwords.
func (r *replay) same(recorded, ours any) bool {
	switch want := recorded.(type) {
	case map[string]any:
		got, is := ours.(map[string]any)
		if !is || len(got) != len(want) {
			return false
		}
		for key := range want {
			if !r.same(want[key], got[key]) {
				return false
			}
		}
		return true
	case []any:
		got, is := ours.([]any)
		return is && slices.EqualFunc(want, got, r.same)
	case string:
		got, is := ours.(string)
		if !is {
			return false
		}
		a, b := anID.FindAllString(want, -1), anID.FindAllString(got, -1)
		for i := range min(len(a), len(b)) {
			r.learn(a[i], b[i])
		}
		return loosely(r.ours(want)) == loosely(got)
	case float64:
		got, is := ours.(float64)
		return is && (got == want || want > 1.79e12 && got > 1.6e12 && want < 1.9e12)
	}
	return reflect.DeepEqual(recorded, ours)
}

func loosely(text string) string {
	text = aHash.ReplaceAllString(aTime.ReplaceAllString(text, "TIME"), "HASH")
	return aSet.ReplaceAllStringFunc(text, func(set string) string {
		words := strings.Split(strings.Trim(set, "{}"), ", ")
		slices.Sort(words)
		return "{" + strings.Join(words, ", ") + "}"
	})
}

func (r *replay) pair(p Pair) {
	r.between(p)
	body := []byte(r.ours(string(p.Request.Body)))
	if p.Request.Body == nil {
		body = []byte(r.ours(p.Request.Text))
	}
	w := r.send(p.Request.Method, r.ours(p.Target()), p.Request.Headers, body)
	want := p.Response
	if w.Code != want.Status || w.Header().Get("Content-Type") != want.Type || w.Header().Get("WWW-Authenticate") != want.WWWAuthenticate {
		r.t.Errorf("%s: %d %s, recorded %d %s\n%s", p.Name, w.Code, w.Header().Get("Content-Type"), want.Status, want.Type, w.Body)
		return
	}
	if want.Body == nil {
		for _, id := range anID.FindAllString(want.Text, -1) {
			if r.ids[id] == "" {
				r.t.Errorf("%s: unknown id %s", p.Name, id)
			}
		}
		if got := w.Body.String(); got != r.ours(want.Text) {
			r.t.Errorf("%s: %q, recorded %q", p.Name, got, want.Text)
		}
		return
	}
	var recorded, ours any
	if err := json.Unmarshal(want.Body, &recorded); err != nil {
		r.t.Fatal(err)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &ours); err != nil {
		r.t.Fatalf("%s: %v", p.Name, err)
	}
	if !r.same(recorded, ours) {
		r.t.Errorf("%s:\n  ours     %.1500s\n  recorded %.1500s", p.Name, w.Body, want.Body)
	}
}

// Every recorded request is sent again, in order, and every answer compared.
func TestAnswersAsRecorded(t *testing.T) {
	for _, test := range []struct {
		options Options
		folders []string
		pairs   int
	}{
		{Options{Release: V2_10}, []string{"2.10.2"}, 140},
		{Options{Release: V2_17}, []string{"2.17.2", "2.17.2-more"}, 155},
		{Options{Release: V3_11}, []string{"3.11.2.dev0", "3.11.2.dev0-more"}, 161},
		{Options{Release: V2_17, BasicAuth: true}, []string{"2.17.2-basic-auth"}, 22},
		{Options{Release: V3_11, BasicAuth: true}, []string{"3.11.2.dev0-basic-auth"}, 22},
	} {
		t.Run(test.folders[0], func(t *testing.T) {
			r := &replay{t: t, server: New(test.options), ids: map[string]string{}}
			n := 0
			for _, folder := range test.folders {
				pairs, err := ReadPairs(filepath.Join("..", "testdata", "recordings", folder+".jsonl"))
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range pairs {
					r.pair(p)
					n++
				}
			}
			if n != test.pairs {
				t.Errorf("%d pairs, want %d", n, test.pairs)
			}
		})
	}
}

func TestInterceptComesFirst(t *testing.T) {
	s := Start(t, Options{Intercept: func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/version" {
			return false
		}
		http.Error(w, "<html>maintenance</html>", http.StatusServiceUnavailable)
		return true
	}})
	for path, want := range map[string]int{"/version": 503, "/health": 200} {
		response, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, response.StatusCode, want)
		}
	}
}
