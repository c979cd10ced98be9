package operation

import (
	"pitwall/backends"
	"pitwall/backends/journal"
)

// recordIntent writes what is about to be done. Nothing is done without it.
func (r *run) recordIntent() error {
	written, err := r.Journal.Append(r.record(journal.PhaseIntent, r.plan.Title))
	if err != nil {
		return &JournalError{Err: err}
	}
	r.intent = written
	return nil
}

func (r *run) recordResult(o Outcome, err error) error {
	rec := r.record(journal.PhaseResult, o.Text)
	rec.Intent, rec.Result, rec.TookMS = r.intent.ID, o.Result, o.Took.Milliseconds()
	if err != nil {
		rec.Error = err.Error()
	}
	_, err = r.Journal.Append(rec)
	return err
}

// record is what intent and result have in common.
func (r *run) record(phase, text string) journal.Record {
	c, d := r.plan.Change, r.plan.Before
	target := r.Place
	target.Backend, target.Name, target.Variant = d.Backend, d.Name, c.Variant
	return journal.Record{
		Op: string(c.Op), Phase: phase, Text: text, Reason: c.Reason,
		Confirm: r.confirm(),
		Target:  target,
		From:    before(r.plan), To: wanted(r.plan),
	}
}

func (r *run) confirm() string {
	switch {
	case r.answer.Typed != "":
		return r.answer.Typed
	case r.answer.Yes:
		return "y"
	default:
		return ""
	}
}

// before is the part of the state that the change replaces.
func before(p Plan) journal.Subject {
	s := journal.Subject{Weights: p.Before.Split()}
	if v, ok := p.Before.Variant(subject(p.Change)); ok {
		s.Image, s.Digest, s.ModelVersion = v.Image, v.Digest, v.Version
		s.Replicas, s.Revision = v.Desired, v.Revision
	}
	return s
}

// wanted is what takes its place, as far as the change says.
func wanted(p Plan) journal.Subject {
	c := p.Change
	w := &world{deployment: p.Before}
	s := journal.Subject{Weights: w.after(c), Image: c.Image, ModelVersion: c.Version, Replicas: c.Replicas, Revision: c.Revision}
	if r := p.Revision; r != nil {
		s.Image, s.Digest, s.ModelVersion, s.Replicas = r.Image, r.Digest, r.Version, r.Replicas
	}
	if v, ok := p.Before.Variant(c.Variant); ok && c.Op == backends.OpPromote {
		s.Image, s.Digest, s.ModelVersion = v.Image, v.Digest, v.Version
		s.Weights = backends.AllToStable(variantNames(p.Before))
	}
	return s
}

// subject is the variant whose version, image or replicas change.
func subject(c backends.Change) string {
	if c.Op == backends.OpPromote {
		return backends.Stable
	}
	return c.Variant
}
