package deployment

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	data "pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/backends/prometheus"
	"pitwall/ui"
	"pitwall/views/viewtest"
)

// question is one range query.
type question struct {
	panel    prometheus.Panel
	from, to time.Time
	step     time.Duration
}

// metrics answers with waves, or with err.
type metrics struct {
	mu       sync.Mutex
	asked    []question
	features int
	err      error
	delay    time.Duration
	empty    bool
	mean     bool // the server has no quantiles
}

func (m *metrics) Range(ctx context.Context, _ string, p prometheus.Panel, from, to time.Time, step time.Duration) ([]prometheus.Series, error) {
	m.mu.Lock()
	m.asked = append(m.asked, question{p, from, to, step})
	err, delay, empty := m.err, m.delay, m.empty
	m.mu.Unlock()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err != nil || empty {
		return nil, err
	}
	var out []prometheus.Series
	for _, v := range []string{"A", "B"} {
		of := names(p)
		if m.mean && p == prometheus.Latency {
			of = []string{"mean"}
		}
		if m.mean && p == prometheus.Drift {
			of = nil
		}
		for _, name := range of {
			out = append(out, prometheus.Series{Variant: v, Name: name, Start: from, Step: step, Points: wave(p, v, name, from, to, step)})
		}
	}
	return out, nil
}

func names(p prometheus.Panel) []string {
	switch p {
	case prometheus.Latency:
		return []string{"p50", "p95", "p99"}
	case prometheus.Errors:
		return []string{"errors"}
	case prometheus.Throughput:
		return []string{"requests"}
	default:
		return []string{"psi"}
	}
}

// wave gets worse for B from 12 minutes before viewtest.Now on, and has a gap
// a minute long 150 seconds before it.
func wave(p prometheus.Panel, variant, name string, from, to time.Time, step time.Duration) []float64 {
	base := map[prometheus.Panel]float64{prometheus.Latency: 0.006, prometheus.Errors: 0.0004, prometheus.Throughput: 29, prometheus.Drift: 0.04}[p]
	scale := map[string]float64{"p50": 0.4, "p99": 1.6}[name]
	var points []float64
	for t := from; !t.After(to); t = t.Add(step) {
		ago := viewtest.Now.Sub(t)
		v := base * (1 + 0.15*math.Sin(float64(t.Unix())/40))
		if variant == "B" {
			if ago < 12*time.Minute {
				v *= map[prometheus.Panel]float64{prometheus.Latency: 42, prometheus.Errors: 170, prometheus.Throughput: 0.43, prometheus.Drift: 5.5}[p]
			}
			if ago > 150*time.Second && ago < 210*time.Second {
				v = math.NaN()
			}
		}
		if scale > 0 {
			v *= scale
		}
		points = append(points, v)
	}
	return points
}

func (m *metrics) Features(context.Context, string) ([]prometheus.FeatureDrift, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.features++
	if m.err != nil || m.empty {
		return nil, m.err
	}
	return []prometheus.FeatureDrift{
		{Variant: "A", Feature: "mean radius", PSI: 0.04}, {Variant: "A", Feature: "worst texture with a long name", PSI: 0.02},
		{Variant: "B", Feature: "mean radius", PSI: 0.31}, {Variant: "B", Feature: prometheus.Prediction, PSI: 0.14},
		{Variant: "B", Feature: "constant", PSI: math.NaN()},
	}, nil
}

func (*metrics) Counts(context.Context, string, time.Time, time.Duration) ([]prometheus.Interval, error) {
	return nil, nil
}

// questions are those of one panel.
func (m *metrics) questions(p prometheus.Panel) []question {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.asked), func(q question) bool { return q.panel != p })
}

func (m *metrics) set(how func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	how()
}

type told []backends.Event

func (t told) Events(context.Context, string, time.Time) ([]backends.Event, error) { return t, nil }

type written []journal.Record

func (w written) Records(time.Time) ([]journal.Record, error) { return w, nil }

