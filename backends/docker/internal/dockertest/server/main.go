// The server that the tests run in containers: it answers like a model server
// whose readiness, end, memory and output the test chooses.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 {
		if tool, ok := tools[os.Args[1]]; ok {
			os.Exit(tool(os.Args[2:]))
		}
	}
	serve()
}

// tools are what tests run in a container: there is no shell.
var tools = map[string]func(args []string) int{
	"health": health,
	"print":  printLines,
	"cat":    func([]string) int { _, _ = io.Copy(os.Stdout, os.Stdin); return 0 },
	"env":    func([]string) int { fmt.Println(strings.Join(os.Environ(), "\n")); return 0 },
	"sleep":  func(args []string) int { time.Sleep(duration(args, 0)); return 0 },
	"exit":   func(args []string) int { fmt.Fprintln(os.Stderr, "exiting"); return number(args, 0) },
	"fill": func(args []string) int { // fill BYTES: that many on standard output
		_, _ = io.CopyN(os.Stdout, endless('x'), int64(number(args, 0)))
		return 0
	},
}

// health asks the server of the same container: 0 for a status of 200.
func health([]string) int {
	resp, err := (&http.Client{Timeout: time.Second}).Get("http://127.0.0.1:8080/health")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(resp.Status)
	if resp.StatusCode != http.StatusOK {
		return 1
	}
	return 0
}

// printLines is print COUNT PAUSE TEXT: lines "TEXT n", every third one on
// standard error.
func printLines(args []string) int {
	for n := range number(args, 0) {
		to := os.Stdout
		if n%3 == 2 {
			to = os.Stderr
		}
		_, _ = fmt.Fprintf(to, "%s %d\n", args[2], n)
		time.Sleep(duration(args, 1))
	}
	return 0
}

type options struct {
	version   string
	delay     time.Duration
	now       bool
	hog       int
	crash     time.Duration
	latency   time.Duration
	unhealthy time.Duration
}

func serve() {
	var o options
	flag.StringVar(&o.version, "version", "1", "text of every answer and of the header X-Model-Version")
	flag.DurationVar(&o.delay, "delay", 0, "answer 503 on /ready and /predict for this long")
	flag.BoolVar(&o.now, "now", false, "exit at once on SIGTERM instead of draining")
	flag.IntVar(&o.hog, "hog", 0, "use this many MiB of memory once ready")
	flag.DurationVar(&o.crash, "crash", 0, "exit with code 3 after this long")
	flag.DurationVar(&o.latency, "latency", 0, "of a prediction")
	flag.DurationVar(&o.unhealthy, "unhealthy", 0, "answer 500 on /health from then on")
	flag.Parse()
	if o.crash > 0 {
		time.AfterFunc(o.crash, func() { fmt.Fprintln(os.Stderr, "crashing"); os.Exit(3) })
	}
	s := &server{options: o, began: time.Now()}
	mux := http.NewServeMux()
	mux.HandleFunc("/ready", s.ready)
	mux.HandleFunc("/health", s.health)
	mux.HandleFunc("/predict", s.predict)
	mux.HandleFunc("/metrics", s.metrics)
	web := &http.Server{Addr: ":8080", Handler: mux}
	ended := make(chan struct{})
	go s.end(web, ended)
	if o.hog > 0 {
		time.AfterFunc(o.delay, func() { s.memory = hog(o.hog << 20) })
	}
	fmt.Printf("serving version %s\n", o.version)
	if err := web.ListenAndServe(); err != http.ErrServerClosed {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-ended
}

type server struct {
	options
	began    time.Time
	draining atomic.Bool
	requests atomic.Int64
	memory   []byte
}

// end handles SIGTERM: at once, or after the requests that are under way.
func (s *server) end(web *http.Server, ended chan<- struct{}) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	if s.now {
		os.Exit(0)
	}
	s.draining.Store(true)
	fmt.Println("draining")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = web.Shutdown(ctx)
	close(ended)
}

func (s *server) isReady() bool { return time.Since(s.began) >= s.delay && !s.draining.Load() }

func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	s.answer(w, s.isReady(), http.StatusServiceUnavailable)
}

func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	s.answer(w, s.unhealthy == 0 || time.Since(s.began) < s.unhealthy, http.StatusInternalServerError)
}

func (s *server) predict(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if time.Since(s.began) < s.delay {
		s.answer(w, false, http.StatusServiceUnavailable)
		return
	}
	time.Sleep(s.latency)
	s.requests.Add(1)
	s.answer(w, true, 0)
}

func (s *server) metrics(w http.ResponseWriter, _ *http.Request) {
	_, _ = fmt.Fprintf(w, "test_requests_total{version=%q} %d\n", s.version, s.requests.Load())
}

func (s *server) answer(w http.ResponseWriter, ok bool, otherwise int) {
	host, _ := os.Hostname()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Model-Version", s.version)
	if !ok {
		w.WriteHeader(otherwise)
	}
	_, _ = fmt.Fprintf(w, `{"version":%q,"host":%q,"ok":%t}`+"\n", s.version, host, ok)
}

// hog takes memory and touches every page of it.
func hog(size int) []byte {
	taken := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		taken[i] = 1
	}
	return taken
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func number(args []string, i int) int {
	if len(args) <= i {
		return 0
	}
	n, err := strconv.Atoi(args[i])
	if err != nil {
		panic(err)
	}
	return n
}

func duration(args []string, i int) time.Duration {
	if len(args) <= i {
		return 0
	}
	d, err := time.ParseDuration(args[i])
	if err != nil {
		panic(err)
	}
	return d
}
