package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// control lets a test break the cluster that runs: POST requests on a socket of its state directory.
//
//	/kill/NAME       end a component at once, as a crash would
//	/start/NAME      start it again: the same port, the same data; answers when an API server is ready
//	/freeze/NAME     stop a component where it is, its connections open; /thaw/NAME lets it go on
//	/slow/DURATION   hold every answer of etcd back for so long (0s: no more)
//	/down  /mend     cut the API server off from etcd, and let it come back
//	/expire          start the API server again so that every watch that goes on is answered 410 Gone
//
// NAME is kube-apiserver, kube-controller-manager, kube-scheduler or kwok. One request is served at a time.
type control struct {
	mu      sync.Mutex
	cluster *cluster
	server  *http.Server
}

func (c *cluster) socket() string { return filepath.Join(c.dir, "control.sock") }

// serveControl answers until close.
func serveControl(c *cluster) (*control, error) {
	listener, err := net.Listen("unix", c.socket())
	if err != nil { // such a path may have 107 bytes
		return nil, fmt.Errorf("listen for commands: %w (is the state directory's path too long?)", err)
	}
	ctl := &control{cluster: c}
	mux := http.NewServeMux()
	ctl.handle(mux, "kill/{name}", func(_ context.Context, name string) error { return c.processes.kill(name) })
	ctl.handle(mux, "start/{name}", ctl.start)
	ctl.handle(mux, "freeze/{name}", func(_ context.Context, name string) error { return c.processes.signal(name, syscall.SIGSTOP) })
	ctl.handle(mux, "thaw/{name}", func(_ context.Context, name string) error { return c.processes.signal(name, syscall.SIGCONT) })
	ctl.handle(mux, "slow/{name}", ctl.slow)
	ctl.handle(mux, "down", func(context.Context, string) error { c.relay.Down(true); return nil })
	ctl.handle(mux, "mend", func(context.Context, string) error { c.relay.Down(false); return nil })
	ctl.handle(mux, "expire", ctl.expire)
	ctl.server = &http.Server{Handler: mux}
	go func() { _ = ctl.server.Serve(listener) }()
	return ctl, nil
}

func (ctl *control) close() { _ = ctl.server.Close() }

// handle serves one command, and keeps ready.json true afterwards.
func (ctl *control) handle(mux *http.ServeMux, path string, do func(ctx context.Context, name string) error) {
	mux.HandleFunc("POST /"+path, func(w http.ResponseWriter, r *http.Request) {
		ctl.mu.Lock()
		defer ctl.mu.Unlock()
		err := do(r.Context(), r.PathValue("name"))
		if err == nil {
			err = ctl.cluster.writeReady()
		}
		if err != nil {
			http.Error(w, strings.TrimSpace(err.Error()), http.StatusInternalServerError)
		}
	})
}

func (ctl *control) start(ctx context.Context, name string) error {
	if err := ctl.cluster.processes.again(name); err != nil || name != apiServer {
		return err
	}
	return ctl.cluster.awaitServer(ctx)
}

func (ctl *control) slow(_ context.Context, text string) error {
	delay, err := time.ParseDuration(text)
	if err == nil {
		ctl.cluster.relay.Slow(delay)
	}
	return err
}

// expire lets etcd forget the past while the API server, whose watch cache remembers some of it, does not run.
func (ctl *control) expire(ctx context.Context, _ string) error {
	if err := ctl.cluster.processes.kill(apiServer); err != nil {
		return err
	}
	if err := forget(ctx, ctl.cluster.etcd); err != nil {
		return err
	}
	return ctl.start(ctx, apiServer)
}
