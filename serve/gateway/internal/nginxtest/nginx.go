// Package nginxtest runs the real nginx on loopback for tests and benchmarks
// that compare the gateway with it.
package nginxtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/serve/gateway/split"
)

// Start runs one nginx process with the given content of its http block, in
// which LISTEN stands for the address to listen on, and gives that address. It
// skips the test when nginx is not installed and stops nginx at its end.
func Start(tb testing.TB, http string) string {
	tb.Helper()
	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary = "/usr/sbin/nginx" // Debian keeps it off a user's PATH
		if _, err := os.Stat(binary); err != nil {
			tb.Skip("nginx is not installed: the comparison with it is skipped")
		}
	}
	addr := freeAddr(tb)
	dir := tb.TempDir()
	conf := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf(`daemon off; master_process off; pid nginx.pid; error_log stderr error;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
%s
}
`, strings.ReplaceAll(http, "LISTEN", addr))
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	var stderr strings.Builder
	cmd := exec.Command(binary, "-p", dir, "-c", conf)
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		tb.Fatalf("start nginx: %v", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	tb.Cleanup(func() {
		if cmd.Process.Signal(syscall.SIGTERM) == nil {
			<-exited
		}
	})
	waitUntilListening(tb, addr, exited, &stderr)
	return addr
}

func waitUntilListening(tb testing.TB, addr string, exited <-chan error, stderr fmt.Stringer) {
	tb.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-exited:
			tb.Fatalf("nginx ended: %v: %s", err, stderr)
		default:
		}
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return
		}
	}
	tb.Fatal("nginx does not listen after 5 s")
}

func freeAddr(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// SplitClients writes a table as a split_clients block that sets variable from
// the header X-User-Id, after the salt.
func SplitClients(variable, salt string, table *split.Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "split_clients \"%s${http_x_user_id}\" $%s {\n", salt, variable)
	parts := table.Parts()
	for i, p := range parts {
		if i == len(parts)-1 {
			fmt.Fprintf(&b, "  * %s;\n", p.Variant)
		} else {
			fmt.Fprintf(&b, "  %d.%02d%% %s;\n", p.Points/100, p.Points%100, p.Variant)
		}
	}
	return b.String() + "}\n"
}
