package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/internal/flow"
	"pitwall/backends/local/control"
	"pitwall/backends/local/supervisor/logs"
	"pitwall/backends/local/supervisor/process"
	"pitwall/backends/local/supervisor/state"
	"pitwall/serve/monitor"
)

// Supervisor is the running stack.
type Supervisor struct {
	config      Config
	log         *slog.Logger
	now         func() time.Time
	dir         *state.Dir
	store       *store
	library     library
	events      *events
	logs        *logs.Store
	bell        *bell
	practice    *practice
	deployments []*deployment // in name order, fixed
	startedAt   time.Time

	storing sync.Mutex // one model file at a time is taken over: two may be the same

	mu      sync.Mutex
	monitor *monitor.Monitor // nil before it runs
	metrics string           // where the supervisor's own are
	notes   []string

	children sync.WaitGroup // of the goroutines that note the end of a process
}

// Run runs the stack until ctx ends, then stops it in good order: traffic,
// front doors, replicas. It returns nil after an orderly stop. Errors:
// *state.LockedError when another supervisor has the state directory,
// *state.VersionError when another pitwall wrote it, or a sentence.
func Run(ctx context.Context, c Config) error {
	c, err := c.withDefaults()
	if err != nil {
		return err
	}
	dir, err := state.Open(c.StateDir)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	log, closeLog, err := c.openLog()
	if err != nil {
		return err
	}
	defer closeLog()
	s, err := newSupervisor(c, dir, log)
	if err != nil {
		return err
	}
	defer s.events.Close()
	defer s.logs.Close()
	return s.run(ctx)
}

func newSupervisor(c Config, dir *state.Dir, log *slog.Logger) (*Supervisor, error) {
	s := &Supervisor{config: c, log: log, now: c.Now, dir: dir, bell: newBell(), startedAt: c.Now(),
		logs: logs.New(dir.Path("logs"))}
	if err := s.killLeftovers(); err != nil {
		return nil, err
	}
	s.library = library{dir: dir, now: c.Now, baseline: baselines{c.Models}.make}
	store, seeded, err := openStore(dir, func() ([]desired.Deployment, error) { return makeSeeds(s.library, c.Models) })
	if err != nil {
		return nil, err
	}
	s.store = store
	s.events = openEvents(dir.Path("events.jsonl"), c.Now)
	if s.practice, err = newPractice(c, s); err != nil {
		return nil, err
	}
	for _, conf := range store.Stack().Deployments {
		s.deployments = append(s.deployments, s.newDeployment(conf))
	}
	text := "the stack started"
	if seeded {
		text = "the stack was set up and started"
	}
	s.event(backends.Event{Kind: "supervisor", State: backends.OK, Text: text})
	return s, nil
}

// killLeftovers ends the processes of a run that was killed.
func (s *Supervisor) killLeftovers() error {
	children, err := s.dir.LoadChildren()
	if err != nil {
		return err
	}
	for _, c := range children {
		killed, err := process.KillLeftover(c.PID, c.Started)
		if err != nil {
			return err
		}
		if killed {
			s.log.Info("killed a process of the last run", "name", c.Name, "pid", c.PID)
		}
	}
	return s.dir.SaveChildren(nil)
}

func (s *Supervisor) run(ctx context.Context) (err error) {
	background := context.WithoutCancel(ctx) // the parts end one after another, not with ctx
	listener, err := control.Listen(s.config.StateDir)
	if err != nil {
		return err
	}
	requests, endRequests := context.WithCancel(background)
	defer endRequests()
	server := s.serve(requests, listener)
	defer func() {
		endRequests()
		err = errors.Join(err, server.Close())
		control.Remove(s.config.StateDir)
	}()

	closeMonitor, err := s.startMonitor(background)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeMonitor()) }()
	if err := s.checkListen(); err != nil {
		return err
	}
	upkeep, endUpkeep := context.WithCancel(background)
	var wg sync.WaitGroup
	for _, d := range s.deployments {
		d.boot(background)
	}
	wg.Go(func() { s.keepTargets(upkeep) })
	wg.Go(func() { s.keepHealth(upkeep) })
	wg.Go(func() { s.fillRegistry(upkeep) })
	s.announce(ctx)
	s.practice.start(upkeep)

	<-ctx.Done()
	s.log.Info("stopping")
	s.practice.stop()
	endUpkeep()
	s.stopAll()
	wg.Wait()
	s.children.Wait()
	s.event(backends.Event{Kind: "supervisor", State: backends.OK, Text: "the stack stopped"})
	return s.saveAll()
}

