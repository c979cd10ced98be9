package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/views/viewtest"
)

func TestPrintNodesIsIndentedAndClean(t *testing.T) {
	var out strings.Builder
	printNodes(&out, []backends.Node{
		{Name: "health", Value: "healthy", Nodes: []backends.Node{{Name: "probe\x1b[31m", Value: "line\nbreak"}}}, {Name: "mounts"},
	}, 0)
	if got, want := out.String(), "health: healthy\n  probe: line break\nmounts:\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReplicasOf(t *testing.T) {
	r := viewtest.ModelAPI()
	if all, err := replicasOf(r, ""); err != nil || len(all) != 4 {
		t.Errorf("all: %v, %v", all, err)
	}
	if one, err := replicasOf(r, "model-api-B-1"); err != nil || len(one) != 1 {
		t.Errorf("one: %v, %v", one, err)
	}
	var missing *backends.NotFoundError
	if _, err := replicasOf(r, "x"); !errors.As(err, &missing) || len(missing.Have) != 4 {
		t.Errorf("none: %v", err)
	}
}

func TestTextFormat(t *testing.T) {
	var f textFormat
	for text, good := range map[string]bool{"text": true, "json": true, "yaml": true, "table": false, "": false} {
		if err := f.Set(text); (err == nil) != good || good && f.String() != text {
			t.Errorf("%q: %v, is %q", text, err, f.String())
		}
	}
}

// tester passes, fails, or cannot test, by the name of the replica.
type tester struct{ stop context.CancelFunc }

func (x tester) SmokeTest(_ context.Context, _, replica string) (backends.SmokeResult, error) {
	r := backends.SmokeResult{Test: "POST /predict", Took: 12 * time.Millisecond, Passed: true, Output: "200\npredictions"}
	switch replica {
	case "bad":
		r.Passed, r.Output = false, "500\n\x1b[31mno model"
	case "away":
		return backends.SmokeResult{}, errors.New("it does not run")
	case "stop":
		x.stop()
	}
	return r, nil
}

func TestSmoke(t *testing.T) {
	for name, test := range map[string]struct {
		replicas []string
		out      format
		want     string
		failed   bool
	}{
		"passed":  {[]string{"a", "b"}, asTable, "a: passed in 12ms: POST /predict\n  200\n  predictions\nb: passed in 12ms: POST /predict\n  200\n", false},
		"failed":  {[]string{"a", "bad"}, asTable, "bad: failed after 12ms: POST /predict\n  500\n  no model\n", true},
		"not run": {[]string{"away", "a"}, asTable, "away: not run: it does not run\na: passed", true},
		"json":    {[]string{"away"}, asJSON, `"error": "it does not run"`, true},
		"ended":   {[]string{"stop", "a"}, asTable, "stop: passed in 12ms: POST /predict\n  200\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var out strings.Builder
			a := &app{out: &out}
			results := smokeAll(ctx, tester{cancel}, "m", test.replicas)
			if name == "ended" && len(results) != 1 {
				t.Errorf("%d tests after the end", len(results)-1)
			}
			err := a.printSmoke(results, test.out)
			var status exitStatus
			if failed := errors.As(err, &status) && status == exitFailed; failed != test.failed || !strings.Contains(out.String(), test.want) {
				t.Errorf("%v, printed\n%s", err, out.String())
			}
		})
	}
}
