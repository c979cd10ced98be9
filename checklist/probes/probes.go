// Package probes answers the items of the checklist that a machine can answer.
//
// A probe reads: it changes nothing, asks for the least rights, and what it may
// not or cannot see is unknown, with the reason. It says what exactly was
// proven, never that something "is OK". Values that may be secret never reach a
// finding.
package probes

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/prometheus"
	"pitwall/checklist"
)

// Metrics is what Prometheus counted and scrapes.
type Metrics interface {
	Counts(ctx context.Context, deployment string, since time.Time, step time.Duration) ([]prometheus.Interval, error)
	Targets(ctx context.Context, deployment string) ([]prometheus.Target, error)
}

// Alerting is who watches, and who is told.
type Alerting interface {
	Rules(ctx context.Context, deployment string) ([]prometheus.Rule, error)
	Receivers(ctx context.Context) ([]string, error)
}

// ErrNotRegistered says that a registry was read, and does not have a version.
var ErrNotRegistered = errors.New("not registered")

// Registry finds the registered version of a model. The error is
// ErrNotRegistered where there is none.
type Registry interface {
	Registered(ctx context.Context, deployment, version string) (Registered, error)
}

// Registered is a version of a model as a registry has it.
type Registered struct {
	Model, Version string
	Aliases        []string
	Status         string             // READY, PENDING_REGISTRATION or FAILED_REGISTRATION
	Validation     string             // the tag validation_status, "" for none
	RunID          string             // "" when no run made it
	RunStatus      string             // FINISHED, RUNNING, FAILED…; "deleted" when it was deleted
	Metrics        map[string]float64 // of the run
	Dataset        string             // that it was measured on, with its digest; "" unknown
	Bytes          int64              // of its files, -1 unknown
	From           string             // where that was read
}

// Reacher opens a way to a replica of a deployment, as the URL of its server.
// done closes it.
type Reacher interface {
	Reach(ctx context.Context, deployment, replica string) (url string, done func(), err error)
}

// Records reads the journal.
type Records interface {
	Records(since time.Time) ([]journal.Record, error)
}

// Scanner runs a program that scans an image, and returns its JSON.
type Scanner interface {
	// Find tells which program there is, of some names, "" for none of them.
	Find(names ...string) string
	Scan(ctx context.Context, program, image string) ([]byte, error)
}

// Sources are what the probes ask. What is nil is not there, and makes the
// probes that need it unknown.
type Sources struct {
	Deployment backends.Deployment // as it was listed
	Subject    checklist.Subject
	Signals    map[string]backends.Signals // by variant, as last measured; "" for all
	Settings   checklist.Settings

	Configurer backends.Configurer
	Measurer   backends.Measurer
	Smoke      backends.SmokeTester
	Reacher    Reacher
	Metrics    Metrics
	Alerting   Alerting
	Registry   Registry
	Records    Records
	Scanner    Scanner
	Files      fs.FS                    // the directory that pitwall runs in
	HTTP       *http.Client             // for the services that the settings name
	Env        func(name string) string // holds the tokens of these
	Now        func() time.Time
}

// asker is Sources with what several probes need, read once.
type asker struct {
	Sources
	setup      func(ctx context.Context) (backends.Setup, error)
	registered func(ctx context.Context) (Registered, error)
	rules      func(ctx context.Context) ([]prometheus.Rule, error)
}

// table is every probe by name.
var table = map[string]func(*asker, context.Context) checklist.Finding{
	"alerts.receiver":      (*asker).alertReceiver,
	"alerts.rules":         (*asker).alertRules,
	"autoscaling":          (*asker).autoscaling,
	"balancer":             (*asker).balancer,
	"dockerfile.pinned":    (*asker).dockerfilePinned,
	"dockerfile.stages":    (*asker).dockerfileStages,
	"drift":                (*asker).drift,
	"environment":          (*asker).environment,
	"health.answers":       (*asker).healthAnswers,
	"health.configured":    (*asker).healthConfigured,
	"health.orchestration": (*asker).healthOrchestration,
	"image.identity":       (*asker).imageIdentity,
	"image.pinned":         (*asker).imagePinned,
	"image.scan":           (*asker).imageScan,
	"latency":              (*asker).latency,
	"limits":               (*asker).limits,
	"logging":              (*asker).logging,
	"model.run":            (*asker).modelRun,
	"model.size":           (*asker).modelSize,
	"monitoring.dashboard": (*asker).dashboard,
	"monitoring.metrics":   (*asker).monitoring,
	"on-call":              (*asker).onCall,
	"rolling.configured":   (*asker).rollingConfigured,
	"rolling.measured":     (*asker).rollingMeasured,
	"rollback.drill":       (*asker).rollbackDrill,
	"rollback.possible":    (*asker).rollbackPossible,
	"rollback.runbook":     (*asker).runbook,
	"secrets":              (*asker).secrets,
	"secrets.committed":    (*asker).secretsCommitted,
	"smoke":                (*asker).smoke,
	"split":                (*asker).split,
	"usage":                (*asker).usage,
	"user":                 (*asker).user,
}

// Names are the probes that there are, in order.
func Names() []string {
	names := make([]string, 0, len(table))
	for name := range table {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Of are the probes of one deployment's variant. What several of them ask is
// read once, when the first asks for it: make them anew to look again.
func Of(s Sources) map[string]checklist.Probe {
	name := s.Deployment.Name
	a := &asker{Sources: s}
	a.setup = once(func(ctx context.Context) (backends.Setup, error) { return s.Configurer.Setup(ctx, name) })
	a.registered = once(func(ctx context.Context) (Registered, error) {
		return s.Registry.Registered(ctx, name, s.Subject.Version)
	})
	a.rules = once(func(ctx context.Context) ([]prometheus.Rule, error) { return s.Alerting.Rules(ctx, name) })
	probes := make(map[string]checklist.Probe, len(table))
	for name, ask := range table {
		probes[name] = func(ctx context.Context) checklist.Finding { return taught(name, ask(a, ctx)) }
	}
	return probes
}

// once reads for all that ask, within the time of a probe and whoever asked
// first. Each waits for it as long as its own context lasts.
func once[T any](read func(ctx context.Context) (T, error)) func(ctx context.Context) (T, error) {
	var (
		begin sync.Once
		done  = make(chan struct{})
		value T
		err   error
	)
	return func(ctx context.Context) (T, error) {
		begin.Do(func() {
			go func() {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checklist.ProbeTimeout)
				defer cancel()
				defer close(done)
				value, err = read(ctx)
			}()
		})
		select {
		case <-done:
			return value, err
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
	}
}
