package prometheus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fake is a client of a handler that answers every query with one function.
func fake(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	return inProcess(t, answer, Pitwall())
}

func reply(code int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

const (
	jsonType = "application/json"
	nothing  = `{"status":"success","data":{"resultType":"vector","result":[]}}`
)

func TestOddAnswers(t *testing.T) {
	for _, c := range []struct {
		name, contentType, body string
		code                    int
		kind                    Kind
		text                    string
	}{
		{"no credentials", "text/plain", "no org id", 401, Unauthorized, "access denied (401): check the credentials: no org id"},
		{"forbidden", jsonType, `{"error":"tenant unknown"}`, 403, Unauthorized, "tenant unknown"},
		{"login page", "text/html; charset=utf-8", "<html>Please log in</html>", 200, Garbled, "a web page instead of data (200)"},
		{"page not found", "text/html", "<html>nginx</html>", 404, NotOffered, "not offered by this server (404): check the path of the URL"},
		{"overloaded", "text/plain", "upstream down", 503, Unavailable, "the server failed (503): upstream down"},
		{"query timeout", jsonType, `{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}`, 503, Unavailable, "the server failed (503): query timed out in expression evaluation"},
		{"bad gateway page", "text/html", "<html>" + strings.Repeat("x", 5000), 502, Unavailable, "the server failed (502)"},
		{"execution", jsonType, `{"status":"error","errorType":"execution","error":"boom"}`, 422, Rejected, "the query was refused: boom"},
		{"not json", jsonType, "{", 200, Garbled, "not one of Prometheus"},
		{"other json", jsonType, `{"hello":"world"}`, 200, Garbled, "not one of Prometheus"},
		{"another type", jsonType, `{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}`, 200, Garbled, "scalar instead of a vector"},
		{"escape sequences", "text/plain", "\x1b]0;evil\x07\x1b[2Jbad\xff\nline", 500, Unavailable, "the server failed (500): ]0;evil [2Jbad line"},
		{"long reason", "text/plain", strings.Repeat("é", 5000), 500, Unavailable, "éé…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := fake(t, reply(c.code, c.contentType, c.body))
			known := true
			client.native.Store(&known)
			all, err := client.Signals(t.Context())
			var e *Error
			if !errors.As(err, &e) || e.Kind != c.kind || !strings.Contains(e.Text, c.text) || len(e.Text) > most+3 {
				t.Errorf("error %v (%+v), want kind %d with %q", err, e, c.kind, c.text)
			}
			if all != nil {
				t.Errorf("signals %v beside the error", all)
			}
			if e != nil && strings.ContainsAny(e.Text, "\x1b\x07\n") {
				t.Errorf("control characters in %q", e.Text)
			}
		})
	}
}

func TestAHugeAnswerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // so that a slow machine does not time out first
		sent := 0
		client := fake(t, func(w http.ResponseWriter, _ *http.Request) {
			block := []byte(strings.Repeat(" ", 1<<20))
			for range 4 * maxBody >> 20 {
				n, err := w.Write(block)
				if sent += n; err != nil {
					return
				}
			}
		})
		_, err := client.Alerts(t.Context())
		var e *Error
		if !errors.As(err, &e) || e.Kind != Garbled || !strings.Contains(e.Text, "larger than 16 MiB") {
			t.Errorf("error %v", err)
		}
		if sent > maxBody+2<<20 {
			t.Errorf("%d bytes were kept", sent)
		}
	})
}

func TestAHangingServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		began := time.Now()
		_, err := client.Signals(t.Context())
		var e *Error
		if !errors.As(err, &e) || e.Kind != TimedOut || e.Text != "no answer within 2s" || time.Since(began) != refreshTimeout {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestACallerMayLeaveEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		if _, err := client.Alerts(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 100*time.Millisecond {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		time.Sleep(refreshTimeout) // the question itself ends by its own deadline
	})
}

func TestOverlappingCallsShareOneAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		release := make(chan struct{})
		client := fake(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			<-release
			reply(200, jsonType, `{"status":"success","data":{"alerts":[]}}`)(w, r)
		})
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				if _, err := client.Alerts(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(release)
		callers.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestNobodyListens(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	s, err := ParseSource(server.URL + "/?token=secret")
	server.Close()
	if err != nil {
		t.Fatal(err)
	}
	client, err := New(s, Pitwall())
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Signals(t.Context())
	var e *Error
	if !errors.As(err, &e) || e.Kind != Unreachable || !strings.Contains(e.Text, "connection refused") || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
}

// vector answers with samples given as "labels value".
func vector(samples ...string) string {
	var parts []string
	for _, s := range samples {
		labels, value, _ := strings.Cut(s, " ")
		var pairs []string
		for pair := range strings.SplitSeq(labels, ",") {
			name, v, _ := strings.Cut(pair, "=")
			pairs = append(pairs, fmt.Sprintf("%q:%q", name, v))
		}
		parts = append(parts, fmt.Sprintf(`{"metric":{%s},"value":[1700000000,%q]}`, strings.Join(pairs, ","), value))
	}
	return `{"status":"success","warnings":["store a is away"],"data":{"resultType":"vector","result":[` + strings.Join(parts, ",") + `]}}`
}

func TestWarningsComeBesideTheDataAndOddNumbersAreMissing(t *testing.T) {
	client := fake(t, func(w http.ResponseWriter, r *http.Request) {
		body := nothing
		if strings.Contains(r.FormValue("query"), "rate(gateway_requests_total{}") {
			// Errors before requests: servers do not promise an order.
			body = strings.ReplaceAll(vector(
				"deployment=d,variant=A,SIGNAL=errors 5", "deployment=d,variant=A,SIGNAL=requests 10",
				"deployment=d,variant=B,SIGNAL=requests 0",
				"deployment=e,variant=A,SIGNAL=requests 3",
				"deployment=d,variant=A,SIGNAL=p95 NaN", "deployment=d,variant=A,SIGNAL=p99 +Inf",
				"SIGNAL=requests 9"), "SIGNAL", signalLabel)
		}
		reply(200, jsonType, body)(w, r)
	})
	all, err := client.Signals(t.Context())
	var e *Error
	if !errors.As(err, &e) || e.Kind != Partial || !strings.Contains(e.Text, "store a is away") {
		t.Errorf("error %v, want the warning", err)
	}
	a, b := all["d"]["A"], all["d"]["B"]
	if len(all) != 2 || a.RPS != 10 || a.ErrorRatio != .5 || !math.IsNaN(a.P95) || !math.IsNaN(a.P99) || !math.IsNaN(a.P50) {
		t.Errorf("signals %+v", all)
	}
	if b.RPS != 0 || !math.IsNaN(b.ErrorRatio) || all["e"]["A"].ErrorRatio != 0 {
		t.Errorf("ratio without requests %v, without errors %v", b.ErrorRatio, all["e"]["A"].ErrorRatio)
	}
}

func TestServersWithoutNativeHistograms(t *testing.T) {
	for name, c := range map[string]struct {
		probe http.HandlerFunc
		want  bool
	}{
		"prometheus":      {reply(200, jsonType, nothing), true},
		"victoriametrics": {reply(422, jsonType, `{"status":"error","errorType":"422","error":"unknown func \"histogram_count\""}`), false},
		"old prometheus":  {reply(400, jsonType, `{"status":"error","errorType":"bad_data","error":"unknown function"}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			var probes, native, classic atomic.Int64
			client := fake(t, func(w http.ResponseWriter, r *http.Request) {
				query := r.FormValue("query")
				if strings.Contains(query, "histogram_count") {
					probes.Add(1)
					c.probe(w, r)
					return
				}
				if strings.Contains(query, "gateway_request_duration_seconds{") {
					native.Add(1)
				}
				if strings.Contains(query, "gateway_request_duration_seconds_bucket{") {
					classic.Add(1)
				}
				reply(200, jsonType, nothing)(w, r)
			})
			for range 2 {
				if _, err := client.Signals(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if probes.Load() != 1 || (native.Load() == 2) != c.want || classic.Load() != 2 {
				t.Errorf("%d probes, %d native, %d classic", probes.Load(), native.Load(), classic.Load())
			}
		})
	}
}

func TestOneBrokenQueryLeavesTheOthers(t *testing.T) {
	client := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.FormValue("query"), "model_feature_drift") {
			reply(422, jsonType, `{"status":"error","errorType":"execution","error":"too many series"}`)(w, r)
			return
		}
		reply(200, jsonType, strings.ReplaceAll(vector("deployment=d,SIGNAL=requests 10"), "SIGNAL", signalLabel))(w, r)
	})
	all, err := client.Signals(t.Context())
	if err == nil || all["d"][""].RPS != 10 {
		t.Errorf("signals %v, error %v", all, err)
	}
}
