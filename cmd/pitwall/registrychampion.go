package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/operation"
	"pitwall/checklist/promote"
)

// champions plans and runs the promotions of a console: the views.Operations
// behind the registry's key. It is safe for concurrent use.
type champions struct {
	app     *app
	session *session

	mu   sync.Mutex
	made map[string]*promotion // by sought; the last of each
}

// sought tells the plans of a console apart.
func sought(c backends.Change) string { return c.Deployment + "\x00" + c.Version + "\x00" + c.Token }

// Disabled implements views.Operations.
func (c *champions) Disabled(op backends.Op, d backends.Deployment) string {
	return c.session.engine.Disabled(backends.OpDeploy, d)
}

// Plan implements views.Operations: it reads the registry, walks the checklist
// of the variant that serves the version, and plans the rollout.
func (c *champions) Plan(ctx context.Context, change backends.Change) (operation.Plan, error) {
	row, found := c.session.fleet.Snapshot().Row(change.Deployment)
	if !found {
		return operation.Plan{}, &backends.NotFoundError{Kind: "deployment", Name: change.Deployment}
	}
	r, err := c.app.registryWriter(false)
	if err != nil {
		return operation.Plan{}, err
	}
	o := promoteOptions{consent: consent{out: asJSON, reason: change.Reason}}
	p := &promotion{app: c.app, session: c.session, row: row, registry: r, want: promote.Want{Model: change.Deployment, Version: change.Version}, options: o, tell: func(operation.Progress) {}}
	var notes []string
	p.warn = func(text string) { notes = append(notes, text) }
	if err := p.propose(ctx); err != nil {
		return operation.Plan{}, err
	}
	p.plan.Consequences = append(p.plan.Consequences, notes...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made = map[string]*promotion{}
	}
	c.made[sought(p.plan.Change)] = p
	return p.plan, nil
}

// Run implements views.Operations. A promotion holds its deployment until the
// alias was read back, so no stage of its rollout is told as one of its own.
func (c *champions) Run(ctx context.Context, plan operation.Plan, answer operation.Confirmation, report func(operation.Progress)) (operation.Outcome, error) {
	c.mu.Lock()
	p := c.made[sought(plan.Change)]
	delete(c.made, sought(plan.Change))
	c.mu.Unlock()
	if p == nil {
		return operation.Outcome{}, fmt.Errorf("the promotion of version %s was planned anew meanwhile: look again, nothing was changed", plan.Change.Version)
	}
	p.answer, p.plan.Change.Reason = answer, answer.Reason
	p.warn = func(string) {}
	p.tell = func(x operation.Progress) {
		if x.Stage > operation.Applying {
			x.Text, x.Stage = x.Stage.String()+": "+x.Text, operation.Applying
		}
		report(x)
	}
	rec, err := p.run(ctx)
	out := operation.Outcome{Result: rec.Result, Observed: err == nil, Took: time.Duration(rec.TookMS) * time.Millisecond, IntentID: rec.Intent, Text: rec.Text}
	return out, err
}
