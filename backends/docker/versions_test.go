package docker

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
)

// withImages is a backend whose engine has images of those IDs and nothing else.
func withImages(t *testing.T, ids ...string) *Backend {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		for _, id := range ids {
			if strings.HasSuffix(r.URL.Path, "/images/"+id+"/json") {
				_, _ = w.Write([]byte(`{"Id": "` + id + `"}`))
				return
			}
		}
		if !strings.HasSuffix(r.URL.Path, "/_ping") {
			http.Error(w, `{"message": "no such image"}`, http.StatusNotFound)
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

func TestVersionsAreThoseWhoseImageIsThere(t *testing.T) {
	conf := desired.Deployment{Name: "m", Models: []desired.Model{{Version: "0.9", File: "m:0.9", SHA256: "old"}, {Version: "1", File: "m:1", SHA256: "img1"}, {Version: "2", File: "m:2", SHA256: "before"}},
		Revisions: []desired.Revision{{Number: 1, Variant: "A", Model: desired.Model{Version: "1", File: "m:1", SHA256: "img1"}}}}
	models, gone := named(conf, []engine.Image{{ID: "sha256:img1", Tags: []string{"m:1"}}, {ID: "sha256:anew", Tags: []string{"m:2"}}, {ID: "sha256:x", Tags: []string{"other:3"}}})
	var have []string
	for _, m := range models {
		have = append(have, m.Version+" "+m.SHA256)
	}
	if got := strings.Join(have, ", "); got != "1 img1, 2 anew" {
		t.Errorf("there is %s", got)
	}
	if len(gone) != 1 || gone[0].Version != "0.9" {
		t.Errorf("gone is %+v", gone)
	}
}

// TestARolloutNeedsItsImage: it is refused by the plan, not abandoned later.
func TestARolloutNeedsItsImage(t *testing.T) {
	s := testScene()
	s.Entry.Conf.Models = []desired.Model{{Version: "0.9", File: "m:0.9", SHA256: "old"}}
	b := withImages(t, "sha256:img1")
	for name, test := range map[string]struct {
		change backends.Change
		says   string // "" for a plan that is made
	}{
		"deploy of an image that is gone":   {backends.Change{Op: backends.OpDeploy, Variant: "B", Version: "0.9"}, "the image m:0.9 of version 0.9 (sha256 old) is not on the engine: `docker pull m:0.9`"},
		"promote of an image that is gone":  {backends.Change{Op: backends.OpPromote}, "the image m:2 of version 2"},
		"restart on an image that is there": {backends.Change{Op: backends.OpRestart, Variant: "A"}, ""},
		"scale up on an image that is gone": {backends.Change{Op: backends.OpScale, Variant: "B", Replicas: 2}, "the image m:2 of version 2"},
		"scale up":                          {backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 2}, ""},
	} {
		f := desired.Facts{Conf: s.Entry.Conf, Ready: map[string]int{"A": 1, "B": 1}, Now: testNow, MaxReplicas: maxReplicas, Artifact: "image"}
		p, err := desired.Make(f, test.change)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		err = b.makeable(t.Context(), s, p, test.change)
		unsupported := (*backends.UnsupportedError)(nil)
		if test.says == "" && err != nil || test.says != "" && (!errors.As(err, &unsupported) || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	kept := member("m-b-0", "B", "2", "")
	s.Found.Variants[1].Kept = append(s.Found.Variants[1].Kept, kept)
	if _, makes := s.makes(desired.Plan{Rolls: true, Conf: rolledBack(s)}); makes {
		t.Error("a rollback to containers that were kept asks for their image")
	}
}

// rolledBack is the configuration of a rollback of B to the revision that it runs.
func rolledBack(s scene) desired.Deployment {
	conf := s.Entry.Conf.Clone()
	conf.Rollout = &desired.Rollout{Operation: backends.OpRollback, Variant: "B", To: conf.Variant("B").Revision}
	return conf
}

// TestScaleToWhatIsWantedMakesTheMissing: the container is gone, and the number
// that is wanted is not.
func TestScaleToWhatIsWantedMakesTheMissing(t *testing.T) {
	s := testScene()
	same := backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 2}
	s.Entry.Conf.Variant("A").Replicas = 2
	plan := func() (desired.Plan, error) {
		return desired.Make(desired.Facts{Conf: s.Entry.Conf, Lost: s.lostReplicas(), Now: testNow, MaxReplicas: maxReplicas}, same)
	}
	p, err := plan()
	if err != nil || !p.Rolls || p.Effects[0] != (backends.Effect{What: "replicas of A", Before: "1 of 2 there", After: "2"}) ||
		!strings.HasPrefix(p.Event.Text, "A, of which 1 of 2 were there, scaled to 2") {
		t.Errorf("got %+v, %v", p, err)
	}
	s.Found.Variants[0].Members = append(s.Found.Variants[0].Members, member("m-a-2", "A", "1", "10.0.0.3"))
	if _, err := plan(); err == nil || !strings.Contains(err.Error(), "has 2 replicas already") {
		t.Errorf("with all there: %v", err)
	}
}

func TestAPausedFrontDoorHasToBeLetGoOn(t *testing.T) {
	s := testScene()
	s.Found.Door.Status, s.doorErr = "paused", errors.New("x")
	err := s.changeable(backends.Change{Op: backends.OpSplit})
	if err == nil || !strings.Contains(err.Error(), "m-door is paused: `docker unpause m-door` first") {
		t.Errorf("said: %v", err)
	}
}
