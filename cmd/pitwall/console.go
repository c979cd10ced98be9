package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/checklist"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
)

// errNoTerminal tells what to use instead of the console.
var errNoTerminal = misuse{errors.New("no terminal: the console needs one. Without: `pitwall get deployments`, " +
	"`pitwall snapshot fleet --size 120x40`, or --plain for linear text")}

// console attaches to the backend and opens the console on it.
func (a *app) console(ctx context.Context) error {
	if a.global.plain {
		return a.snapshot(ctx, ui.Place{Screen: "fleet"}, size{120, 40})
	}
	if !a.interactive() || a.env("TERM") == "dumb" {
		return errNoTerminal
	}
	s, err := a.attach(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	return a.openConsole(ctx, s, nil)
}

// openConsole runs the console until it is quit. The program is handed to
// started, when given, before it runs.
func (a *app) openConsole(ctx context.Context, s *session, started func(*tea.Program)) error {
	conf, err := a.loadConfig()
	if err != nil {
		return err
	}
	var program *tea.Program
	deps := a.deps(s, func(msg tea.Msg) { program.Send(msg) })
	options := ui.Options{
		Open: opener(deps), First: ui.Place{Screen: "fleet"}, Now: a.now, Refresh: s.fleet.Refresh,
		Commands: commands(ctx, deps), Status: s.status(s.fleet.Snapshot(), ""),
		Theme: ui.ThemeName(conf.Theme), NoColor: a.global.noColor, ASCII: a.global.ascii || conf.ASCII,
		NoMouse: conf.Mouse != nil && !*conf.Mouse,
	}.WithEnvironment(a.env)
	model, err := ui.New(ctx, options)
	if err != nil {
		return err
	}
	defer model.Close()
	program = model.Program()
	if started != nil {
		started(program)
	}
	feed, stop := context.WithCancel(ctx)
	s.done.Go(func() { s.feed(feed, program, a.now) })
	s.done.Go(func() { a.thrift(feed) })
	s.tend()
	_, err = program.Run()
	stop()
	a.tellHeld(s)
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return nil // a signal ended it
	}
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	return nil
}

// tellHeld says which rollouts are left half done because the console is quit.
func (a *app) tellHeld(s *session) {
	if s.rolling == nil {
		return
	}
	for _, name := range s.rolling() {
		fmt.Fprintf(a.err, "the rollout of %s is held: what serves goes on serving, and `pitwall --backend %s resume %s` goes on with it\n",
			draw.Sanitize(name), s.choice.flag(), draw.Sanitize(name))
	}
}

// deps are what the screens get.
func (a *app) deps(s *session, send func(tea.Msg)) views.Deps {
	d := views.Deps{
		Snapshot: s.fleet.Snapshot, Metrics: s.metrics, Limits: s.metrics, Records: s.records, Operations: s.engine, Recovery: s.engine,
		Revisions: s.reader, Versions: s.reader, Logs: s.reader, Events: s.reader, Practice: s.practice,
		Send: send, Now: a.now, Context: s.ctx, Running: &views.Running{},
	}
	if d.Registry = a.consoleRegistry(s); d.Registry != nil {
		d.Champion = &champions{app: a, session: s}
	}
	d.Measure, _ = s.reader.(backends.Measurer)
	d.Inspect, _ = s.reader.(backends.Inspector)
	d.Explain, _ = s.reader.(backends.Explainer)
	d.Hidden, _ = s.reader.(backends.Hider)
	if s.readOnly == "" {
		d.Smoke, _ = s.reader.(backends.SmokeTester)
	}
	d.Checklist = func(name, variant string) (*checklist.Walk, error) {
		r, found := s.fleet.Snapshot().Row(name)
		if !found {
			return nil, &backends.NotFoundError{Kind: "deployment", Name: name}
		}
		return a.openWalk(s, r, checklistFlags{variant: variant})
	}
	if s.journal != nil {
		d.Note = func(deployment, text string) error {
			target := s.place
			target.Name = deployment
			_, err := s.journal.Append(journal.Record{Op: journal.OpNote, Phase: journal.PhaseNote, Target: target, Text: text})
			return err
		}
	}
	return d
}