func happened() told {
	return told{
		{At: viewtest.Ago(20 * time.Hour), Deployment: "model-api", Variant: "B", Kind: "deploy", Text: "deploy of 1.1.0 as B"},
		{At: viewtest.Ago(4 * time.Minute), Deployment: "model-api", Kind: "split", State: backends.OK, Text: "split A=90 B=10 → A=70 B=30", By: "ana@laptop"},
		{At: viewtest.Ago(130 * time.Second), Deployment: "model-api", Variant: "B", Kind: "alert", State: backends.Fail, Text: "HighErrorRatio: 6.9 % of the requests to B fail"},
		{At: viewtest.Ago(125 * time.Second), Deployment: "model-api", Variant: "B", Kind: "alert", State: backends.Warn, Text: "HighErrorRatio: grown worse"},
		{At: viewtest.Ago(9 * time.Second), Deployment: "model-api", Variant: "B", Replica: "model-api-B-1", Kind: "exit", State: backends.Fail, Text: "model-api-B-1 exited \x1b[31mred"},
	}
}

func recorded() written {
	return written{
		{ID: "1", TS: viewtest.Ago(4*time.Minute + time.Second), Op: "split", Phase: journal.PhaseIntent, Target: journal.Target{Name: "model-api"},
			From: journal.Subject{Weights: backends.Split{"A": 90, "B": 10}}, To: journal.Subject{Weights: backends.Split{"A": 70, "B": 30}}},
		{ID: "2", TS: viewtest.Ago(time.Minute), Op: journal.OpNote, Phase: journal.PhaseNote, Text: "called the data team",
			Actor: journal.Actor{OSUser: "ana", Host: "laptop"}, Target: journal.Target{Name: "model-api"}},
		{ID: "3", TS: viewtest.Ago(2 * time.Minute), Op: "rollback", Phase: journal.PhaseResult, Result: journal.ResultFailed, Text: "rollback of B",
			Error: "no earlier revision", Target: journal.Target{Name: "model-api"}},
	}
}

// console is a screen with what feeds it.
type console struct {
	*Screen
	t       testing.TB
	metrics *metrics
	now     time.Time
	msgs    chan tea.Msg
}

func open(t testing.TB, s *data.Snapshot) *console {
	t.Helper()
	c := &console{t: t, metrics: &metrics{}, now: viewtest.Now, msgs: make(chan tea.Msg, 256)}
	deps := viewtest.Deps(s)
	deps.Now = func() time.Time { return c.now }
	deps.Metrics, deps.Events, deps.Records = c.metrics, happened(), recorded()
	c.Screen = New(deps, "model-api")
	return c
}

// answer puts the questions of the screen and waits for the answers.
func (c *console) answer() {
	if cmd := c.ask(); cmd != nil {
		c.Update(cmd())
	}
	if cmd := c.askTimeline(); cmd != nil {
		c.Update(cmd())
	}
}

func (c *console) press(key string) tea.Cmd {
	c.t.Helper()
	for _, b := range c.Bindings() {
		if slices.Contains(b.Keys, key) {
			if b.Off != "" {
				c.t.Fatalf("%s is off: %s", key, b.Off)
			}
			return viewtest.Act(b)
		}
	}
	c.t.Fatalf("no binding for %s", key)
	return nil
}

func (c *console) frame(width, height int) ui.Frame {
	f := viewtest.Frame(width, height)
	f.Now = c.deps.Now()
	return f
}

func (c *console) text(width, height int) string {
	return ansi.Strip(strings.Join(c.View(c.frame(width, height)), "\n"))
}

// run carries out commands as the program does, each in a goroutine.
func (c *console) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		msg := cmd()
		if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
			for i := range v.Len() {
				c.run(v.Index(i).Interface().(tea.Cmd))
			}
			return
		}
		c.msgs <- msg
	}()
}

// live runs the screen for a time, in a synctest bubble. A screen that is on
// top is drawn after every message.
func (c *console) live(d time.Duration, onTop bool) {
	end := time.After(d)
	for {
		select {
		case msg := <-c.msgs:
			if msg != nil {
				c.run(c.Update(msg))
			}
			if onTop {
				c.View(c.frame(120, 40))
			}
		case <-end:
			return
		}
	}
}