// checkListen refuses addresses that were asked for and are taken, before
// anything is started.
func (s *Supervisor) checkListen() error {
	for _, d := range s.deployments {
		if asked := s.config.Listen[d.name]; asked != "" {
			if err := free(asked); err != nil {
				return fmt.Errorf("%s cannot listen where it was asked to: %w: choose another port", d.name, err)
			}
		}
	}
	return nil
}

// serve answers on the control socket. Streams end with ctx.
func (s *Supervisor) serve(ctx context.Context, l net.Listener) *http.Server {
	server := &http.Server{
		Handler:           s.handler(),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	go func() { _ = server.Serve(l) }() // ends with Close
	return server
}

// stopAll stops the front doors, then the replicas; each drains.
func (s *Supervisor) stopAll() {
	var wg sync.WaitGroup
	for _, d := range s.deployments {
		wg.Go(d.shut)
	}
	wg.Wait()
}

func (s *Supervisor) saveAll() error {
	var errs []error
	for _, d := range s.deployments {
		errs = append(errs, d.save())
	}
	return errors.Join(errs...)
}

// announce calls Config.Ready once all front doors listen or have failed to.
func (s *Supervisor) announce(ctx context.Context) {
	if s.config.Ready == nil {
		return
	}
	for ctx.Err() == nil {
		next := s.bell.Next()
		waiting := slices.ContainsFunc(s.deployments, func(d *deployment) bool {
			st := d.gate.Status()
			return !st.up && st.restarts == 0
		})
		if !waiting {
			s.config.Ready(s.Stack())
			return
		}
		select {
		case <-next:
		case <-ctx.Done():
		}
	}
}

// keepHealth counts the good time of the revisions and remembers it now and then.
func (s *Supervisor) keepHealth(ctx context.Context) {
	const saveEvery = 15
	for n := 1; flow.Sleep(ctx, time.Second); n++ {
		for _, d := range s.deployments {
			d.accrue(time.Second)
			if n%saveEvery == 0 {
				if err := d.save(); err != nil {
					s.log.Warn("the health of revisions could not be remembered", "error", err.Error())
				}
			}
		}
	}
}

// Stack tells what runs.
func (s *Supervisor) Stack() control.Stack {
	out := control.Stack{PID: os.Getpid(), StateDir: s.config.StateDir, StartedAt: s.startedAt}
	for _, d := range s.deployments {
		if addr := d.gate.Status().addr; addr != "" {
			out.Addresses = append(out.Addresses, control.Address{Deployment: d.name, URL: "http://" + addr})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.monitor != nil {
		out.Prometheus = s.monitor.URL()
	}
	out.Notes = slices.Clone(s.notes)
	return out
}

func (s *Supervisor) listing() control.Listing {
	out := control.Listing{At: s.now(), Deployments: []backends.Deployment{}}
	for _, d := range s.deployments {
		out.Deployments = append(out.Deployments, d.snapshot())
	}
	return out
}

// deployment finds one by name.
func (s *Supervisor) deployment(name string) (*deployment, error) {
	var have []string
	for _, d := range s.deployments {
		if d.name == name {
			return d, nil
		}
		have = append(have, d.name)
	}
	return nil, &backends.NotFoundError{Kind: "deployment", Name: name, Have: have}
}

// note tells whoever starts or attaches to the stack something.
func (s *Supervisor) note(text string) {
	s.mu.Lock()
	s.notes = append(s.notes, text)
	s.mu.Unlock()
	s.event(backends.Event{Kind: "note", State: backends.OK, Text: text})
}

func (s *Supervisor) event(e backends.Event) {
	s.events.Add(e)
	s.log.Info("event", "deployment", e.Deployment, "variant", e.Variant, "replica", e.Replica, "kind", e.Kind, "state", e.State.String(), "text", e.Text, "by", e.By)
	s.bell.Ring()
}

func (s *Supervisor) changed() { s.bell.Ring() }

func (s *Supervisor) put(conf desired.Deployment) error { return s.store.Put(conf) }
