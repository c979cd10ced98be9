package supervisor

import (
	"cmp"
	"fmt"
	"slices"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/serve/model"
)

// fits refuses to deploy a model that answers other requests, or in another
// way, than the one whose users it gets: every request would be refused, or
// every answer misread. data is the content of the file that the change brings
// along, nil when it names a version that the stack has.
//
// What runs and cannot be read is not compared: a deploy may be its cure.
func (s *Supervisor) fits(d *deployment, c backends.Change, data []byte) error {
	if c.Op != backends.OpDeploy {
		return nil
	}
	conf := d.config()
	beside := conf.Variant(cmp.Or(c.Variant, "B"))
	if beside == nil { // a new candidate, which shares the users of stable
		beside = conf.Variant(backends.Stable)
	}
	if beside == nil {
		return nil
	}
	next, known := s.described(conf, c.Version, data)
	if !known {
		return nil
	}
	revision := conf.Revision(beside.Revision)
	running, err := model.Load(s.library.modelPath(revision.Model), model.Options{})
	if err != nil {
		return nil
	}
	if reason := misfit(running.Info(), next); reason != "" {
		return desired.Refuse(c, "%s does not fit the requests that %s gets with %s: %s", c.Version, beside.Name, revision.Model.Version, reason)
	}
	return nil
}

// described tells what the model to deploy takes and answers.
func (s *Supervisor) described(conf desired.Deployment, version string, data []byte) (model.Info, bool) {
	if data != nil {
		m, err := model.Parse(version, data, model.Options{})
		if err != nil {
			return model.Info{}, false // Read says why
		}
		return m.Info(), true
	}
	stored := modelNamed(conf, version)
	if stored == nil {
		return model.Info{}, false // the plan says so
	}
	m, err := model.Load(s.library.modelPath(*stored), model.Options{})
	if err != nil {
		return model.Info{}, false // the replicas on trial will say why
	}
	return m.Info(), true
}

// misfit tells in which way a model cannot take the place of the running one,
// "" when it can. Names count only where both files have them, and the order
// does not, for rows by name are put in order.
func misfit(running, next model.Info) string {
	if running.Width != next.Width {
		return fmt.Sprintf("it takes %d features and the one that runs takes %d", next.Width, running.Width)
	}
	if missing := without(next.Features, running.Features); missing != "" && running.Features != nil {
		return fmt.Sprintf("it wants a feature %.80q that the one that runs does not have", missing)
	}
	if kind, runs := answers(next), answers(running); kind != runs {
		return fmt.Sprintf("it answers %s and the one that runs %s", kind, runs)
	}
	return ""
}

// without is the first name that others lack.
func without(names, others []string) string {
	for _, name := range names {
		if !slices.Contains(others, name) {
			return name
		}
	}
	return ""
}

// answers tells the kind of a model's outputs.
func answers(m model.Info) string {
	if len(m.Classes) == 0 {
		return "a value"
	}
	return fmt.Sprintf("one of %d classes", len(m.Classes))
}
