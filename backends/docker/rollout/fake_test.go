package rollout

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/world"
)

// fakeEngine is an engine with a front door and a ledger for one deployment. It
// counts how often somebody would have lost a request.
type fakeEngine struct {
	mu         sync.Mutex
	containers map[string]*engine.Container // by name
	next       int
	door       frontdoor.Config
	version    int
	entry      ledger.Entry
	broken     map[string]bool // images whose containers end at once
	jammed     int             // containers that the engine cannot start any more
	down       int             // calls that still fail because the engine is away
	full       int             // commits that still fail because its disk is full
	lost       []string        // what would have hurt a user
	drained    map[string]time.Time
	now        func() time.Time
	calls      []string
	takes      time.Duration // to end after SIGTERM
}

func newFake(replicas int) *fakeEngine {
	f := &fakeEngine{containers: map[string]*engine.Container{}, broken: map[string]bool{}, drained: map[string]time.Time{}, now: time.Now}
	var members []frontdoor.Member
	for i := range replicas {
		name := fmt.Sprintf("m-a-r1-%d", i+1)
		f.make(name, "img1", map[string]string{world.LabelDeployment: "m", world.LabelVariant: "A", world.LabelVersion: "1",
			world.LabelRevision: "1", world.LabelReplica: fmt.Sprint(i + 1)})
		f.run(name)
		members = append(members, frontdoor.Member{Name: name, Host: name, Port: 8080})
	}
	f.door = frontdoor.Config{Kind: frontdoor.Gateway, Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{"A": members}, Hash: "0"}
	f.entry = ledger.Entry{Seq: 1, Conf: desired.Deployment{Name: "m",
		Variants: []desired.Variant{{Name: "A", Revision: 1, Replicas: replicas, Weight: 100}},
		Revisions: []desired.Revision{{Number: 1, Variant: "A", Replicas: replicas, Model: desired.Model{Version: "1", SHA256: "img1"}},
			{Number: 2, Variant: "A", Replicas: replicas, Model: desired.Model{Version: "2", SHA256: "img2"}}}}}
	return f
}

func (f *fakeEngine) make(name, image string, labels map[string]string) {
	f.next++
	f.containers[name] = &engine.Container{ID: fmt.Sprintf("id%d", f.next), Name: name, ImageID: "sha256:" + image, Labels: labels,
		Status: "created", Networks: map[string]string{"net": ""}, Created: f.now()}
}

func (f *fakeEngine) run(name string) {
	c := f.containers[name]
	c.Status, c.StartedAt = "running", f.now()
	c.Networks = map[string]string{"net": fmt.Sprintf("172.18.0.%d", f.next)}
}

