package mlflow

import (
	"encoding/json"
	"math"
	"net/http"
	"path/filepath"
	"testing"

	"pitwall/backends/mlflow/mlflowtest"
)

// Every recorded answer seeds the decoders: none may panic, and what an error
// says is short and on one line, whatever a server sends.
func FuzzAnswers(f *testing.F) {
	files, err := filepath.Glob("testdata/recordings/*.jsonl")
	if err != nil || len(files) != 7 {
		f.Fatalf("%d files of recordings, error %v", len(files), err)
	}
	for _, file := range files {
		pairs, err := mlflowtest.ReadPairs(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, p := range pairs {
			if text := p.Content(); len(text) < 8<<10 {
				f.Add(p.Response.Status, p.Response.Type, text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		if status < 400 && status != 200 || status >= 500 || status == 408 || status == 429 { // redirects and retries are tested elsewhere
			return
		}
		r, err := OpenRead("http://mlflow.test", Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return jsonAnswer(status, string(body), "Content-Type", kind), nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		_, e1 := r.Models(ctx)
		_, _, e2 := r.Versions(ctx, "m")
		_, e3 := r.Run(ctx, "r")
		_, e4 := r.History(ctx, "r", "k")
		_, e5 := r.LoggedModel(ctx, "m-1")
		_, e6 := r.Detail(ctx, "m", "1")
		_, e7 := r.Server(ctx)
		for _, err := range []error{e1, e2, e3, e4, e5, e6, e7} {
			if err != nil && (len(err.Error()) > 1200 || clean(err.Error()) == "") {
				t.Errorf("error of %d bytes: %q", len(err.Error()), err)
			}
		}
	})
}

func FuzzModelFile(f *testing.F) {
	f.Add([]byte(written["0/1a/artifacts/model/MLmodel"]))
	f.Add([]byte("signature: 7"))
	f.Add([]byte("signature:\n  inputs: '['\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := parseModelFile(text); err == nil && s.Inputs == nil && s.Outputs == nil && s.Params == nil {
			t.Error("an empty signature is none")
		}
		_, _ = parseHistory(string(text), "model")
	})
}

func FuzzMetric(f *testing.F) {
	f.Add("1700000001000 0.9 0\n1700000002000 0.91 1\n")
	f.Add("1 nan 0\n2 -inf 1 test d1\n3")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseMetric("k", text)
		for _, m := range list {
			if m.Key != "k" {
				t.Errorf("%+v, error %v", m, err)
			}
		}
		var v float
		if json.Unmarshal([]byte(text), &v) == nil {
			again, err := json.Marshal(v)
			var back float
			if err != nil || json.Unmarshal(again, &back) != nil || back != v && !math.IsNaN(float64(v)) {
				t.Errorf("%v reads back as %v", v, back)
			}
		}
	})
}
