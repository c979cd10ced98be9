package traffic

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkSend measures what one request costs the processor; the goal is at
// most 2 % of a core at the default rate (core-%). The answering side, as bare
// as possible, is in it.
func BenchmarkSend(b *testing.B) {
	row := make([]float32, 30)
	for i := range row {
		row[i] = float32(i) * 1.37
	}
	g, err := New(Config{URL: "http://" + bareServer(b) + "/predict", Rows: [][]float32{row}})
	if err != nil {
		b.Fatal(err)
	}
	var open sync.WaitGroup
	before := cpuTime(b)
	for b.Loop() {
		g.start(&open)
		open.Wait()
	}
	perRequest := (cpuTime(b) - before) / time.Duration(b.N)
	b.ReportMetric(float64(perRequest)/float64(time.Microsecond), "cpu-µs/op")
	b.ReportMetric(100*perRequest.Seconds()*DefaultRate, "core-%")
	if s := g.Stats(); s.OK != s.Sent {
		b.Fatalf("%+v", s)
	}
	g.client.CloseIdleConnections()
}

// bareServer answers every request with the same bytes.
func bareServer(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				reader := bufio.NewReader(conn)
				for {
					req, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					io.Copy(io.Discard, req.Body)
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
				}
			}()
		}
	}()
	return l.Addr().String()
}

func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
