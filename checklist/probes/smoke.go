package probes

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"pitwall/backends"
	"pitwall/checklist"
)

// smoke sends the declared requests to every ready replica; where none are
// declared it runs the smoke test that the replicas declare themselves.
func (a *asker) smoke(ctx context.Context) checklist.Finding {
	if len(a.Settings.Smoke) == 0 {
		return a.declaredSmoke(ctx)
	}
	v := verdict{}
	why := a.eachReplica(ctx, func(replica, url string) {
		for _, r := range a.Settings.Smoke {
			name := cmp.Or(r.Name, r.Path)
			v.source = method(r) + " " + r.Path
			if wrong := a.request(ctx, url, r); wrong != "" {
				v.fail("%s, %s: %s", replica, name, wrong)
			} else {
				v.ok("%s, %s: answers as declared", replica, name)
			}
		}
	})
	if why != nil {
		return *why
	}
	f := v.finding()
	f.Value = fmt.Sprintf("%d of %d", len(v.good), len(v.good)+len(v.bad))
	return next(f, "see what it answers, or go back", checklist.GoRollback)
}

func method(r checklist.Request) string {
	if r.Method != "" {
		return r.Method
	}
	if r.Body != "" {
		return http.MethodPost
	}
	return http.MethodGet
}

// request sends one request and says what is wrong with the answer.
func (a *asker) request(ctx context.Context, url string, r checklist.Request) string {
	header := http.Header{}
	if r.Body != "" {
		header.Set("Content-Type", "application/json")
	}
	status, data, err := a.get(ctx, method(r), url+r.Path, strings.NewReader(r.Body), header)
	if err != nil {
		return err.Error()
	}
	if want := cmp.Or(r.Status, http.StatusOK); status != want {
		return fmt.Sprintf("status %d instead of %d", status, want)
	}
	if len(r.Shape) == 0 && r.Version == "" {
		return ""
	}
	var answer any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&answer); err != nil {
		return "the answer is no JSON"
	}
	return a.shape(answer, r)
}

func (a *asker) shape(answer any, r checklist.Request) string {
	for path, want := range r.Shape {
		value, ok := at(answer, path)
		if !ok {
			return fmt.Sprintf("the answer has no %s", path)
		}
		if kind := kindOf(value); kind != want {
			return fmt.Sprintf("%s of the answer is %s, not %s", path, kind, want)
		}
	}
	if r.Version == "" {
		return ""
	}
	value, _ := at(answer, r.Version)
	if got := fmt.Sprint(value); got != a.Subject.Version {
		return fmt.Sprintf("version %q answered, not %s", got, a.Subject.Version)
	}
	return ""
}

// at finds a value of a JSON answer by a path like predictions.0.score.
func at(value any, path string) (any, bool) {
	for part := range strings.SplitSeq(path, ".") {
		switch x := value.(type) {
		case map[string]any:
			var ok bool
			if value, ok = x[part]; !ok {
				return nil, false
			}
		case []any:
			n, err := strconv.Atoi(part)
			if err != nil || n < 0 || n >= len(x) {
				return nil, false
			}
			value = x[n]
		default:
			return nil, false
		}
	}
	return value, true
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// declaredSmoke runs the smoke test of every ready replica.
func (a *asker) declaredSmoke(ctx context.Context) checklist.Finding {
	const declare = "declare requests in the checklist's settings: smoke"
	if a.Smoke == nil {
		return next(unknown("no smoke request is declared"), declare, "")
	}
	d, _ := a.Deployment.Variant(a.Subject.Variant)
	v := verdict{source: "the smoke test of the replicas"}
	for _, r := range d.Replicas {
		if r.State != backends.OK && r.State != backends.Warn {
			continue
		}
		result, err := a.Smoke.SmokeTest(ctx, a.Deployment.Name, r.Name)
		switch {
		case err != nil:
			return next(from(unknown("%s", err), v.source), declare, "")
		case !result.Passed:
			v.fail("%s: %s", r.Name, result.Output)
		default:
			v.ok("%s passed", r.Name)
		}
	}
	if len(v.bad)+len(v.good) == 0 {
		return next(say(checklist.Fail, "no replica of %s is ready", a.Subject.Variant), "see why", checklist.GoExplain)
	}
	return next(v.finding(), "see what it answers", checklist.GoSmoke)
}
