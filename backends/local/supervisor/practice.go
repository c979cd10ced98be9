package supervisor

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/flow"
	"pitwall/serve/fault"
	"pitwall/serve/traffic"
)

const (
	// practised is the deployment that incidents happen to; the others go on
	// as they are, to compare with.
	practised = "model-api"
	calm      = "calm"
)

// practice sends the traffic and makes incidents. Which one runs is not
// remembered: a new supervisor is calm.
type practice struct {
	s    *Supervisor
	data map[string]dataset // by deployment
	end  context.CancelFunc
	wg   sync.WaitGroup

	starting sync.Mutex // one change of the scenario at a time

	mu         sync.Mutex
	scenario   traffic.Scenario
	since      time.Time
	generators map[string]*traffic.Generator // by deployment
}

func newPractice(c Config, s *Supervisor) (*practice, error) {
	p := &practice{s: s, data: make(map[string]dataset), generators: make(map[string]*traffic.Generator), since: s.now()}
	p.scenario, _ = traffic.Find(calm)
	if _, err := findScenario(c.Scenario); c.Scenario != "" && err != nil {
		return nil, err
	}
	for _, seed := range seeds {
		data, err := readDataset(c.Models, seed.name)
		if err != nil {
			return nil, err
		}
		p.data[seed.name] = data
	}
	return p, nil
}

func findScenario(name string) (traffic.Scenario, error) {
	if found, ok := traffic.Find(name); ok {
		return found, nil
	}
	var have []string
	for _, s := range traffic.Scenarios() {
		have = append(have, s.Name)
	}
	return traffic.Scenario{}, &backends.NotFoundError{Kind: "scenario", Name: name, Have: have}
}

// list tells the scenarios and which one runs.
func (p *practice) list() []backends.Scenario {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := []backends.Scenario{}
	for _, s := range traffic.Scenarios() {
		shown := backends.Scenario{Name: s.Name, Title: s.Title, About: s.About + " " + s.Cure}
		if s.Name == p.scenario.Name {
			shown.Running, shown.Since = true, p.since
		}
		out = append(out, shown)
	}
	return out
}

// faults are what a replica has to do wrong now.
func (p *practice) faults(deployment string, r *replica, rank int) []fault.Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []fault.Fault
	if deployment != practised {
		return nil
	}
	for _, i := range p.scenario.Faults {
		if i.Target.Matches(r.variant, r.version, rank) {
			out = append(out, i.Fault)
		}
	}
	return out
}

// begin makes a scenario run instead of the one that does.
func (p *practice) begin(ctx context.Context, name string) error {
	scenario, err := findScenario(name)
	if err != nil {
		return err
	}
	d, err := p.s.deployment(practised)
	if err != nil {
		return err
	}
	p.starting.Lock()
	defer p.starting.Unlock()
	if err := release(ctx, d, scenario.Deploy); err != nil {
		return err
	}
	p.mu.Lock()
	p.scenario, p.since = scenario, p.s.now()
	for name, g := range p.generators {
		p.shape(name, g)
	}
	p.mu.Unlock()
	d.inject()
	state, text := backends.Warn, "practice began: "+scenario.Title
	if name == calm {
		state, text = backends.OK, "practice ended: all is calm"
	}
	d.say("scenario", state, "", "", "", text)
	return nil
}

// release makes the deploy that a scenario begins with, as a person would,
// unless the version runs already.
func release(ctx context.Context, d *deployment, deploy *traffic.Deploy) error {
	if deploy == nil {
		return nil
	}
	conf := d.config()
	if v := conf.Variant(deploy.Variant); v != nil && conf.Revision(v.Revision).Model.Version == deploy.Version {
		return nil
	}
	return d.apply(ctx, backends.Change{Op: backends.OpDeploy, Deployment: d.name, Variant: deploy.Variant,
		Version: deploy.Version, By: "practice", Reason: "scenario", Token: d.token(conf)}, nil)
}

// inject gives every replica the faults that it has to have now, and no other.
func (d *deployment) inject() {
	d.mu.Lock()
	replicas := slices.Clone(d.replicas)
	d.mu.Unlock()
	for _, r := range replicas {
		r.Inject(append([]fault.Fault{{Kind: fault.None}}, r.faults(r)...))
	}
}

// rank is the place of a replica among those of its variant, 1 for the first.
func (d *deployment) rank(r *replica) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 1
	for _, o := range d.replicas {
		if o.variant == r.variant && replicaNumber(o.name) < replicaNumber(r.name) {
			n++
		}
	}
	return n
}

// shape gives a generator the rate and the shifts of the scenario. p.mu is held.
func (p *practice) shape(deployment string, g *traffic.Generator) {
	rate, shifts := p.s.config.Rate, []traffic.Shift(nil)
	if deployment == practised {
		if f := p.scenario.Traffic.RateFactor; f > 0 {
			rate *= f
		}
		shifts = p.scenario.Traffic.Shifts
	}
	if err := errors.Join(g.SetRate(min(rate, traffic.MaxRate)), g.SetShifts(shifts...)); err != nil {
		p.s.log.Error("the traffic does not fit the scenario", "deployment", deployment, "error", err.Error())
	}
}

// start sends traffic to every front door until stop.
func (p *practice) start(ctx context.Context) {
	ctx, p.end = context.WithCancel(ctx)
	for i, d := range p.s.deployments {
		if data, ok := p.data[d.name]; ok && p.s.config.Rate > 0 {
			p.wg.Go(func() { p.feed(ctx, d, traffic.HeldOut(data.Rows), uint64(i)) })
		}
	}
	if name := p.s.config.Scenario; name != "" && name != calm {
		if err := p.begin(ctx, name); err != nil {
			p.s.note("the scenario could not be started: " + err.Error())
		}
	}
}

// feed sends traffic to a front door, and to its next address when it moves.
func (p *practice) feed(ctx context.Context, d *deployment, rows [][]float32, seed uint64) {
	for ctx.Err() == nil {
		next := p.s.bell.Next()
		addr := d.gate.Status().addr
		if addr == "" {
			select {
			case <-next:
			case <-ctx.Done():
			}
			continue
		}
		g, err := traffic.New(traffic.Config{URL: "http://" + addr + "/predict", Rows: rows, Seed: seed})
		if err != nil {
			p.s.log.Error("no traffic", "deployment", d.name, "error", err.Error())
			return
		}
		p.mu.Lock()
		p.generators[d.name] = g
		p.shape(d.name, g)
		p.mu.Unlock()
		there, cancel := context.WithCancel(ctx)
		p.wg.Go(func() {
			defer cancel()
			for there.Err() == nil && d.gate.Status().addr == addr {
				flow.Sleep(there, time.Second)
			}
		})
		g.Run(there)
		cancel()
	}
}

// stop ends the traffic and returns when the last request was answered.
func (p *practice) stop() {
	p.end()
	p.wg.Wait()
}
