package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"pitwall/serve/model"
)

// benchmarkBody is a batch of real rows as a /predict body.
func benchmarkBody(b *testing.B, rows int) []byte {
	var data dataset
	readJSON(b, "bc.json", &data)
	body, err := json.Marshal(map[string]any{"instances": data.X[:rows]})
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// nothing is a ResponseWriter that keeps nothing.
type nothing struct{ header http.Header }

func (n nothing) Header() http.Header         { return n.header }
func (n nothing) Write(p []byte) (int, error) { return len(p), nil }
func (n nothing) WriteHeader(int)             {}

// BenchmarkHandler is a request without the network: parse, predict, count,
// watch drift, encode.
func BenchmarkHandler(b *testing.B) {
	var data dataset
	readJSON(b, "bc.json", &data)
	m := loadModel(b, "bc_gb.onnx")
	for _, withDrift := range []bool{false, true} {
		for _, rows := range []int{1, 64} {
			b.Run(fmt.Sprintf("rows=%d/drift=%v", rows, withDrift), func(b *testing.B) {
				s := benchmarkServer(b, m, withDrift, data)
				body := benchmarkBody(b, rows)
				reader := bytes.NewReader(body)
				r := httptest.NewRequest(http.MethodPost, "/predict", io.NopCloser(reader))
				w := nothing{make(http.Header)}
				b.ReportAllocs()
				for b.Loop() {
					reader.Reset(body)
					s.ServeHTTP(w, r)
				}
			})
		}
	}
}

func benchmarkServer(b *testing.B, m *model.Model, withDrift bool, data dataset) *server {
	c := Config{Name: "bc"}
	if withDrift {
		c.BaselinePath = writeBaseline(b, m, data.csv(0, len(data.X)))
	}
	c, err := c.withDefaults()
	if err != nil {
		b.Fatal(err)
	}
	s := newServer(c)
	if err := s.load(func() (Predictor, error) { return m, nil }); err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkLoopback is a request over one kept-alive connection, the client's
// share included.
func BenchmarkLoopback(b *testing.B) {
	var data dataset
	readJSON(b, "bc.json", &data)
	m := loadModel(b, "bc_gb.onnx")
	s := begin(b, Config{BaselinePath: writeBaseline(b, m, data.csv(0, len(data.X)))}, m)
	for _, rows := range []int{1, 64} {
		body := benchmarkBody(b, rows)
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				response, err := http.Post("http://"+s.addr+"/predict", "application/json", bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if response.StatusCode != http.StatusOK {
					b.Fatal(response.Status)
				}
			}
		})
	}
}
