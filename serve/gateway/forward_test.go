package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/serve/gateway/split"
)

func post(tb testing.TB, url, user, body string) (*http.Response, string) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	if user != "" {
		req.Header.Set("X-User-Id", user)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return resp, string(text)
}

func TestUsersGetTheirVariant(t *testing.T) {
	a, b := newBackend(t, "a", nil), newBackend(t, "b", nil)
	g, addr := newGateway(t)
	state := State{Salt: "exp1", Variants: []Variant{side("A", 70, a), side("B", 30, b)}}
	if _, err := g.SetState(t.Context(), state, 0); err != nil {
		t.Fatal(err)
	}
	table, err := split.New([]split.Weight{{Variant: "A", Points: 7000}, {Variant: "B", Points: 3000}})
	if err != nil {
		t.Fatal(err)
	}
	for user := range 300 {
		key := fmt.Sprintf("user%05d", user)
		resp, body := post(t, "http://"+addr+"/predict", key, "{}")
		want := table.AssignKey("exp1", key)
		if got := resp.Header.Get("X-Pitwall-Variant"); got != want || !strings.Contains(body, strings.ToLower(want)) {
			t.Fatalf("user %s: variant %s, answer %s, want %s", key, got, body, want)
		}
	}
	seen := make(map[string]bool)
	for range 60 {
		resp, _ := post(t, "http://"+addr+"/predict", "", "{}")
		seen[resp.Header.Get("X-Pitwall-Variant")] = true
	}
	if len(seen) != 2 {
		t.Errorf("60 requests without a key all went to %v, want them spread", seen)
	}
}

func TestCookieKey(t *testing.T) {
	c, err := Config{Deployment: "d", AdminListen: "127.0.0.1:0", KeyHeader: "cookie:uid"}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	r, _ := http.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: "uid", Value: "user00001"})
	if got := New(c).hash("exp1", r); got != 1970895435 {
		t.Errorf("hash %d, want that of exp1user00001", got)
	}
}

// echo tells the backend's view of a request.
type echo struct {
	Method, URI, Host, Body string
	Header, Trailer         http.Header
	Length                  int64
	Encoding                []string
}

func echoBackend(tb testing.TB) *testBackend {
	return newBackend(tb, "echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		json.NewEncoder(w).Encode(echo{r.Method, r.RequestURI, r.Host, string(body), r.Header, r.Trailer, r.ContentLength, r.TransferEncoding})
	})
}

// exchangeRaw sends bytes and reads one answer.
func exchangeRaw(tb testing.TB, addr, request string) (*http.Response, string) {
	tb.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	io.WriteString(conn, request)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		tb.Fatalf("answer to %.60q: %v", request, err)
	}
	body, _ := io.ReadAll(resp.Body)
	return resp, string(body)
}

func TestRequestReachesBackendUnchanged(t *testing.T) {
	_, addr := newGateway(t, side("A", 100, echoBackend(t)))
	long := strings.Repeat("0123456789abcdef", 16<<10) // 256 KiB streams
	for _, c := range []struct {
		name, request string
		want          func(e echo) bool
	}{
		{"hop-by-hop fields stop here", "GET /p?a=1%202&b HTTP/1.1\r\nHost: example.test:81\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\n" +
			"Keep-Alive: 5\r\nUpgrade: websocket\r\nProxy-Authorization: x\r\nTE: trailers, deflate\r\nX-Forwarded-For: 10.0.0.1\r\nX-Kept: yes\r\n\r\n",
			func(e echo) bool {
				return e.URI == "/p?a=1%202&b" && e.Host == "example.test:81" && e.Header.Get("X-Kept") == "yes" && e.Header.Get("Te") == "trailers" &&
					e.Header.Get("X-Forwarded-For") == "10.0.0.1, 127.0.0.1" && e.Header.Get("X-Secret")+e.Header.Get("Keep-Alive")+
					e.Header.Get("Upgrade")+e.Header.Get("Proxy-Authorization")+e.Header.Get("Connection") == ""
			}},
		{"absolute form becomes origin form", "GET http://example.test/p HTTP/1.1\r\nHost: other\r\n\r\n",
			func(e echo) bool { return e.URI == "/p" && e.Host == "example.test" }},
		{"length", "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
			func(e echo) bool { return e.Body == "hello" && e.Length == 5 }},
		{"empty post", "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
			func(e echo) bool { return e.Body == "" && e.Length == 0 }},
		{"long body", fmt.Sprintf("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(long), long),
			func(e echo) bool { return e.Body == long && e.Length == int64(len(long)) }},
		{"chunked with trailer", "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 7\r\n\r\n",
			func(e echo) bool {
				return e.Body == "abcde" && slices.Equal(e.Encoding, []string{"chunked"}) && e.Trailer.Get("X-Sum") == "7"
			}},
		{"smuggling: length and chunked", "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nHost: x\r\n\r\n",
			func(e echo) bool { return e.Body == "" && e.Length == -1 && e.URI == "/p" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, body := exchangeRaw(t, addr, c.request)
			var e echo
			if err := json.Unmarshal([]byte(body), &e); err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("status %d, body %.200q, %v", resp.StatusCode, body, err)
			}
			if !c.want(e) {
				e.Body = fmt.Sprintf("%d bytes", len(e.Body))
				t.Errorf("the backend got %+v", e)
			}
		})
	}
}

