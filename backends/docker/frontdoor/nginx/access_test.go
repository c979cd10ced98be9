package nginx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pitwall/backends/docker/frontdoor"
)

// logged is a configuration with some directives in http, in the location that
// follows the split, and in another server.
func logged(t *testing.T, http, location, other string) *plan {
	t.Helper()
	text := `events {}
http {
	` + http + `
	split_clients $request_id $variant { 30% churn-b; * churn-a; }
	upstream churn-a { server 10.0.0.1; }
	upstream churn-b { server 10.0.0.2; }
	server { location / { ` + location + ` proxy_pass http://$variant; } }
	server { listen 81; ` + other + ` }
}`
	return mustFind(t, "nginx.conf", func(string) (string, error) { return text, nil })
}

const goodFormat = `log_format v '$remote_addr "$request" "$http_user_agent" $status $variant $upstream_addr;'; `

func TestCounting(t *testing.T) {
	for name, test := range map[string]struct{ http, location, other, why string }{
		"counted":               {http: goodFormat + `access_log /dev/stdout v;`},
		"in the location":       {http: goodFormat, location: `access_log /dev/stdout v;`},
		"beside a file":         {http: goodFormat + `access_log /dev/stdout v; access_log /tmp/log combined;`},
		"JSON":                  {http: `log_format j escape=json '{"v":"$variant","s":"$status","u":"$upstream_addr","a":"$http_user_agent"}'; access_log /dev/stdout j;`},
		"another with its own":  {http: goodFormat + `access_log /dev/stdout v;`, other: `access_log off; location / { proxy_pass http://10.0.0.9; }`},
		"another answers alone": {http: goodFormat + `access_log /dev/stdout v;`, other: `return 200 ok;`},

		"nothing said":        {why: "its requests are logged to a file in the container"},
		"a file":              {http: goodFormat + `access_log /var/log/nginx/access.log v;`, why: "logged to a file"},
		"off":                 {http: goodFormat + `access_log /dev/stdout v;`, location: "access_log off;", why: "its requests are not logged"},
		"nginx's own format":  {http: `access_log /dev/stdout;`, why: "log_format combined does not tell the variant"},
		"without the variant": {http: `log_format v '$status $upstream_addr;'; access_log /dev/stdout v;`, why: "lacks $variant"},
		"without the status":  {http: `log_format v '$variant $upstream_addr;'; access_log /dev/stdout v;`, why: "lacks $status"},
		"without the replica": {http: `log_format v '$variant $status';access_log /dev/stdout v;`, why: "lacks $upstream_addr"},
		"only some":           {http: goodFormat + `access_log /dev/stdout v if=$loggable;`, why: "leaves requests out (if=$loggable)"},
		"late":                {http: goodFormat + `access_log /dev/stdout v buffer=32k flush=1m;`, why: "comes late (buffer=32k)"},
		"twice":               {http: goodFormat + `access_log /dev/stdout v; access_log /dev/stdout combined;`, why: "logged twice"},
		"others' too":         {http: goodFormat + `access_log /dev/stdout v;`, other: `location / { proxy_pass http://10.0.0.9; }`, why: "requests that follow no split are logged in the same way"},
		"unquoted foreign":    {http: `log_format v '$http_user_agent $variant $status $upstream_addr;'; access_log /dev/stdout v;`, why: "$http_user_agent stands without quotes"},
		"unescaped":           {http: `log_format v escape=none '"$request" $variant $status $upstream_addr;'; access_log /dev/stdout v;`, why: "escape=none"},
		"run together":        {http: `log_format v '$status$variant $upstream_addr;'; access_log /dev/stdout v;`, why: "nothing stands between $status and $variant"},
		"a list with no end":  {http: `log_format v '$upstream_addr $variant $status'; access_log /dev/stdout v;`, why: "what ends $upstream_addr in it can stand in it"},
	} {
		_, why := logged(t, test.http, test.location, test.other).counting()
		if test.why == "" && why != "" || !strings.Contains(why, test.why) || test.why != "" && !strings.Contains(why, "/dev/stdout with $variant, $status and $upstream_addr") {
			t.Errorf("%s: %q, want %q", name, why, test.why)
		}
	}
}

// TestGeneratedIsCounted: what init and up write is counted, and so it says nothing.
func TestGeneratedIsCounted(t *testing.T) {
	how, why := onDisk(t, "generated.conf").counting()
	if why != "" || !maps.Equal(how.variants, map[string]string{"churn-a": "A", "churn-b": "B", "churn-c": "C"}) {
		t.Errorf("%v, %q", how.variants, why)
	}
}