func (f *fakeEngine) byID(id string) *engine.Container {
	for _, c := range f.containers {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// away fails a call while the engine is down.
func (f *fakeEngine) away(call string) error {
	f.calls = append(f.calls, call)
	if f.down > 0 {
		f.down--
		return &engine.DownError{Host: "fake", Err: errors.New("connection refused")}
	}
	return nil
}

func (f *fakeEngine) Clone(_ context.Context, from string, c engine.CloneSpec) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.away("clone " + c.Name); err != nil {
		return "", err
	}
	labels := maps.Clone(f.byID(from).Labels)
	maps.Copy(labels, c.Labels)
	f.make(c.Name, strings.TrimPrefix(c.Image, "sha256:"), labels)
	return f.containers[c.Name].ID, nil
}

func (f *fakeEngine) Start(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.byID(id)
	if err := f.away("start " + c.Name); err != nil {
		return err
	}
	f.run(c.Name)
	if f.jammed > 0 {
		f.jammed--
		c.Status = "created"
		return &engine.StartError{Container: c.Name, Cause: engine.CauseJammed, Err: errors.New("task already exists")}
	}
	if f.broken[c.ImageID] {
		c.Status, c.ExitCode = "exited", 3
	}
	return nil
}

func (f *fakeEngine) Stop(_ context.Context, id string, grace time.Duration) error {
	time.Sleep(min(f.takes, grace))
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.byID(id)
	if err := f.away("stop " + c.Name); err != nil {
		return err
	}
	for _, members := range f.door.Members {
		if c.Status == "running" && slices.ContainsFunc(members, func(m frontdoor.Member) bool { return m.Name == c.Name && !m.Draining }) {
			f.lost = append(f.lost, c.Name+" was stopped while the front door sent to it")
		}
	}
	if at, was := f.drained[c.Name]; c.Status == "running" && was && f.now().Sub(at) < time.Second {
		f.lost = append(f.lost, c.Name+" was stopped before its requests had ended")
	}
	if c.Status == "running" {
		c.Status, c.FinishedAt = "exited", f.now()
	}
	c.Networks = map[string]string{"net": ""}
	return nil
}

func (f *fakeEngine) Remove(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.byID(id)
	if err := f.away("remove " + c.Name); err != nil {
		return err
	}
	delete(f.containers, c.Name)
	return nil
}

func (f *fakeEngine) Look(context.Context) (Scene, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.away("look"); err != nil {
		return Scene{}, err
	}
	return f.scene(), nil
}

func (f *fakeEngine) scene() Scene {
	d := world.Deployment{Name: "m", Door: &engine.Container{Name: "door", Status: "running", Networks: map[string]string{"net": "172.18.0.200"}}}
	byVariant := map[string]*world.Variant{}
	for _, name := range slices.Sorted(maps.Keys(f.containers)) {
		c := *f.containers[name]
		m := world.Member{Container: c, Variant: c.Labels[world.LabelVariant], Version: c.Labels[world.LabelVersion], Port: 8080}
		_, _ = fmt.Sscan(c.Labels[world.LabelReplica], &m.Number)
		_, _ = fmt.Sscan(c.Labels[world.LabelRevision], &m.Revision)
		v := byVariant[m.Variant]
		if v == nil {
			v = &world.Variant{Name: m.Variant}
			byVariant[m.Variant] = v
		}
		if c.Status == "exited" && c.ExitCode == 0 {
			v.Kept = append(v.Kept, m)
		} else {
			v.Members = append(v.Members, m)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byVariant)) {
		d.Variants = append(d.Variants, *byVariant[name])
	}
	door := f.door
	door.Members = maps.Clone(f.door.Members)
	return Scene{Found: d, Door: door, Entry: f.entry.Clone()}
}

func (f *fakeEngine) Commit(_ context.Context, change func(*ledger.Entry) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.away("commit"); err != nil {
		return err
	}
	if f.full > 0 {
		f.full--
		return &engine.FullError{Host: "fake", Doing: "create a volume", Err: errors.New("no space left on device")}
	}
	e := f.entry.Clone()
	if err := change(&e); err != nil {
		return err
	}
	e.Seq++
	f.entry = e
	return nil
}

func (f *fakeEngine) Tell(_ context.Context, edit func(Scene) (frontdoor.Want, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.away("tell"); err != nil {
		return err
	}
	want, err := edit(f.scene())
	if err != nil {
		return err
	}
	for name, weight := range want.Split {
		serving := 0
		for _, m := range want.Members[name] {
			if c := f.containers[m.Name]; c == nil || c.Status != "running" {
				f.lost = append(f.lost, "the front door was told of "+m.Name+", which does not run")
			} else {
				serving++
			}
		}
		if weight > 0 && serving == 0 {
			f.lost = append(f.lost, name+" has weight and nobody to serve")
		}
	}
	for name, members := range f.door.Members {
		for _, m := range members {
			if !slices.ContainsFunc(want.Members[name], func(o frontdoor.Member) bool { return o.Name == m.Name }) {
				f.drained[m.Name] = f.now()
			}
		}
	}
	f.version++
	f.door.Split, f.door.Members, f.door.Hash = want.Split, want.Members, fmt.Sprint(f.version)
	return nil
}

// begin writes a planned change into the ledger as an Apply does.
func (f *fakeEngine) begin(t *testing.T, c backends.Change) {
	t.Helper()
	c.Deployment = "m"
	ready := map[string]int{}
	for _, v := range f.scene().Found.Variants {
		ready[v.Name] = len(v.Members)
	}
	models := []desired.Model{{Version: "1", SHA256: "img1"}, {Version: "2", SHA256: "img2"}}
	f.entry.Conf.Models = models
	p, err := desired.Make(desired.Facts{Conf: f.entry.Conf, Ready: ready, Now: f.now(), MaxReplicas: 9, Artifact: "image"}, c)
	if err != nil {
		t.Fatal(err)
	}
	f.entry.Conf = p.Conf
	f.entry.Work = &ledger.Work{Owner: "me", Rolls: true, Beat: f.now()}
}

func (f *fakeEngine) roller() *Roller {
	return &Roller{Site: f, Containers: f, Owner: "me", Now: f.now, Start: DefaultStart, Drain: DefaultDrain, Grace: DefaultGrace,
		Probe: func(_ context.Context, m world.Member) error {
			if f.now().Sub(m.Container.StartedAt) < 1500*time.Millisecond {
				return errors.New("it is loading")
			}
			return nil
		},
		LastLine: func(context.Context, string) string { return "panic: no model" }}
}

// running lists the versions that run, in order of names.
func (f *fakeEngine) running() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(f.containers)) {
		if c := f.containers[name]; c.Status == "running" {
			out = append(out, c.Labels[world.LabelVersion])
		}
	}
	return out
}
