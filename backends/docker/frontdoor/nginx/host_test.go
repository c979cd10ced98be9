package nginx

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
	"pitwall/serve/gateway/split"
)

// hostNginx gives the nginx of this machine, or skips.
func hostNginx(t *testing.T) string {
	t.Helper()
	if binary, err := exec.LookPath("nginx"); err == nil {
		return binary
	}
	const debian = "/usr/sbin/nginx" // off a user's PATH
	if _, err := os.Stat(debian); err != nil {
		t.Skip("nginx is not installed: what only a real one can tell is skipped")
	}
	return debian
}

// here makes a configuration run without root and away from the system's files.
func here(text, dir string) string {
	text = strings.ReplaceAll(text, "/tmp/", dir+"/")
	if !strings.Contains(text, "client_body_temp_path") {
		var paths strings.Builder
		for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			fmt.Fprintf(&paths, " %s_temp_path %s/%s;", name, dir, name)
		}
		for _, open := range []string{"http {", "http{"} {
			text = strings.Replace(text, open, open+" access_log off;"+paths.String(), 1)
		}
	}
	return text
}

// write puts the files of a configuration into a directory and gives the path
// of the main one.
func write(t *testing.T, p *plan) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range p.conf.files {
		name := filepath.Join(dir, f.path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(here(f.text, dir)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, p.conf.main.path)
}

func TestNginxAcceptsWhatIsWritten(t *testing.T) {
	binary := hostNginx(t)
	member := func(host string) []frontdoor.Member {
		return []frontdoor.Member{{Name: "m-1", Host: host, Port: 8080}, {Name: "m-2", Host: host, Port: 8081, Draining: true}}
	}
	for _, name := range userFiles {
		p := onDisk(t, name)
		members := map[string][]frontdoor.Member{"A": member("10.0.0.1"), "B": member("fd00::1")}
		for _, want := range []frontdoor.Want{
			{Split: backends.Split{"A": 70, "B": 30}, Members: members, By: "alice"},
			{Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{"B": {}}},
			{Split: backends.Split{"B": 100}, Members: members},
			{Split: backends.Split{"A": 99.99, "B": 0.01}},
		} {
			p = after(t, p, want)
			main := write(t, p)
			args := []string{"-t", "-q", "-p", filepath.Dir(main), "-c", main, "-e", "stderr"}
			if !strings.Contains(p.conf.main.text, "\npid ") {
				args = append(args, "-g", "pid "+filepath.Dir(main)+"/pid;")
			}
			if out, err := exec.CommandContext(t.Context(), binary, args...).CombinedOutput(); err != nil {
				t.Errorf("%s, %s: %v: %s\n%s", name, want.Split, err, out, text(p))
			}
		}
	}
}

// TestNginxAssignsAsPackageSplit asks a real nginx about 3,000 users in each
// layout, after the weights came to it by changes.
func TestNginxAssignsAsPackageSplit(t *testing.T) {
	binary := hostNginx(t)
	model := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer model.Close()
	host, port := hostPort(strings.TrimPrefix(model.URL, "http://"))
	for _, steps := range [][]backends.Split{
		{{"A": 70, "B": 30}},
		{{"A": 100, "B": 0}, {"A": 0, "B": 100}, {"A": 69.99, "B": 30.01}},
		{{"A": 66.67, "B": 30, "C": 3.33}},
		{{"A": 100, "B": 0, "C": 0}, {"A": 50, "B": 20, "C": 30}},
		{{"A": 100, "B": 0, "C": 0, "D": 0, "E": 0}, {"A": 60, "B": 10, "C": 10, "D": 10, "E": 10}},
	} {
		o := Options{Deployment: "churn", Salt: "exp1:", Port: freePort(t), Split: steps[0], Members: map[string][]frontdoor.Member{}, At: someTime}
		for name := range steps[0] {
			o.Members[name] = []frontdoor.Member{{Host: host, Port: port}}
		}
		generated, err := Generate(o)
		if err != nil {
			t.Fatal(err)
		}
		p := mustFind(t, "nginx.conf", func(string) (string, error) { return string(generated), nil })
		for _, step := range steps[1:] {
			p = after(t, p, frontdoor.Want{Split: step})
		}
		last := steps[len(steps)-1]
		t.Run(last.String(), func(t *testing.T) {
			run(t, binary, write(t, p), o.Port)
			compare(t, o, tableOf(t, last))
		})
	}
}

func tableOf(t *testing.T, s backends.Split) *split.Table {
	t.Helper()
	var weights []split.Weight
	for _, name := range s.Names() {
		n, err := split.Points(s[name])
		if err != nil {
			t.Fatal(err)
		}
		weights = append(weights, split.Weight{Variant: name, Points: n})
	}
	table, err := split.New(weights)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func compare(t *testing.T, o Options, table *split.Table) {
	t.Helper()
	const users, askers = 3000, 8
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: askers}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	for asker := range askers {
		all.Go(func() {
			for user := asker; user < users; user += askers {
				key := fmt.Sprintf("user%05d", user)
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/", o.Port), nil)
				req.Header.Set("X-User-Id", key)
				resp, err := client.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
				if got, want := resp.Header.Get("X-Variant"), o.upstream(table.AssignKey(o.Salt, key)); got != want {
					t.Errorf("user %s goes to %q, package split says %q", key, got, want)
				}
			}
		})
	}
	all.Wait()
}

func freePort(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

// run starts nginx and stops it at the end of the test.
func run(t *testing.T, binary, main string, port uint16) {
	t.Helper()
	var stderr strings.Builder
	cmd := exec.Command(binary, "-p", filepath.Dir(main), "-c", main, "-e", "stderr")
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if strings.Contains(stderr.String(), "[emerg]") {
			t.Error(stderr.String())
		}
	})
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			c.Close()
			return
		}
	}
	t.Fatal("nginx does not listen after 10 s")
}
