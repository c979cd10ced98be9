package relay

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"
)

// echo is a server that says every line again.
func echo(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn) }()
		}
	}()
	return listener.Addr().String()
}

func TestRelay(t *testing.T) {
	r, err := New(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	dial := func() (net.Conn, *bufio.Reader) {
		conn, err := net.Dial("tcp", r.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		return conn, bufio.NewReader(conn)
	}
	conn, answers := dial()
	say := func() (time.Duration, error) {
		start := time.Now()
		_, _ = io.WriteString(conn, "hello\n")
		line, err := answers.ReadString('\n')
		if err == nil && line != "hello\n" {
			t.Fatalf("passed on %q", line)
		}
		return time.Since(start), err
	}
	if _, err := say(); err != nil {
		t.Fatal(err)
	}
	const delay = 100 * time.Millisecond
	r.Slow(delay)
	if took, err := say(); err != nil || took < delay {
		t.Errorf("slow by %s: answered after %s, %v", delay, took, err)
	}
	r.Slow(0)
	r.Down(true)
	if _, err := say(); err == nil {
		t.Error("down: a connection that stood still answers")
	}
	if conn, answers = dial(); true {
		if _, err := say(); err == nil {
			t.Error("down: a new connection answers")
		}
	}
	r.Down(false)
	conn, answers = dial()
	if _, err := say(); err != nil {
		t.Errorf("up again: %v", err)
	}
}
