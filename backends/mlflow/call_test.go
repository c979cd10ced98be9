package mlflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// roundTrip is a function as a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func jsonAnswer(status int, body string, headers ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

const noModels = `{"registered_models":[]}`

func TestReadsAreRetriedAndWritesAreNot(t *testing.T) {
	broken := errors.New("connection reset by peer")
	for name, test := range map[string]struct {
		answers []any // *http.Response or error
		tries   int
		least   time.Duration // waited in all
		most    time.Duration
		fails   bool
	}{
		"at once":               {[]any{jsonAnswer(200, noModels)}, 1, 0, 0, false},
		"second time":           {[]any{jsonAnswer(503, "{}"), jsonAnswer(200, noModels)}, 2, firstPause / 2, firstPause * 3 / 2, false},
		"connection":            {[]any{broken, broken, jsonAnswer(200, noModels)}, 3, firstPause * 3 / 2, firstPause * 9 / 2, false},
		"never":                 {[]any{broken, broken, broken}, 3, firstPause * 3 / 2, firstPause * 9 / 2, true},
		"retry after seconds":   {[]any{jsonAnswer(429, "{}", "Retry-After", "7"), jsonAnswer(200, noModels)}, 2, 7 * time.Second, 7 * time.Second, false},
		"retry after for ever":  {[]any{jsonAnswer(429, "{}", "Retry-After", "999999999"), jsonAnswer(200, noModels)}, 2, longest, longest, false},
		"retry after a date":    {[]any{jsonAnswer(503, "{}", "Retry-After", "Sat, 01 Jan 2000 00:00:05 GMT"), jsonAnswer(200, noModels)}, 2, 5 * time.Second, 5 * time.Second, false},
		"retry after nonsense":  {[]any{jsonAnswer(503, "{}", "Retry-After", "-soon"), jsonAnswer(200, noModels)}, 2, firstPause / 2, firstPause * 3 / 2, false},
		"refused is for good":   {[]any{jsonAnswer(400, `{"error_code":"INVALID_PARAMETER_VALUE","message":"no"}`)}, 1, 0, 0, true},
		"not found is for good": {[]any{jsonAnswer(404, "{}")}, 1, 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				r, err := OpenRead("http://u:hunter2@mlflow.test", Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
					tries++
					if err, is := test.answers[tries-1].(error); is {
						return nil, err
					}
					return test.answers[tries-1].(*http.Response), nil
				})})
				if err != nil {
					t.Fatal(err)
				}
				from := time.Now()
				_, err = r.Models(t.Context())
				if took := time.Since(from); tries != test.tries || took < test.least || took > test.most || (err != nil) != test.fails {
					t.Errorf("%d tries in %v, error %v; want %d in %v to %v", tries, took, err, test.tries, test.least, test.most)
				}
				if err != nil && strings.Contains(err.Error(), "hunter2") {
					t.Errorf("the password is in %v", err)
				}
			})
		})
	}
	for _, failure := range []any{jsonAnswer(503, "{}"), broken} {
		writes := 0
		r, err := Open("http://mlflow.test", Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			writes++
			if err, is := failure.(error); is {
				return nil, err
			}
			return failure.(*http.Response), nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.SetTag(t.Context(), "m", "1", "k", "v"); err == nil || writes != 1 {
			t.Errorf("%d writes, error %v", writes, err)
		}
	}
}

func TestServerThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		r, err := OpenRead("http://mlflow.test", Options{Transport: hang, Env: env{"MLFLOW_HTTP_REQUEST_TIMEOUT": "2"}.get})
		if err != nil {
			t.Fatal(err)
		}
		from := time.Now()
		_, err = r.Models(t.Context())
		if took := time.Since(from); err == nil || !strings.Contains(err.Error(), "mlflow.test did not answer in time (2s); is it overloaded? MLFLOW_HTTP_REQUEST_TIMEOUT sets") || took != 2*time.Second { // asked once
			t.Errorf("after %v: %v", took, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		from = time.Now()
		if _, err = r.Models(ctx); err == nil || time.Since(from) != time.Second {
			t.Errorf("after %v: %v", time.Since(from), err)
		}
	})
}

func TestCredentialsStayAtHome(t *testing.T) {
	var leaked []string
	foreign := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { leaked = append(leaked, r.Header.Get("Authorization")) }))
	defer foreign.Close()
	var signed []string
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signed = append(signed, r.Header.Get("Authorization"))
		switch {
		case strings.Contains(r.URL.Path, "registered-models/search"):
			http.Redirect(w, r, foreign.URL+"/login?token=s3cret", http.StatusFound)
		case strings.HasSuffix(r.URL.Path, "/registered-models/get"):
			http.Redirect(w, r, "/moved", http.StatusTemporaryRedirect)
		case r.URL.Path == "/moved":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"registered_model":{"name":"churn"}}`)
		default:
			http.Redirect(w, r, "/again"+r.URL.Path, http.StatusTemporaryRedirect)
		}
	}))
	defer home.Close()
	r, err := Open(home.URL, Options{Env: env{"MLFLOW_TRACKING_TOKEN": "t0ken"}.get})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Models(t.Context())
	if err == nil || len(leaked) != 0 || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "login") {
		t.Errorf("leaked %q, error %v", leaked, err)
	}
	if m, err := r.Model(t.Context(), "churn"); err != nil || m.Name != "churn" {
		t.Errorf("a redirect on the same host: %v, %v", m, err)
	}
	if err := r.SetTag(t.Context(), "churn", "1", "k", "v"); err == nil || !strings.Contains(err.Error(), "redirects a change") {
		t.Errorf("a redirected change: %v", err)
	}
	for _, s := range signed {
		if s != "Bearer t0ken" {
			t.Errorf("signed as %q", s)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", r.source.(*server).auth, r.source.(*server).auth, r.source.(*server).auth); strings.Contains(text, "t0ken") {
		t.Errorf("the token prints: %s", text)
	}
}

func TestAnswersAreBoundedAndJudged(t *testing.T) {
	for name, test := range map[string]struct {
		kind, body, want string
	}{
		"page of a proxy": {"text/html", "<html><head><title>Login</title></head>please <b>log in</b></html>", "text/html and not JSON"},
		"no type":         {"", "{}", "of no type and not JSON"},
		"damaged":         {"application/json", `{"registered_models":[`, "damaged"},
		"wrong type":      {"application/json", `{"registered_models":7}`, "damaged"},
		"too large":       {"application/json", `{"x":"` + strings.Repeat("x", maxBody) + `"}`, "larger than 32 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := OpenRead("http://mlflow.test", Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				return jsonAnswer(200, test.body, "Content-Type", test.kind), nil
			})})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Models(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