func TestBadRequestsStopAtTheDoor(t *testing.T) {
	backend := echoBackend(t)
	_, addr := newGateway(t, side("A", 100, backend))
	for request, want := range map[string]int{
		"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd": 400,
		"POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n":  501,
		"GET /p HTTP/1.1\r\nHost: x\r\nX-Bad : y\r\n\r\n":                                   400,
		"GET /p HTTP/1.1\r\n\r\n": 400,
		"GET /p HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 80<<10) + "\r\n\r\n":                              431,
		"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n":                                                               501,
		"GET /p HTTP/1.1\r\nHost: x\r\nX-A: 1\x00\r\n\r\n":                                                          400,
		"POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nZZ\r\nbad chunk\r\n": 400,
	} {
		if resp, body := exchangeRaw(t, addr, request); resp.StatusCode != want {
			t.Errorf("%.70q: status %d (%.100s), want %d", request, resp.StatusCode, body, want)
		}
	}
}

func TestAnswerReachesClientUnchanged(t *testing.T) {
	long := strings.Repeat("answer ", 100_000)
	backend := newBackend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hints":
			w.Header().Set("Link", "</x>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Del("Link")
			fallthrough
		case "/plain":
			w.Header()["Content-Type"] = nil
			w.Header().Set("Connection", "X-Hop")
			w.Header().Set("X-Hop", "1")
			w.Header().Set("X-Pitwall-Variant", "Z")
			w.WriteHeader(http.StatusTeapot)
			io.WriteString(w, "short")
		case "/long":
			w.Header().Set("Content-Length", fmt.Sprint(len(long)))
			io.WriteString(w, long)
		case "/trailer":
			w.Header().Set("Trailer", "X-Sum")
			io.WriteString(w, "body")
			w.Header().Set("X-Sum", "9")
			w.Header().Set(http.TrailerPrefix+"X-Late", "8")
		case "/none":
			w.WriteHeader(http.StatusNoContent)
		}
	})
	_, addr := newGateway(t, side("A", 100, backend))
	for range 2 { // the second round runs over the connections of the first
		for _, path := range []string{"/plain", "/hints"} {
			resp, body := post(t, "http://"+addr+path, "u", "{}")
			_, guessed := resp.Header["Content-Type"]
			if resp.StatusCode != http.StatusTeapot || body != "short" || guessed || resp.Header.Get("X-Hop") != "" ||
				resp.Header.Get("X-Pitwall-Variant") != "A" || resp.Header.Get("Link") != "" || resp.ContentLength != 5 {
				t.Errorf("%s: status %d, body %q, header %v", path, resp.StatusCode, body, resp.Header)
			}
		}
		if resp, body := post(t, "http://"+addr+"/long", "u", ""); body != long || resp.ContentLength != int64(len(long)) {
			t.Errorf("long answer: %d bytes of %d, length %d", len(body), len(long), resp.ContentLength)
		}
		if resp, body := post(t, "http://"+addr+"/trailer", "u", ""); body != "body" || resp.Trailer.Get("X-Sum") != "9" || resp.Trailer.Get("X-Late") != "8" {
			t.Errorf("trailers %v after %q", resp.Trailer, body)
		}
		if resp, body := post(t, "http://"+addr+"/none", "u", ""); resp.StatusCode != http.StatusNoContent || body != "" {
			t.Errorf("no content: status %d, body %q", resp.StatusCode, body)
		}
		if resp, err := http.Head("http://" + addr + "/long"); err != nil || resp.ContentLength != int64(len(long)) {
			t.Errorf("HEAD: %v, %v", resp, err)
		}
	}
}

func TestStreamingAnswerIsFlushed(t *testing.T) {
	next := make(chan struct{})
	backend := newBackend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 {
			fmt.Fprintf(w, "part %d\n", i)
			w.(http.Flusher).Flush()
			<-next
		}
	})
	_, addr := newGateway(t, side("A", 100, backend))
	resp, err := http.Get("http://" + addr + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	for i := range 3 {
		line, err := lines.ReadString('\n')
		if want := fmt.Sprintf("part %d\n", i); line != want {
			t.Fatalf("read %q, %v before the backend went on, want %q", line, err, want)
		}
		next <- struct{}{}
	}
}

// TestEarlyAnswer has a backend that refuses a large upload without reading it.
func TestEarlyAnswer(t *testing.T) {
	backend := newBackend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	})
	_, addr := newGateway(t, side("A", 100, backend))
	resp, _ := post(t, "http://"+addr+"/predict", "u", strings.Repeat("x", 200<<10))
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", resp.StatusCode)
	}
}

// TestTwoWayStreaming answers every chunk while the upload goes on.
func TestTwoWayStreaming(t *testing.T) {
	backend := newBackend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		buf := make([]byte, 64)
		for {
			n, err := r.Body.Read(buf)
			w.Write(bytes.ToUpper(buf[:n]))
			w.(http.Flusher).Flush()
			if err != nil {
				return
			}
		}
	})
	_, addr := newGateway(t, side("A", 100, backend))
	in, out := io.Pipe()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+"/", in)
	go io.WriteString(out, "one\n")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	for _, word := range []string{"two\n", "three\n"} {
		if _, err := lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		io.WriteString(out, word)
	}
	out.Close()
	if rest, err := io.ReadAll(lines); string(rest) != "THREE\n" {
		t.Errorf("the end of the answer is %q, %v", rest, err)
	}
}

func TestClientDisconnectCancelsBackend(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	backend := newBackend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		close(ended)
	})
	g, addr := newGateway(t, side("A", 100, backend))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-began
		cancel()
	}()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/", nil)
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want canceled", err)
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("the backend still works for a client that is gone")
	}
	eventually(t, "the request is counted, not as an error", func() bool {
		v := g.State().Variants[0]
		return v.Requests == 1 && v.Errors == 0 && v.Backends[0].InFlight == 0
	})
}
