package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/checklist"
	"pitwall/checklist/probes"
)

// checklistConfig says whose items are walked, and where people share what
// they sign.
type checklistConfig struct {
	Items  string `yaml:"items"`  // a team's file; a relative path begins at the configuration's own directory
	Shared string `yaml:"shared"` // a directory; default: beside the journal. A cluster keeps it itself
}

// openWalk makes the checklist of a deployment's variant. Nothing is read yet.
func (a *app) openWalk(s *session, r fleet.Row, f checklistFlags) (*checklist.Walk, error) {
	list, err := a.items(s.checklist, f.items, r.Deployment.Name)
	if err != nil {
		return nil, misuse{err}
	}
	subject, err := s.subjectOf(r, f.variant)
	if err != nil {
		return nil, err
	}
	o := checklist.WalkOptions{List: list, Subject: subject, By: actor().String(), Now: a.now}
	loader, merger := s.sharedRecord()
	o.Loader = loader
	switch {
	case s.readOnly != "":
		o.Why = "this console is read-only (" + s.readOnly + ")"
	case s.noRecord != nil:
		o.Why = "nothing can be signed: " + s.noRecord.Error()
	default:
		o.Merger, o.Signer = merger, signer{s.journal, s.place}
	}
	o.Probes = func() map[string]checklist.Probe {
		now, found := s.fleet.Snapshot().Row(r.Deployment.Name)
		if !found {
			now = r
		}
		return probes.Of(a.sources(s, now, subject, list.Settings))
	}
	return checklist.NewWalk(o), nil
}

// sharedRecord is where the checklists of deployments are recorded. merger is nil where
// they can only be read.
func (s *session) sharedRecord() (checklist.Loader, checklist.Merger) {
	switch kept := s.lister().(type) {
	case backends.Sharer:
		shared := checklist.Shared{Sharer: kept}
		return shared, shared
	case backends.SharedReader:
		return checklist.SharedLoader{SharedReader: kept}, nil
	}
	dir := checklist.Dir{Path: s.sharedDir, Shared: s.checklist.Shared != ""}
	return dir, dir
}

// items reads the list, with a team's file over it where there is one.
func (a *app) items(conf checklistConfig, asked, deployment string) (checklist.List, error) {
	path := asked
	if path == "" {
		path = conf.Items
	}
	if path == "" {
		return checklist.Load(nil, "", deployment, nil)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return checklist.List{}, fmt.Errorf("read the checklist: %w", err)
	}
	return checklist.Load(data, path, deployment, probes.Names())
}

// below resolves what a configuration names beside itself.
func (c checklistConfig) below(dir string) checklistConfig {
	for _, path := range []*string{&c.Items, &c.Shared} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
	return c
}

// sources are what the probes ask, as far as the backend has it.
func (a *app) sources(s *session, r fleet.Row, subject checklist.Subject, settings checklist.Settings) probes.Sources {
	o := probes.Sources{
		Deployment: r.Deployment, Subject: subject, Signals: r.Signals, Settings: settings,
		Metrics: s.metrics, Alerting: s.metrics, Records: s.records, Scanner: scanners{},
		Reacher: reacher{s, r.Deployment}, Files: os.DirFS("."), HTTP: &http.Client{CheckRedirect: sameHost}, Env: a.env, Now: a.now,
	}
	if r, err := a.registryReader(); err == nil { // without one the probes say so
		o.Registry = registered{r, o.Deployment.ModelSHA256(backends.Variant{Digest: subject.Digest})}
	}
	o.Configurer, _ = s.reader.(backends.Configurer)
	o.Measurer, _ = s.reader.(backends.Measurer)
	if s.readOnly == "" {
		o.Smoke, _ = s.reader.(backends.SmokeTester)
	}
	return o
}

// sameHost keeps a token from following a redirect to somewhere else.
func sameHost(req *http.Request, via []*http.Request) error {
	if len(via) > 3 || req.URL.Host != via[0].URL.Host {
		return http.ErrUseLastResponse
	}
	return nil
}

// signer writes sign-offs to the journal.
type signer struct {
	journal *journal.Journal
	place   journal.Target
}

// Sign implements checklist.Signer.
func (j signer) Sign(x checklist.SignOff) (string, error) {
	target := j.place
	target.Name, target.Variant = x.Subject.Deployment, x.Subject.Variant
	text := x.Item
	if x.Of != "" {
		text += " (of " + x.Of + ")"
	}
	if !x.Expires.IsZero() {
		text += " until " + x.Expires.Format("2006-01-02 15:04")
	}
	if x.Link != "" {
		text += " " + x.Link
	}
	r, err := j.journal.Append(journal.Record{Op: string(x.Verdict), Phase: journal.PhaseNote, Target: target, Reason: x.Note, Text: text,
		To: journal.Subject{Image: x.Subject.Image, Digest: x.Subject.Digest, ModelVersion: x.Subject.Version}})
	return r.ID, err
}

// reacher opens a way to a replica: its own address where that can be reached
// from this machine, else through the backend.
type reacher struct {
	session    *session
	deployment backends.Deployment
}

// Reach implements probes.Reacher.
func (r reacher) Reach(ctx context.Context, deployment, replica string) (url string, done func(), err error) {
	if f, ok := r.session.reader.(backends.Forwarder); ok {
		return forwarded(ctx, f, deployment, replica)
	}
	for _, v := range r.deployment.Variants {
		for _, x := range v.Replicas {
			if x.Name == replica && x.Address != "" {
				return "http://" + strings.TrimPrefix(x.Address, "http://"), func() {}, nil
			}
		}
	}
	return "", nil, errors.New("it has no address that can be reached from here")
}

func forwarded(ctx context.Context, f backends.Forwarder, deployment, replica string) (string, func(), error) {
	ctx, cancel := context.WithCancel(ctx)
	open, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- f.Forward(ctx, deployment, replica, 0, 0, func(address string) { open <- address }) }()
	done := func() { cancel(); <-ended }
	select {
	case address := <-open:
		return "http://" + address, done, nil
	case err := <-ended:
		cancel()
		if err == nil {
			err = ctx.Err()
		}
		return "", nil, err
	}
}

// scanners are the programs on PATH that scan images.
type scanners struct{}

// Find implements probes.Scanner.
func (scanners) Find(names ...string) string {
	for _, name := range names {
		if _, err := exec.LookPath(name); err == nil {
			return name
		}
	}
	return ""
}

// Scan implements probes.Scanner.
func (scanners) Scan(ctx context.Context, program, image string) ([]byte, error) {
	args := map[string][]string{"trivy": {"image", "--quiet", "--format", "json", "--", image}, "grype": {"--quiet", "--output", "json", "--", image}}[program]
	out, err := exec.CommandContext(ctx, program, args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		first, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		return nil, fmt.Errorf("%w: %s", err, first)
	}
	return out, err
}