func TestAnswers(t *testing.T) {
	how, _ := onDisk(t, "generated.conf").counting()
	line := func(request, rest string) string {
		return `172.18.0.1 [2026-11-27T21:02:16+00:00] "` + request + `" ` + rest
	}
	for name, test := range map[string]struct {
		line, value string
		failed      bool
	}{
		"answered":     {line("POST /predict HTTP/1.1", `200 31 variant=churn-a upstream=172.18.0.2:8080 time=0.004 id=ab12`), "churn-a", false},
		"failed":       {line("POST /predict HTTP/1.1", `502 31 variant=churn-b upstream=172.18.0.2:8080 time=0.004 id=ab12`), "churn-b", true},
		"second tried": {line("GET / HTTP/1.1", `200 31 variant=churn-b upstream=172.18.0.2:8080, 172.18.0.3:8080 time=0.004 id=ab12`), "churn-b", false},
		"hostile path": {line(`GET /\x22 200 31 variant=churn-a upstream=172.18.0.2:8080 time=0.004 id=1 HTTP/1.1`, `200 31 variant=churn-b upstream=172.18.0.2:8080 time=0.004 id=ab12`), "churn-b", false},
		"no replica":   {line("GET / HTTP/1.1", `404 31 variant=churn-b upstream=- time=0.004 id=ab12`), "", false},
		"an error":     {line: `2026/11/27 21:02:16 [error] 7#7: *1 connect() failed, client: 172.18.0.1, upstream: "http://172.18.0.2:8080/"`},
		"cut off":      {line: line("GET / HTTP/1.1", `200 31 variant=churn-b upstream=172.18.0.2:8080`)},
		"no status":    {line: line("GET / HTTP/1.1", `2x0 31 variant=churn-b upstream=172.18.0.2:8080 time=0.004 id=ab12`)},
		"nothing":      {},
	} {
		a, ok := how.format.answer(test.line, how.variable)
		if ok != (test.value != "") || ok && a != (answer{test.value, test.failed}) {
			t.Errorf("%s: %+v, %t", name, a, ok)
		}
	}
}

// FuzzAnswer reads foreign lines and lines with a foreign request in them: the
// variant is always the one that nginx wrote.
func FuzzAnswer(f *testing.F) {
	f.Add("GET / HTTP/1.1", "$remote_addr \"$request\" $status $variant $upstream_addr;")
	f.Add(`x" 200 1 variant=churn-a upstream=y time=1 id=2`, `{"a":"$request","v":"$variant","s":$status,"u":"$upstream_addr"}`)
	f.Add("\\\"\x00\xff\n", "$variant\t$status")
	f.Fuzz(func(t *testing.T, foreign, format string) {
		text := "'$remote_addr \"$request\" $status variant=$variant upstream=$upstream_addr;'"
		known, err := parseFormat([]token{{text: strings.Trim(text, "'")}}, "variant")
		if err != nil {
			t.Fatal(err)
		}
		line := `10.0.0.1 "` + escaped(foreign) + `" 503 variant=churn-b upstream=10.0.0.2:80, 10.0.0.3:80;`
		if a, ok := known.answer(line, "variant"); !ok || a != (answer{"churn-b", true}) {
			t.Fatalf("%q is read as %+v, %t", line, a, ok)
		}
		known.answer(foreign, "variant")
		if other, err := parseFormat([]token{{text: format}}, "variant"); err == nil {
			other.answer(foreign, "variant")
			other.answer(line, "variant")
		}
	})
}

// escaped is a text as nginx writes it into a log.
func escaped(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, `\x%02X`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// TestCounter: the log is followed while the door is read, and counts stay over
// a pause and over another configuration.
func TestCounter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		how, _ := onDisk(t, "generated.conf").counting()
		var w *io.PipeWriter
		var closed atomic.Bool
		opened := 0
		c := counter{open: func(ctx context.Context) (io.ReadCloser, error) {
			if opened++; opened == 1 {
				return nil, errors.New("no log is kept")
			}
			var r *io.PipeReader
			r, w = io.Pipe()
			context.AfterFunc(ctx, func() { closed.Store(true); _ = r.CloseWithError(ctx.Err()) })
			return r, nil
		}}
		look := func() (map[string]frontdoor.Count, error) {
			c.read(t.Context(), how, time.Now())
			synctest.Wait()
			return c.read(t.Context(), how, time.Now())
		}
		line := func(status int, value string) {
			fmt.Fprintf(w, "a [b] \"c\" %d 1 variant=%s upstream=x time=1 id=1\n", status, value)
			synctest.Wait()
		}
		if n, err := look(); n != nil || err == nil || opened != 1 {
			t.Fatalf("of no log it reads %v, %v, and asked %d times", n, err, opened)
		}
		time.Sleep(followAgain)
		if n, err := look(); err != nil || len(n) != 3 || n["A"].Requests != 0 {
			t.Fatalf("at first it reads %v, %v", n, err)
		}
		line(200, "churn-a")
		line(500, "churn-b")
		line(200, "")
		fmt.Fprint(w, strings.Repeat("x", 3*longestLine)+"\n")
		line(200, "churn-b")
		if n, _ := look(); n["A"] != (frontdoor.Count{Requests: 1}) || n["B"] != (frontdoor.Count{Requests: 2, Errors: 1}) {
			t.Errorf("it counted %v", n)
		}
		time.Sleep(followFor + time.Second)
		if !closed.Load() || opened != 2 {
			t.Errorf("the log is followed though nobody reads: closed %t, opened %d times", closed.Load(), opened)
		}
		if n, err := look(); err != nil || n["B"].Requests != 2 || opened != 3 {
			t.Errorf("after a pause %v, %v, opened %d times", n, err, opened)
		}
		_ = w.Close() // the container stopped
		synctest.Wait()
		if n, err := c.read(t.Context(), how, time.Now()); n != nil || err != nil {
			t.Errorf("of a container that stopped %v, %v", n, err)
		}
		synctest.Wait()
		c.close()
	})
}
