package promote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"pitwall/backends"
	"pitwall/backends/mlflow"
)

// Writer changes the registry; *mlflow.Registry is one.
type Writer interface {
	Tagger
	SetAlias(ctx context.Context, c mlflow.AliasChange) error
	SetStage(ctx context.Context, name, number, stage string, archive bool) (mlflow.Version, error)
}

// Tagger changes the tags of a version.
type Tagger interface {
	SetTag(ctx context.Context, name, number, key, value string) error
	DeleteTag(ctx context.Context, name, number, key string) error
}

// Roller carries the rollout out, until it is healthy or failed, and takes it
// back. The error of Roll is an *UnendedError when the end was not seen.
type Roller interface {
	Roll(ctx context.Context) error
	TakeBack(ctx context.Context, why string) error
}

// Options is what a promotion runs with.
type Options struct {
	Registry Writer
	Rollout  Roller // of Plan.Change; not asked where that is nil
	// Again makes the plan anew: when it differs nothing is done.
	Again  func(ctx context.Context) (Plan, error)
	Stages bool // mirror the champion as the stage Production, which MLflow has deprecated
	By     string
	Now    func() time.Time
	Report func(step, text string) // what is done now; may be nil
	Every  time.Duration           // between two looks whether a write arrived; 0 is 2 s
}

// MovedError says that the world changed between the plan and its run. Nothing
// was done.
type MovedError struct{ Text string }

func (e *MovedError) Error() string { return e.Text + ": look again, nothing was changed" }

// HalfError says that a step failed, and what was made of those before it.
type HalfError struct {
	Step string
	Err  error
	Back []string // what was taken back, or why not, as sentences
	// Undone is whether all of it was taken back.
	Undone bool
}

func (e *HalfError) Error() string {
	text := fmt.Sprintf("%s: %s", e.Step, e.Err)
	for _, s := range e.Back {
		text += "; " + s
	}
	return text
}

// Unwrap gives the cause.
func (e *HalfError) Unwrap() error { return e.Err }

// UnendedError says that the end of the rollout was not seen: it may go on, and
// the registry is as it was.
type UnendedError struct{ Err error }

func (e *UnendedError) Error() string {
	return fmt.Sprintf("the rollout was begun and its end was not seen: it may go on. The registry is as it was: look how it ends, then promote again, which moves the alias: %s", e.Err)
}

// Unwrap gives the cause.
func (e *UnendedError) Unwrap() error { return e.Err }

// TagPromoting is on a version while it is promoted, and shows before the
// rollout that the registry can be written.
const TagPromoting = "pitwall.promoting_by"

// Tags of a version that tell of its promotion.
const (
	TagBy       = "pitwall.promoted_by"
	TagAt       = "pitwall.promoted_at"
	TagDigest   = "pitwall.image_digest"
	TagPrevious = "pitwall.previous_champion"
)

// Run does what a plan says: the rollout, then the tags, the aliases previous
// and champion, and where it is asked for the stage. It returns nil only when
// the rollout is healthy and the alias was read back.
//
// When an alias cannot be moved, what was done before is taken back: the
// aliases, and then the rollout. When somebody else moved it meanwhile nothing
// is written over that, and the rollout stays: they decide. The error is a
// *MovedError before anything was done, that of the rollout when it failed, an
// *UnendedError when its end was not seen, a *HalfError later.
func Run(ctx context.Context, p Plan, o Options) error {
	if len(p.Denied) > 0 {
		return errors.New("denied: " + p.Denied[0])
	}
	now, err := o.Again(ctx)
	if err != nil {
		return err
	}
	if why := p.moved(now); why != "" {
		return &MovedError{why}
	}
	if err := o.Registry.SetTag(ctx, p.Model, p.Version.Number, TagPromoting, o.By); err != nil {
		return fmt.Errorf("nothing was changed, for the registry cannot be written: %w", err)
	}
	defer p.done(ctx, o)
	if p.Change != nil {
		o.say("rollout", fmt.Sprintf("%s of %s", p.Change.Op, p.Deployment.Name))
		err := o.Rollout.Roll(ctx)
		if unended := (*UnendedError)(nil); errors.As(err, &unended) {
			return err
		}
		if err != nil {
			return fmt.Errorf("the rollout failed, and the registry is as it was: %w", err)
		}
	}
	return p.register(ctx, o)
}

// done takes TagPromoting away. Where it cannot it stays, and tells who tried.
func (p Plan) done(ctx context.Context, o Options) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_ = o.Registry.DeleteTag(ctx, p.Model, p.Version.Number, TagPromoting)
}

func (o Options) say(step, text string) {
	if o.Report != nil {
		o.Report(step, text)
	}
}

// register writes the registry after the rollout.
func (p Plan) register(ctx context.Context, o Options) error {
	number := p.Version.Number
	if err := p.tag(ctx, o); err != nil {
		return p.half(ctx, o, "write the tags of version "+number, err, nil)
	}
	var done []mlflow.AliasChange
	for _, c := range p.aliases() {
		o.say("alias", c.String())
		if err := p.move(ctx, o, c); err != nil {
			return p.half(ctx, o, "move the alias "+c.Alias, err, done)
		}
		done = append(done, c)
	}
	if o.Stages {
		o.say("stage", "version "+number+" to Production")
		if _, err := o.Registry.SetStage(ctx, p.Model, number, "Production", true); err != nil {
			return &HalfError{Step: "move version " + number + " to the stage Production", Err: err, Back: []string{"the version is rolled out and champion; the stage only mirrors that"}}
		}
	}
	return nil
}

