package serve

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const oneRow = `{"features":[0.75,1,2]}`

func TestBodyLimit(t *testing.T) {
	s := begin(t, Config{MaxBody: 100}, &fake{})
	exact := oneRow + strings.Repeat(" ", 100-len(oneRow))
	if code, body := s.post("/predict", exact); code != 200 {
		t.Errorf("100 bytes: %d %s", code, body)
	}
	for _, path := range []string{"/predict", "/v2/models/m/infer"} {
		if code, body := s.post(path, exact+" "); code != 413 || !isError(body, "101 bytes, at most 100") {
			t.Errorf("101 bytes: %d %s", code, body)
		}
		// of unknown length, and endless
		r, err := http.NewRequest(http.MethodPost, "http://"+s.addr+path, io.LimitReader(endless{}, 1<<30))
		if err != nil {
			t.Fatal(err)
		}
		if response, body := s.do(r); response.StatusCode != 413 || !isError(body, "more than the 100 bytes") {
			t.Errorf("endless: %d %s", response.StatusCode, body)
		}
	}
	r, _ := http.NewRequest(http.MethodPost, "http://"+s.addr+"/predict", strings.NewReader(oneRow))
	r.Header.Set("Content-Encoding", "gzip")
	if response, body := s.do(r); response.StatusCode != 415 || !isError(body, "gzip") {
		t.Errorf("compressed: %d %s", response.StatusCode, body)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestMethods(t *testing.T) {
	s := begin(t, Config{}, &fake{})
	for _, c := range []struct{ method, path, allow string }{
		{"GET", "/predict", "POST"}, {"DELETE", "/predict", "POST"}, {"HACK", "/v2/models/m/infer", "POST"},
		{"POST", "/health", "GET"}, {"PUT", "/ready", "GET"}, {"POST", "/metrics", "GET"}, {"POST", "/v2", "GET"},
		{"POST", "/v2/models/m", "GET"},
	} {
		response, body := s.request(c.method, c.path, "")
		if response.StatusCode != 405 || response.Header.Get("Allow") != c.allow || !isError(body, "not allowed") {
			t.Errorf("%s %s: %d, Allow %q, %s", c.method, c.path, response.StatusCode, response.Header.Get("Allow"), body)
		}
	}
	if response, _ := s.request(http.MethodHead, "/ready", ""); response.StatusCode != 200 {
		t.Errorf("HEAD /ready: %d", response.StatusCode)
	}
}

// A batch that takes too long is given up between two blocks of rows.
func TestTimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := Config{Name: "m", Timeout: 3 * time.Second}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		blocks := 0
		server := newServer(c)
		v, err := server.newService(&fake{before: func(int) { blocks++; time.Sleep(time.Second) }})
		if err != nil {
			t.Fatal(err)
		}
		for _, limit := range []struct {
			rows, blocks int
			refused      bool
		}{{3 * blockRows, 3, false}, {10 * blockRows, 4, true}} {
			blocks = 0
			b := &buffers{x: make([]float32, 3*limit.rows), rows: limit.rows}
			err := v.predict(b, time.Now().Add(c.Timeout))
			if (err != nil) != limit.refused || blocks != limit.blocks {
				t.Errorf("%d rows: %v after %d blocks, want %d", limit.rows, err, blocks, limit.blocks)
			}
			if limit.refused && err.(*refusal).status != http.StatusServiceUnavailable {
				t.Errorf("refused with %+v, want 503", err)
			}
		}
	})
}

// Clients that hold a connection without sending lose it; others do not notice.
func TestSlowClients(t *testing.T) {
	s := begin(t, Config{Timeout: 150 * time.Millisecond}, &fake{})
	var wg sync.WaitGroup
	for _, c := range []struct{ sent, answer string }{
		{"", ""},
		{"POST /predict HTTP/1.1\r\nHost: x\r\nX-Slow: ", ""},
		{"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n{\"feat", " 408 "},
	} {
		wg.Go(func() {
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			fmt.Fprint(conn, c.sent)
			got, err := io.ReadAll(conn) // returns when the server closes
			if err != nil || !strings.Contains(string(got), c.answer) {
				t.Errorf("%q: got %q, %v; want %q and the end", c.sent, got, err, c.answer)
			}
		})
	}
	if code, body := s.post("/predict", oneRow); code != 200 {
		t.Errorf("meanwhile: %d %s", code, body)
	}
	wg.Wait()
}

func TestHostileRequests(t *testing.T) {
	s := begin(t, Config{}, &fake{})
	for _, sent := range []string{
		"\x00\x01\x02\r\n\r\n",
		"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
		"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
		"GET /" + strings.Repeat("a", 200<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = io.WriteString(conn, sent)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil && response.StatusCode < 400 {
			t.Errorf("%.60q: %s", sent, response.Status)
		}
		conn.Close()
	}
	if code, body := s.post("/predict", oneRow); code != 200 {
		t.Errorf("afterwards: %d %s", code, body)
	}
}

func TestPanicIsAnAnswer(t *testing.T) {
	s := begin(t, Config{}, &fake{before: func(rows int) {
		if rows == 2 {
			panic("secret cause")
		}
	}})
	two := `{"instances":[[1,2,3],[1,2,3]]}`
	code, body := s.post("/predict", two)
	if code != 500 || !isError(body, "internal error") || strings.Contains(body, "secret") {
		t.Errorf("panic: %d %s", code, body)
	}
	if code, body := s.post("/predict", oneRow); code != 200 {
		t.Errorf("afterwards: %d %s", code, body)
	}
	if log := s.log.String(); !strings.Contains(log, "secret cause") || !strings.Contains(log, "limits_test.go") {
		t.Errorf("the log has no cause or stack: %s", log)
	}
	if n := s.metric("model_requests_total", "code", "500"); n != 1 {
		t.Errorf("%v requests of code 500 counted, want 1", n)
	}
	if n := s.metric("model_requests_in_flight"); n != 0 {
		t.Errorf("%v requests in flight, want 0", n)
	}
}
