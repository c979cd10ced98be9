package traffic

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// recorder answers requests without a network and keeps what it saw.
type recorder struct {
	mu     sync.Mutex
	users  map[string]int
	bodies []string
	took   time.Duration
	answer func() (int, error)
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	if r.users == nil {
		r.users = make(map[string]int)
	}
	r.users[req.Header.Get("X-User-Id")]++
	r.bodies = append(r.bodies, string(body))
	r.mu.Unlock()
	time.Sleep(r.took)
	status, err := http.StatusOK, error(nil)
	if r.answer != nil {
		status, err = r.answer()
	}
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("{}")), Request: req}, nil
}

var rows = [][]float32{{1, 2.5}, {3, 4.25}, {5, float32(math.NaN())}}

func newGenerator(t *testing.T, c Config) *Generator {
	t.Helper()
	c.URL = "http://127.0.0.1:1/predict"
	if c.Rows == nil {
		c.Rows = rows
	}
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// runFor lets the generator run for a while of the bubble's time, then stops it.
func runFor(t *testing.T, g *Generator, d time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	g.Run(ctx)
}

func near(got int64, want float64) bool { return math.Abs(float64(got)-want) <= 2+0.01*want }

func TestRateIsSteady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{took: 3 * time.Millisecond}
		g := newGenerator(t, Config{Transport: r, Rate: DefaultRate})
		runFor(t, g, 30*time.Second)
		if s := g.Stats(); !near(s.Sent, 1200) || s.OK != s.Sent || s.InFlight != 0 || s.Rate != DefaultRate {
			t.Errorf("after 30 s at 40/s: %+v", s)
		}
	})
}

func TestRateChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGenerator(t, Config{Transport: &recorder{}, Rate: 0.1})
		go runFor(t, g, time.Minute)
		last := int64(0)
		for _, step := range []struct{ rate, want float64 }{{100, 1000}, {0, 0}, {400, 4000}, {7, 70}} {
			if err := g.SetRate(step.rate); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			synctest.Wait()
			sent := g.Stats().Sent
			if !near(sent-last, step.want) {
				t.Errorf("10 s at %v/s sent %d, want %v", step.rate, sent-last, step.want)
			}
			last = sent
		}
	})
}

func TestSlowTargetIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGenerator(t, Config{Transport: &recorder{took: 4 * time.Second}, Rate: 200})
		runFor(t, g, 10*time.Second)
		if s := g.Stats(); s.Skipped == 0 || s.Sent > 3*maxInFlight+5 || !near(s.Sent+s.Skipped, 2000) {
			t.Errorf("200/s against a target of 4 s: %+v", s)
		}
	})
}

func TestOutcomesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		var mu sync.Mutex
		r := &recorder{answer: func() (int, error) {
			mu.Lock()
			defer mu.Unlock()
			switch n++; n % 4 {
			case 0:
				return 0, errors.New("refused")
			case 1:
				return http.StatusServiceUnavailable, nil
			}
			return http.StatusOK, nil
		}}
		g := newGenerator(t, Config{Transport: r, Rate: 100})
		runFor(t, g, 20*time.Second)
		if s := g.Stats(); !near(s.Lost, 500) || !near(s.Failed, 500) || !near(s.OK, 1000) || s.Lost+s.Failed+s.OK != s.Sent {
			t.Errorf("a quarter refused, a quarter failed: %+v", s)
		}
	})
}

func TestRowsAndShifts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		g := newGenerator(t, Config{Transport: r, Rate: 50})
		runFor(t, g, 5*time.Second)
		want := map[string]bool{`{"features":[1,2.5]}`: true, `{"features":[3,4.25]}`: true, `{"features":[5,null]}`: true}
		seen := make(map[string]bool)
		for _, body := range r.bodies {
			if seen[body] = true; !json.Valid([]byte(body)) {
				t.Fatalf("body %s is not JSON", body)
			}
		}
		if !reflect.DeepEqual(seen, want) {
			t.Errorf("bodies %v, want %v", seen, want)
		}
		if err := g.SetShifts(Shift{Feature: 0, Factor: 2, Offset: 0.5}); err != nil {
			t.Fatal(err)
		}
		if got := string(g.appendBody(nil, rows[0])); got != `{"features":[2.5,2.5]}` {
			t.Errorf("shifted body %s", got)
		}
		if err := g.SetShifts(); err != nil || string(g.appendBody(nil, rows[0])) != `{"features":[1,2.5]}` {
			t.Errorf("the shift stays: %v", err)
		}
	})
}

