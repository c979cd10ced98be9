package mlflow

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends/mlflow/mlflowtest"
)

// pemOf is a certificate as a file.
func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func copyAll(w io.Writer, r io.ReadCloser) (int64, error) {
	defer r.Close()
	return io.Copy(w, r)
}

// decodeRecorded reads the answer of a pair.
func decodeRecorded(t *testing.T, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(recorded(t, name).Content(), into); err != nil {
		t.Fatal(err)
	}
}

func recordedModels(t *testing.T, name string) []Model {
	t.Helper()
	var got struct {
		Models []wireModel `json:"registered_models"`
	}
	decodeRecorded(t, name, &got)
	var list []Model
	for _, w := range got.Models {
		list = append(list, w.model())
	}
	return list
}

func recordedModel(t *testing.T, name string) Model {
	t.Helper()
	var got struct {
		Model wireModel `json:"registered_model"`
	}
	decodeRecorded(t, name, &got)
	return got.Model.model()
}

func recordedVersion(t *testing.T, name string) Version {
	t.Helper()
	var got struct {
		Version wireVersion `json:"model_version"`
	}
	decodeRecorded(t, name, &got)
	return got.Version.version()
}

func findModel(t *testing.T, list []Model, name string) Model {
	t.Helper()
	for _, m := range list {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no model %s", name)
	return Model{}
}

// recorded finds a pair by "FOLDER/NAME".
func recorded(t testing.TB, name string) mlflowtest.Pair {
	t.Helper()
	folder, pair, _ := strings.Cut(name, "/")
	pairs, err := mlflowtest.ReadPairs(filepath.Join("testdata", "recordings", folder+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pairs {
		if p.Name == pair {
			return p
		}
	}
	t.Fatalf("no recording %s", name)
	return mlflowtest.Pair{}
}

// sent is a request that a test saw.
type sent struct{ method, target, host, origin, kind, body string }

// script answers each request with the next of a list of pairs. What is left
// over or missing fails the test.
type script struct {
	t     testing.TB
	pairs []string
	seen  []sent
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		var b strings.Builder
		if _, err := copyAll(&b, r.Body); err != nil {
			return nil, err
		}
		body = b.String()
	}
	s.seen = append(s.seen, sent{r.Method, r.URL.RequestURI(), r.Host, r.Header.Get("Origin"), r.Header.Get("Content-Type"), body})
	if len(s.seen) > len(s.pairs) {
		s.t.Errorf("request %d is one too many: %s %s", len(s.seen), r.Method, r.URL.RequestURI())
		return nil, errors.New("unexpected")
	}
	w := httptest.NewRecorder()
	recorded(s.t, s.pairs[len(s.seen)-1]).Answer(w)
	return w.Result(), nil
}

// open opens a registry that answers with pairs.
func open(t *testing.T, pairs ...string) (*Registry, *script) {
	t.Helper()
	s := &script{t: t, pairs: pairs}
	r, err := Open("http://mlflow.test:5000", Options{Transport: s, Random: func() float64 { return 0 }, Now: func() time.Time { return time.UnixMilli(1_800_000_000_000) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if len(s.seen) < len(pairs) {
			t.Errorf("%d of %d answers were asked for", len(s.seen), len(pairs))
		}
	})
	return r, s
}

// versionsRecorded are the folders that hold every call.
var versionsRecorded = []string{"2.10.2", "2.17.2", "3.11.2.dev0"}

// refused wants an *Error.
func refused(t *testing.T, err error, status int, code string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Status != status || e.Code != code {
		t.Fatalf("error %#v, want status %d and code %q", err, status, code)
	}
	if n := len([]rune(e.Message)); n > maxMessage || strings.ContainsAny(e.Message, "<>\n") {
		t.Errorf("message of %d characters: %q", n, e.Message)
	}
	return e
}

func query(t *testing.T, s sent) url.Values {
	t.Helper()
	u, err := url.Parse(s.target)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}
