package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// run is one operation under way.
type run struct {
	*Engine
	action  action
	plan    Plan
	answer  Confirmation
	report  func(Progress)
	intent  journal.Record
	started time.Time
}

// Run carries out a plan. report may be nil and is called from Run's own
// goroutine. The outcome is in the journal when Run returns.
// Errors: *DeniedError, *NotConfirmedError and *JournalError (not Changed)
// before anything was changed; *backends.ConflictError when somebody was
// faster; ctx's error when it ended while observing (Outcome "unknown").
func (e *Engine) Run(ctx context.Context, p Plan, c Confirmation, report func(Progress)) (Outcome, error) {
	a, err := actionOf(p.Change.Op)
	if err != nil {
		return Outcome{}, err
	}
	if report == nil {
		report = func(Progress) {}
	}
	p, err = e.recheck(ctx, a, p)
	if err == nil {
		err = confirmed(p, c)
	}
	if err != nil {
		return Outcome{}, err
	}
	p.Change.Reason = first(c.Reason, p.Change.Reason)
	r := &run{Engine: e, action: a, plan: p, answer: c, report: report, started: e.Now()}
	return r.carryOut(ctx)
}

// recheck applies the guards to the world as it is now: a replica may have
// died while the plan was read. A deployment that changed is left to the
// backend, which tells about the lost race.
func (e *Engine) recheck(ctx context.Context, a action, p Plan) (Plan, error) {
	if off := e.Disabled(p.Change.Op, p.Before); off != "" {
		return p, &DeniedError{[]Guard{{"possible", Deny, off}}}
	}
	if w, err := e.read(ctx, p.Change.Deployment); err != nil {
		if ctx.Err() != nil || a.raises(&world{deployment: p.Before}, p.Change) {
			return p, fmt.Errorf("check %s of %s again: %w", p.Change.Op, p.Change.Deployment, err)
		}
	} else if w.deployment.Token == p.Change.Token {
		p.Guards = together(judge(e.facts(a, w, p)), denied(p.Guards))
		if p.Danger = max(p.Danger, dangerOf(p.Change.Op, p.Guards)); p.Danger == Typed {
			p.Confirm = p.Change.Deployment
		}
	}
	if p.Danger == Denied {
		return p, &DeniedError{denied(p.Guards)}
	}
	return p, nil
}

// together joins what the guards say now with what denied the plan before,
// each once.
func together(now, before []Guard) []Guard {
	for _, g := range before {
		if !slices.Contains(now, g) {
			now = append(now, g)
		}
	}
	sortGuards(now)
	return now
}

func denied(guards []Guard) []Guard {
	var out []Guard
	for _, g := range guards {
		if g.Verdict == Deny {
			out = append(out, g)
		}
	}
	return out
}

func confirmed(p Plan, c Confirmation) error {
	switch {
	case p.Danger == Reversible,
		p.Danger == Confirm && (c.Yes || c.Typed == p.Change.Deployment),
		p.Danger == Typed && c.Typed == p.Confirm:
		return nil
	default:
		return &NotConfirmedError{p.Danger, p.Confirm}
	}
}

func (r *run) carryOut(ctx context.Context) (Outcome, error) {
	if err := r.recordIntent(); err != nil {
		return Outcome{Result: journal.ResultFailed, Text: err.Error()}, err
	}
	r.tell(Recorded, sight{text: "the intent is in the journal"})
	r.tell(Applying, sight{text: r.plan.Title})
	if err := r.changer.Apply(ctx, r.plan.Change); err != nil {
		return r.refused(ctx, err)
	}
	r.tell(Accepted, sight{text: "the backend accepted it"})
	goal := r.action.goal(r.plan, r.Now())
	s, err := r.observe(ctx, r.plan.Change.Deployment, goal, r.action.patience, func(s sight) { r.tell(Observing, s) })
	if s.state == stuck {
		s.text += r.cause(ctx)
	}
	return r.conclude(s, err)
}

// cause is what the backend itself knows to hold the rollout up, "" for nothing.
func (r *run) cause(ctx context.Context) string {
	explainer, ok := r.Backend.(backends.Explainer)
	if !ok {
		return ""
	}
	ctx, cancel := backends.Within(ctx, lookTimeout)
	defer cancel()
	reasons, _ := explainer.Reasons(ctx, r.plan.Change.Deployment) // what could be read
	for _, x := range reasons {
		if x.Rollout && x.State == backends.Fail && x.Variant == subject(r.plan.Change) {
			return "; " + x.Text
		}
	}
	return ""
}

// conclude records and reports what was seen.
func (r *run) conclude(s sight, err error) (Outcome, error) {
	switch s.state {
	case reached:
		return r.end(Observed, journal.ResultOK, s, nil)
	case accepted:
		return r.end(Accepted, journal.ResultOK, s, nil)
	case missed, stuck:
		return r.end(Failed, journal.ResultFailed, s, errors.New(s.text))
	default:
		return r.end(Unknown, journal.ResultUnknown, s, err)
	}
}

// refused ends an operation that the backend did not accept.
func (r *run) refused(ctx context.Context, err error) (Outcome, error) {
	if _, ok := errors.AsType[*backends.ConflictError](err); ok {
		return r.end(Failed, journal.ResultFailed, sight{text: "changed by someone else: nothing was applied"}, err)
	}
	if _, ok := errors.AsType[*backends.UnsupportedError](err); ok || isNotFound(err) {
		return r.end(Failed, journal.ResultFailed, sight{text: "nothing was applied"}, err)
	}
	if _, ok := errors.AsType[*backends.UnsentError](err); ok {
		return r.end(Failed, journal.ResultFailed, sight{text: "nothing was applied"}, err)
	}
	// Anything may have happened: say how it looks now, even when ctx has ended.
	l := r.look(context.WithoutCancel(ctx))
	text := "it may or may not have been applied; the deployment could not be read"
	if d, lookErr := pick(l.Deployments, r.plan.Change.Deployment); l.Err == nil && lookErr == nil {
		text = "it may or may not have been applied; now " + d.Split().String()
		if d.Token == r.plan.Before.Token {
			text += ", unchanged since the plan"
		}
		if d.Reason != "" {
			text += "; " + d.Reason // perhaps the split is what was wanted, and its front door could not tell
		}
	}
	return r.end(Unknown, journal.ResultUnknown, sight{text: text}, err)
}

func (r *run) tell(stage Stage, s sight) {
	r.report(Progress{Stage: stage, Text: s.text, At: r.Now(),
		Observed: s.observed, Requests: s.requests, Ready: s.ready, Total: s.total})
}

// end records the result, reports the last stage and gives the outcome.
func (r *run) end(stage Stage, result string, s sight, err error) (Outcome, error) {
	o := Outcome{Result: result, Observed: stage == Observed, Took: r.Now().Sub(r.started),
		IntentID: r.intent.ID, Text: s.text}
	if result == journal.ResultOK || s.state == stuck {
		o.Undo = r.plan.Undo
	}
	if recordErr := r.recordResult(o, err); recordErr != nil {
		err = errors.Join(err, &JournalError{Changed: true, Err: recordErr})
	}
	r.tell(stage, s)
	if err != nil {
		err = fmt.Errorf("%s %s: %w", r.plan.Change.Op, r.plan.Change.Deployment, err)
	}
	return o, err
}