// TestUsers wants many users, and none that dominates the split.
func TestUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		g := newGenerator(t, Config{Transport: r, Rate: 1000, Seed: 3})
		runFor(t, g, 20*time.Second)
		most := 0
		for _, n := range r.users {
			most = max(most, n)
		}
		if len(r.users) < 5000 || most > len(r.bodies)/200 {
			t.Errorf("%d users in %d requests, the busiest made %d", len(r.users), len(r.bodies), most)
		}
	})
}

func TestSeedRepeats(t *testing.T) {
	run := func(seed uint64) (bodies []string) {
		synctest.Test(t, func(t *testing.T) {
			r := &recorder{}
			runFor(t, newGenerator(t, Config{Transport: r, Rate: 20, Seed: seed}), 5*time.Second)
			bodies = r.bodies
		})
		return bodies
	}
	first := run(1)
	if !reflect.DeepEqual(first, run(1)) || reflect.DeepEqual(first, run(2)) {
		t.Error("equal seeds must send equal rows, other seeds others")
	}
}

func TestRefuses(t *testing.T) {
	good := Config{URL: "http://127.0.0.1:1/predict", Rows: rows, Rate: 1}
	for want, change := range map[string]func(*Config){
		"not an http address": func(c *Config) { c.URL = "127.0.0.1:80" },
		"no rows":             func(c *Config) { c.Rows = nil },
		"row 1 has 1":         func(c *Config) { c.Rows = [][]float32{{1, 2}, {1}} },
		"rate -1":             func(c *Config) { c.Rate = -1 },
		"rate NaN":            func(c *Config) { c.Rate = math.NaN() },
		"rate 1e+06":          func(c *Config) { c.Rate = 1e6 },
		"-5 users":            func(c *Config) { c.Users = -5 },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New error %v, want one with %q", err, want)
		}
	}
	g := newGenerator(t, good)
	for _, s := range []Shift{{Feature: 2, Factor: 1}, {Feature: -1}, {Factor: math.Inf(1)}, {Offset: math.NaN()}} {
		if g.SetShifts(s) == nil {
			t.Errorf("shift %+v was accepted", s)
		}
	}
}

func TestScenarios(t *testing.T) {
	names := make(map[string]bool)
	g := newGenerator(t, Config{})
	for _, s := range Scenarios() {
		if names[s.Name] || s.Title == "" || s.About == "" || s.Cure == "" {
			t.Errorf("scenario %q is listed twice or not described", s.Name)
		}
		names[s.Name] = true
		for _, f := range s.Faults {
			if err := f.Fault.Validate(); err != nil {
				t.Errorf("scenario %s: %v", s.Name, err)
			}
		}
		if err := g.SetShifts(s.Traffic.Shifts...); err != nil {
			t.Errorf("scenario %s: %v", s.Name, err)
		}
		if found, ok := Find(s.Name); !ok || !reflect.DeepEqual(found, s) {
			t.Errorf("Find(%q) = %+v, %v", s.Name, found, ok)
		}
	}
	for _, name := range []string{"calm", "slow", "errors", "drift", "crash", "leak", "surge", "release"} {
		if !names[name] {
			t.Errorf("scenario %s is missing", name)
		}
	}
	if _, ok := Find("nothing"); ok {
		t.Error("Find found nothing")
	}
}

func TestTargetMatches(t *testing.T) {
	for _, c := range []struct {
		target Target
		want   bool
	}{
		{Target{}, true},
		{Target{Variant: "A", Version: "1.2.0", Replica: 2}, true},
		{Target{Variant: "B"}, false},
		{Target{Variant: "A", Version: "1.0.0"}, false},
		{Target{Replica: 1}, false},
	} {
		if got := c.target.Matches("A", "1.2.0", 2); got != c.want {
			t.Errorf("%+v matches A 1.2.0 replica 2: %v", c.target, got)
		}
	}
}