// looks is how often it is looked whether a write arrived whose answer was lost.
const looks = 5

// LostError says that nobody knows whether an alias was moved.
type LostError struct{ Err error }

func (e *LostError) Error() string {
	return "whether it was moved is not known: " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *LostError) Unwrap() error { return e.Err }

// move moves an alias. When the answer is lost it looks whether it was moved.
func (p Plan) move(ctx context.Context, o Options, c mlflow.AliasChange) error {
	err := o.Registry.SetAlias(ctx, c)
	var refused *mlflow.Error
	var moved *mlflow.AliasMovedError
	if err == nil || errors.As(err, &moved) || errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500 {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	for range looks {
		time.Sleep(cmp.Or(o.Every, 2*time.Second))
		now, lookErr := o.Again(ctx)
		if lookErr != nil {
			continue
		}
		at := map[string]string{mlflow.Champion: now.Champion, mlflow.Previous: now.Previous}[c.Alias]
		switch at {
		case c.After:
			return nil
		case c.Before:
			return err
		}
		return &mlflow.AliasMovedError{Change: c, Found: at}
	}
	return &LostError{err}
}

// aliases are the changes, the champion last.
func (p Plan) aliases() []mlflow.AliasChange {
	var list []mlflow.AliasChange
	number := p.Version.Number
	if p.Champion == number {
		return nil
	}
	if p.Champion != "" && p.Previous != p.Champion {
		list = append(list, mlflow.AliasChange{Model: p.Model, Alias: mlflow.Previous, Before: p.Previous, After: p.Champion})
	}
	return append(list, mlflow.AliasChange{Model: p.Model, Alias: mlflow.Champion, Before: p.Champion, After: number})
}

func (p Plan) tag(ctx context.Context, o Options) error {
	digest := ""
	if v, ok := p.Deployment.Variant(p.Serving); ok {
		digest = v.Digest
	}
	for _, t := range []struct{ key, value string }{
		{TagBy, o.By}, {TagAt, o.Now().UTC().Format(time.RFC3339)}, {TagDigest, digest}, {TagPrevious, p.Champion},
	} {
		if t.value == "" {
			continue
		}
		if err := o.Registry.SetTag(ctx, p.Model, p.Version.Number, t.key, t.value); err != nil {
			return err
		}
	}
	return nil
}

// untag gives the version the tags of before.
func (p Plan) untag(ctx context.Context, o Options) error {
	var errs []error
	for _, key := range []string{TagBy, TagAt, TagDigest, TagPrevious} {
		if old, had := p.Version.Tags[key]; had {
			errs = append(errs, o.Registry.SetTag(ctx, p.Model, p.Version.Number, key, old))
			continue
		}
		errs = append(errs, o.Registry.DeleteTag(ctx, p.Model, p.Version.Number, key))
	}
	return errors.Join(errs...)
}

// takeBackTimeout bounds what is taken back after a failure.
const takeBackTimeout = 15 * time.Minute

// half takes back what was done before a step failed, the newest first.
func (p Plan) half(ctx context.Context, o Options, step string, err error, done []mlflow.AliasChange) error {
	h := &HalfError{Step: step, Err: err}
	whole := true
	var moved *mlflow.AliasMovedError
	if errors.As(err, &moved) {
		h.Back = append(h.Back, "somebody else moved it: nothing was written over theirs, and what is rolled out stays")
		return h
	}
	var lost *LostError
	if errors.As(err, &lost) {
		h.Back = append(h.Back, fmt.Sprintf("nothing was taken back, and %s serves: look at the registry, then promote again or go back", p.Name))
		return h
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTimeout)
	defer cancel()
	if err := p.untag(ctx, o); err != nil {
		whole = false
		h.Back = append(h.Back, fmt.Sprintf("the tags of version %s could not be taken back: %s", p.Version.Number, err))
	}
	for i := len(done) - 1; i >= 0; i-- {
		back := mlflow.AliasChange{Model: done[i].Model, Alias: done[i].Alias, Before: done[i].After, After: done[i].Before}
		if err := o.Registry.SetAlias(ctx, back); err != nil {
			whole = false
			h.Back = append(h.Back, fmt.Sprintf("the alias %s could not be moved back to %s: %s", back.Alias, or(back.After), err))
			continue
		}
		h.Back = append(h.Back, fmt.Sprintf("the alias %s is at %s again", back.Alias, or(back.After)))
	}
	if p.Change == nil {
		h.Undone = whole
		return h
	}
	o.say("undo", "the rollout")
	if err := o.Rollout.TakeBack(ctx, step+" failed"); err != nil {
		h.Back = append(h.Back, fmt.Sprintf("the rollout could not be taken back: %s: version %s serves, and is not champion", err, p.Name))
		return h
	}
	h.Undone = whole
	h.Back = append(h.Back, "the rollout was taken back")
	if p.Change.Op == backends.OpPromote {
		h.Back = append(h.Back, fmt.Sprintf("%s was retired by it and does not come back by itself: deploy %s as %s again", p.Serving, p.Name, p.Serving))
	}
	return h
}
