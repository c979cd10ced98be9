package docker

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
)

// withEvents is a backend whose engine remembers those events and has nothing else.
func withEvents(t *testing.T, events ...map[string]any) *Backend {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		switch {
		case strings.HasSuffix(r.URL.Path, "/info"):
			_, _ = w.Write([]byte(`{"SystemTime": "` + testNow.Format(time.RFC3339Nano) + `"}`))
		case strings.HasSuffix(r.URL.Path, "/events"):
			for _, e := range events {
				if strings.Contains(r.URL.Query().Get("filters"), `"`+e["Type"].(string)+`"`) {
					_ = json.NewEncoder(w).Encode(e)
				}
			}
		}
	}))
	t.Cleanup(server.Close)
	c, err := engine.Open(engine.Options{Host: strings.Replace(server.URL, "http:", "tcp:", 1)})
	if err != nil {
		t.Fatal(err)
	}
	b := Attach(Options{Engine: c, Now: func() time.Time { return testNow }})
	t.Cleanup(b.Close)
	return b
}

func event(kind, action, id, name string, ago time.Duration) map[string]any {
	return map[string]any{"Type": kind, "Action": action, "timeNano": testNow.Add(-ago).UnixNano(),
		"Actor": map[string]any{"ID": id, "Attributes": map[string]string{"name": name, "container": id}}}
}

// TestAStateIsAsOldAsWhatTellsOfIt: a command that runs once sees no state
// begin, and must not take its own start for that.
func TestAStateIsAsOldAsWhatTellsOfIt(t *testing.T) {
	b := withEvents(t, event("network", "disconnect", "id-m-a-1", "net", 7*time.Second), event("container", "destroy", "id-m-a-2", "m-a-2", 9*time.Second),
		event("container", "health_status: unhealthy", "id-m-a-1", "m-a-1", 40*time.Second))
	for name, test := range map[string]struct {
		given func(*scene)
		state backends.State
		ago   time.Duration // 0 when nobody knows
	}{
		"well since the last start": {func(s *scene) { s.Found.Variants[1].Members[0].Container.StartedAt = testNow.Add(-time.Minute) }, backends.OK, time.Minute},
		"off its network": {func(s *scene) {
			s.Found.Variants[0].Members[0].Container.Networks = nil
			s.containers[0].Networks = nil
		}, backends.Fail, 7 * time.Second},
		"removed": {func(s *scene) {
			s.Entry.Conf.Variants[0].Replicas = 2
			s.Door.Members["A"] = append(s.Door.Members["A"], frontdoor.Member{Name: "m-a-2", Host: "m-a-2", Port: 8080})
		}, backends.Warn, 9 * time.Second},
		"unhealthy": {func(s *scene) {
			s.Found.Variants[0].Members[0].Container.Health = engine.Health{Status: "unhealthy", Failing: 9}
		}, backends.Fail, 40 * time.Second},
		"ended": {func(s *scene) {
			for _, c := range []*engine.Container{&s.Found.Variants[0].Members[0].Container, &s.containers[0]} {
				c.Status, c.ExitCode, c.FinishedAt = "exited", 1, testNow.Add(-20*time.Second)
			}
		}, backends.Fail, 20 * time.Second},
		"its address is another's": {func(s *scene) {
			s.Door.Members["A"][0].Host = "10.0.0.2"
			s.containers[1].StartedAt = testNow.Add(-30 * time.Second)
		}, backends.Fail, 30 * time.Second},
		"outside the front door": {func(s *scene) {
			other := member("m-a-3", "A", "1", "10.0.0.3")
			s.Found.Variants[0].Members, s.containers = append(s.Found.Variants[0].Members, other), append(s.containers, other.Container)
		}, backends.Warn, 0},
		"a door that is silent": {func(s *scene) { s.doorErr = errors.New("no answer") }, backends.Warn, 0},
	} {
		s := testScene()
		s.Found.Door.StartedAt = testNow.Add(-2 * time.Hour)
		test.given(&s)
		b.since = make(map[string]entered)
		d := b.shown(t.Context(), s)
		want := time.Time{}
		if test.ago > 0 {
			want = testNow.Add(-test.ago)
		}
		if d.State != test.state || !d.Since.Equal(want) {
			t.Errorf("%s: %s (%s) since %v, want %s since %v", name, d.State, d.Reason, d.Since, test.state, want)
		}
	}
}

// TestAStateThatWasSeenToBegin is as old as the listing that showed it.
func TestAStateThatWasSeenToBegin(t *testing.T) {
	b, s := withEvents(t), testScene()
	b.shown(t.Context(), s)
	s.at = testNow.Add(3 * time.Second)
	s.doorErr = errors.New("no answer")
	if d := b.shown(t.Context(), s); d.State != backends.Warn || !d.Since.Equal(s.at) {
		t.Errorf("%s since %v, want %v", d.State, d.Since, s.at)
	}
	began := s.at
	s.at = s.at.Add(time.Minute)
	if d := b.shown(t.Context(), s); !d.Since.Equal(began) {
		t.Errorf("it began anew at %v", d.Since)
	}
}