// feed sends every new snapshot to the screens, and what the header shows.
func (s *session) feed(ctx context.Context, p *tea.Program, now func() time.Time) {
	var settled time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case snap, open := <-s.fleet.Updates():
			if !open {
				return
			}
			p.Send(views.SnapshotMsg{Snapshot: snap})
			p.Send(s.status(snap, s.running(ctx)))
			if snap.Sources[0].State == fleet.Connecting || now().Sub(settled) < settleEvery {
				continue
			}
			s.settle(snap, now())
			if settled.IsZero() {
				s.warnUnfinished(p) // of what is still not known
			}
			settled = now()
		}
	}
}

// warnUnfinished tells about operations whose result was never recorded: a
// crash came between, and the world has to be looked at.
func (s *session) warnUnfinished(p *tea.Program) {
	if s.journal == nil {
		return
	}
	list, err := s.journal.Unfinished()
	if err != nil {
		p.Send(ui.Toast{Level: ui.Warning, Text: "journal: " + err.Error()})
	}
	for _, r := range list {
		if !r.Target.In(s.place) || r.Result == journal.ResultRunning {
			continue
		}
		p.Send(ui.Toast{Level: ui.Warning, Text: fmt.Sprintf("%s of %s at %s has no result in the journal: check its state",
			r.Op, r.Target.Name, r.TS.Local().Format("15:04:05"))})
	}
}

// scenarioTimeout bounds the question for the scenario: snapshots wait behind it.
const scenarioTimeout = time.Second

// running is the name of the scenario that runs, or "".
func (s *session) running(ctx context.Context) string {
	if s.practice == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, scenarioTimeout)
	defer cancel()
	list, err := s.practice.Scenarios(ctx)
	if err != nil {
		return ""
	}
	for _, x := range list {
		if x.Running && x.Name != "calm" {
			return x.Name
		}
	}
	return ""
}

// unchangeable is why nothing can be changed, "" when it can.
func (s *session) unchangeable() string {
	if s.noRecord != nil {
		return "no journal"
	}
	return s.readOnly
}

// status is what the header shows.
func (s *session) status(snap *fleet.Snapshot, scenario string) ui.StatusMsg {
	return views.Status(ui.StatusMsg{Context: s.choice.String(), ReadOnly: s.unchangeable(), Practice: scenario}, snap)
}

// commands lists what the palette offers beside keys: every place of every
// deployment, and the scenarios.
func commands(ctx context.Context, d views.Deps) func() []ui.Command {
	return func() []ui.Command {
		list := []ui.Command{}
		goTo := func(p ui.Place) {
			list = append(list, ui.Command{Title: p.String(), About: "open", To: p})
		}
		for _, screen := range wholeScreens {
			goTo(ui.Place{Screen: screen})
		}
		for _, r := range d.Snapshot().Rows {
			for _, screen := range deploymentScreens {
				if screen == "inspect" && d.Inspect == nil {
					continue // it would say only that there is nothing
				}
				goTo(ui.Place{Screen: screen, Name: r.Deployment.Name})
			}
		}
		return append(list, practiceCommands(ctx, d.Practice)...)
	}
}

// practiceCommands start and end incident scenarios.
func practiceCommands(ctx context.Context, p backends.Practicer) []ui.Command {
	if p == nil {
		return nil
	}
	var list []ui.Command
	for _, name := range scenarioNames() {
		list = append(list, ui.Command{Title: "practise " + name, About: "start this incident on the local stack", Run: func() tea.Cmd {
			return func() tea.Msg {
				if err := p.StartScenario(ctx, name); err != nil {
					return ui.Toast{Level: ui.Failure, Text: err.Error()}
				}
				return ui.Toast{Level: ui.Good, Text: "scenario " + name + " runs"}
			}
		}})
	}
	return list
}
