package supervisor

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/serve/fault"
)

const (
	probeEvery     = time.Second
	probeFast      = 50 * time.Millisecond // until it is ready for the first time
	probeTimeout   = 2 * time.Second
	probeFailures  = 3 // in a row, then the process is replaced
	startTimeout   = time.Minute
	stopGrace      = 10 * time.Second
	crashLoopAfter = 2 // failures in a row
)

// phase is where a replica is in its life.
type phase int

const (
	phaseStarting phase = iota // the process is not ready yet
	phaseReady
	phaseUnready // was ready and does not answer now
	phaseDown    // no process; waits for the next start
)

// status is what is known of a replica now.
type status struct {
	phase    phase
	draining bool   // leaves the front door and is then stopped
	addr     string // "" while no process listens
	lastAddr string // where the last process listened
	pid      int
	started  time.Time
	restarts int // since the replica was created
	failures int // in a row
	exit     *backends.Exit
	reason   string
}

// replica keeps one serving process alive and knows its health.
type replica struct {
	name     string
	variant  string
	revision int
	epoch    int // which wish of the deployment it fulfils
	version  string
	trial    bool // its first start decides; it is not tried again

	start   func() (instance, error)
	probe   func(ctx context.Context, addr string) error
	now     func() time.Time
	faults  func(*replica) []fault.Fault // that a new process has to have
	changed func()                       // after every change of the status
	event   func(kind string, state backends.State, text string)

	first  chan error // how the first start went: nil or why it failed; buffered
	cancel context.CancelFunc
	done   chan struct{} // closed when run has returned

	mu     sync.Mutex
	st     status
	child  instance
	judged bool // first has its value
}

// Status is safe to call from any goroutine.
func (r *replica) Status() status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.st
}

func (r *replica) update(f func(*status)) {
	r.mu.Lock()
	f(&r.st)
	r.mu.Unlock()
	r.changed()
}

// run lives until ctx ends and then stops the process in good order.
func (r *replica) run(ctx context.Context) {
	defer close(r.done)
	life := func(ctx context.Context) time.Duration {
		healthy := r.life(ctx)
		if r.trial && healthy == 0 && r.Status().restarts == 0 {
			<-ctx.Done()
		}
		return healthy
	}
	keep(ctx, life, func(failures int, wait time.Duration) {
		r.update(func(s *status) {
			s.failures = failures
			s.restarts++
			s.reason = fmt.Sprintf("%s; next start in %v", exitText(s.exit), wait)
		})
		r.event("backoff", backends.Warn, fmt.Sprintf("%s starts again in %v (failure %d in a row)", r.name, wait, failures))
	})
}

// life runs one process from start to end and returns how long it was ready.
func (r *replica) life(ctx context.Context) (healthy time.Duration) {
	child, err := r.start()
	if err != nil {
		r.ended(backends.Exit{Code: -1, At: r.now(), Log: err.Error()})
		return 0
	}
	r.mu.Lock()
	r.child = child
	r.mu.Unlock()
	r.update(func(s *status) {
		*s = status{phase: phaseStarting, draining: s.draining, lastAddr: s.lastAddr, pid: child.PID(), started: r.now(),
			restarts: s.restarts, failures: s.failures, exit: s.exit, reason: "starting"}
	})
	since, reason := r.watch(ctx, child)
	child.Stop(stopGrace) // returns at once when it is gone
	exit := child.Exit()
	if ctx.Err() != nil {
		return 0
	}
	if reason != "" {
		exit.Log = reason
	}
	r.ended(exit)
	if since.IsZero() {
		return 0
	}
	return r.now().Sub(since)
}

// watch probes the process until it ends, has to be replaced (for a reason),
// or ctx ends. since is when it became ready, zero for never.
func (r *replica) watch(ctx context.Context, child instance) (since time.Time, reason string) {
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	at, err := child.Listening(starting)
	if err != nil {
		if starting.Err() != nil {
			return since, fmt.Sprintf("it did not listen within %v", startTimeout)
		}
		return since, ""
	}
	r.update(func(s *status) { s.addr, s.lastAddr = at.Addr, at.Addr })
	r.send(child, r.faults(r))
	failures := 0
	for {
		err := r.probe(ctx, at.Addr)
		switch {
		case err == nil:
			failures = 0
			if since.IsZero() {
				since = r.now()
			}
			r.ready(since)
		case since.IsZero() && starting.Err() != nil:
			return since, fmt.Sprintf("it was not ready within %v", startTimeout)
		case !since.IsZero() && ctx.Err() == nil:
			if failures++; failures == probeFailures {
				return since, fmt.Sprintf("it did not answer /ready %d times and was replaced: %v", failures, err)
			}
			r.unready(failures, err)
		}
		every := probeEvery
		if since.IsZero() {
			every = probeFast
		}
		if !pause(ctx, child, every) {
			return since, ""
		}
	}
}

// pause waits; false when the process or ctx ended.
func pause(ctx context.Context, child instance, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-child.Done():
		return false
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func (r *replica) ready(since time.Time) {
	before := r.Status()
	if r.now().Sub(since) >= healthyReset && before.failures > 0 {
		r.update(func(s *status) { s.failures, s.reason = 0, "" })
	}
	if before.phase == phaseReady {
		return
	}
	r.update(func(s *status) {
		s.phase, s.reason = phaseReady, ""
		if s.failures >= crashLoopAfter {
			s.reason = fmt.Sprintf("failed %d times in a row: %s", s.failures, exitText(s.exit))
		}
	})
	r.event("ready", backends.OK, r.name+" is ready")
	r.judge(nil)
}

func (r *replica) unready(failures int, err error) {
	r.update(func(s *status) {
		s.phase = phaseUnready
		s.reason = fmt.Sprintf("does not answer /ready (%d of %d): %v", failures, probeFailures, err)
	})
	if failures == 1 {
		r.event("unready", backends.Warn, r.name+" does not answer /ready")
	}
}

func (r *replica) ended(exit backends.Exit) {
	r.mu.Lock()
	r.child = nil
	r.mu.Unlock()
	r.update(func(s *status) {
		s.phase, s.addr, s.pid, s.exit = phaseDown, "", 0, &exit
		s.reason = exitText(&exit)
	})
	r.event("exit", backends.Fail, fmt.Sprintf("%s %s", r.name, exitText(&exit)))
	r.judge(fmt.Errorf("%s %s", r.name, exitText(&exit)))
}

// judge tells how the first start went, once.
func (r *replica) judge(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.judged {
		r.judged = true
		r.first <- err
	}
}

// Inject gives the running process faults; one that starts later asks for its own.
func (r *replica) Inject(faults []fault.Fault) {
	r.mu.Lock()
	child := r.child
	r.mu.Unlock()
	if child != nil {
		r.send(child, faults)
	}
}

func (r *replica) send(child instance, faults []fault.Fault) {
	for _, f := range faults {
		line, err := f.Line()
		if err == nil {
			err = child.Send(line)
		}
		if err != nil {
			r.event("note", backends.Warn, fmt.Sprintf("the practice fault %q could not be given to %s: %v", f.Kind, r.name, err))
			return
		}
	}
}

// httpProbe asks GET /ready on a new connection: a process that no longer
// accepts connections must not look ready over an old one.
func httpProbe() func(context.Context, string) error {
	client := &http.Client{
		Timeout:       probeTimeout,
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, addr string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/ready", nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("GET /ready: status %d", resp.StatusCode)
		}
		return nil
	}
}
