package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func TestCreateToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := createToken(path); err != nil {
		t.Fatal(err)
	}
	first, err := ReadToken(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := createToken(path); err != nil {
		t.Fatal(err)
	}
	if second, _ := ReadToken(path); second != first || len(first) < minToken {
		t.Errorf("token %q became %q", first, second)
	}
	if err := createToken(filepath.Join(path, "below")); err == nil {
		t.Error("a token was created below a file")
	}
}

func TestMetricsAlone(t *testing.T) {
	g, _ := newGateway(t)
	s := httptest.NewServer(g.Metrics())
	defer s.Close()
	for path, want := range map[string]int{"GET /metrics": 200, "GET /health": 200, "GET /v1/state": 404, "PUT /v1/state": 404, "POST /metrics": 405, "GET /": 404} {
		method, path, _ := strings.Cut(path, " ")
		req, _ := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
		req.Host = "gateway.example:9090" // Prometheus comes by any name
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s %s: %d, want %d", method, path, resp.StatusCode, want)
		}
	}
}

func TestRemarkKeyAndStart(t *testing.T) {
	a := newBackend(t, "a-1", nil)
	g, _ := newGateway(t)
	s := State{Remark: "alice@laptop 2026-11-24T03:00:00Z", Key: "ignored", Variants: []Variant{side("A", 100, a)}}
	after, err := g.SetState(t.Context(), s, 0)
	if err != nil || after.Remark != s.Remark || after.Key != "X-User-Id" || !after.Started.Equal(g.started) || after.Started.IsZero() {
		t.Errorf("state %+v, %v", after, err)
	}
	for _, bad := range []string{strings.Repeat("x", 257), "two\nlines"} {
		s.Remark = bad
		if _, err := g.SetState(t.Context(), s, 1); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "remark") {
			t.Errorf("remark %.10q: %v", bad, err)
		}
	}
}

func TestAnswerKeepsErrors(t *testing.T) {
	current := State{Generation: 7}
	for _, err := range []error{
		nil, &ConflictError{Current: current}, fmt.Errorf("set: %w: sum", ErrInvalid),
		fmt.Errorf("get: %w", ErrUnauthorized), errors.New("connection refused"),
	} {
		text, _ := json.Marshal(AnswerOf(current, err))
		a, parseErr := ParseAnswer(text)
		if parseErr != nil {
			t.Fatal(parseErr)
		}
		s, got := a.Result()
		if err == nil {
			if got != nil || s.Generation != 7 {
				t.Errorf("%s: %+v, %v", text, s, got)
			}
			continue
		}
		conflict := (*ConflictError)(nil)
		same := errors.Is(got, ErrInvalid) == errors.Is(err, ErrInvalid) && errors.Is(got, ErrUnauthorized) == errors.Is(err, ErrUnauthorized) &&
			errors.As(got, &conflict) == errors.As(err, &conflict)
		if got == nil || got.Error() != err.Error() || !same {
			t.Errorf("%v came back as %v", err, got)
		}
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte(`{"state":{"generation":1}}`))
	f.Add([]byte(`{"error":{"kind":"invalid","text":"x"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if a, err := ParseAnswer(text); err == nil {
			a.Result() // must not panic
		}
	})
}

// TestKeptStateOutlivesTheProcess restarts a gateway that was told a split.
func TestKeptStateOutlivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	a := newBackend(t, "a-1", nil)
	first, _ := newGateway(t)
	if found, err := first.loadKept(t.Context(), path); found || err != nil {
		t.Fatalf("a first start found %v, %v", found, err)
	}
	told, err := first.SetState(t.Context(), State{Salt: "s", Variants: []Variant{side("A", 100, a)}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := newGateway(t)
	if found, err := second.loadKept(t.Context(), path); !found || err != nil {
		t.Fatalf("the second start found %v, %v", found, err)
	}
	if got := second.State(); got.Salt != "s" || len(got.Variants) != 1 || got.Variants[0].Backends[0].Addr != told.Variants[0].Backends[0].Addr {
		t.Errorf("taken up: %+v", got)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := second.loadKept(t.Context(), path); err == nil || !strings.Contains(err.Error(), "remove the file") {
		t.Errorf("a damaged file: %v", err)
	}
}
