package supervisor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"pitwall/backends"
	"pitwall/backends/internal/flow"
	"pitwall/serve/monitor"
)

// startMonitor runs the embedded Prometheus and the supervisor's own metrics.
func (s *Supervisor) startMonitor(ctx context.Context) (closeAll func() error, err error) {
	asked, last := s.config.Listen[Prometheus], s.store.Stack().Listen[Prometheus]
	addr, note, err := listenAddress("Prometheus", asked, last, preferredPrometheus)
	if err != nil {
		return nil, err
	}
	if note != "" {
		s.note(note)
	}
	if err := os.MkdirAll(s.dir.Path("monitor"), 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of the samples: %w", err)
	}
	own, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(own) }() // ends with Close

	m, err := monitor.Start(ctx, monitor.Config{Dir: s.dir.Path("monitor"), Listen: addr, Log: s.log, Notify: s.alerted})
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	s.mu.Lock()
	s.monitor, s.metrics = m, own.Addr().String()
	s.mu.Unlock()
	s.listens(Prometheus, strings.TrimPrefix(m.URL(), "http://"))
	return func() error { return errors.Join(m.Close(), server.Close()) }, nil
}

// alerted makes events of alerts that begin or end.
func (s *Supervisor) alerted(alerts []monitor.Alert) {
	for _, a := range alerts {
		e := backends.Event{Deployment: a.Deployment, Variant: a.Variant, Replica: a.Replica,
			Kind: "alert", State: alertState(a.Severity), Text: a.Name + ": " + a.Summary}
		if !a.Resolved.IsZero() {
			e.Kind, e.State, e.Text = "resolved", backends.OK, a.Name+" is over"
		}
		s.event(e)
	}
}

func alertState(severity string) backends.State {
	switch severity {
	case "critical":
		return backends.Fail
	case "warning":
		return backends.Warn
	}
	return backends.OK
}

// keepTargets tells the monitor which processes there are.
func (s *Supervisor) keepTargets(ctx context.Context) {
	var told []monitor.Target
	for {
		next := s.bell.Next()
		if targets := s.targets(); !reflect.DeepEqual(targets, told) {
			s.monitor.SetTargets(targets)
			told = targets
		}
		select {
		case <-next:
		case <-ctx.Done():
			return
		}
		if !flow.Sleep(ctx, watchEvery) {
			return
		}
	}
}

// targets lists the processes to scrape. One that is down stays listed where
// it was last, so that its absence is seen.
func (s *Supervisor) targets() []monitor.Target {
	targets := []monitor.Target{{Job: monitor.JobPitwall, Address: s.metrics, Labels: map[string]string{"deployment": ""}}}
	for _, d := range s.deployments {
		if addr := d.gate.Status().admin; addr != "" {
			targets = append(targets, monitor.Target{Job: monitor.JobGateway, Address: addr, Labels: map[string]string{"deployment": d.name}})
		}
		targets = append(targets, d.targetsOfReplicas()...)
	}
	return targets
}

func (d *deployment) targetsOfReplicas() []monitor.Target {
	d.mu.Lock()
	defer d.mu.Unlock()
	var targets []monitor.Target
	for _, r := range d.replicas {
		if addr := r.Status().lastAddr; addr != "" {
			targets = append(targets, monitor.Target{Job: monitor.JobServe, Address: addr, Labels: map[string]string{
				"deployment": d.name, "variant": r.variant, "version": r.version, "replica": r.name}})
		}
	}
	return targets
}
