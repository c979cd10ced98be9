// Package promote brings a registered version of a model to all users and says
// so in the registry: the gates of the checklist, the rollout, and then, last,
// the aliases: previous to the champion of before, champion to the version.
//
// The rollout comes first, so that what loads a model by its alias does not
// change before it was rolled out. MLflow has neither a compare-and-set nor a
// history: everything is read before it is written and read again after it, and
// the alias previous is the way back (reference/registry.md §1.6).
package promote

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/mlflow"
	"pitwall/checklist"
)

// Reader reads the registry; *mlflow.Reader is one.
type Reader interface {
	Versions(ctx context.Context, name string) (mlflow.Model, []mlflow.Version, error)
	Run(ctx context.Context, id string) (mlflow.Run, error)
}

// Want is what somebody asks for.
type Want struct {
	Model   string
	Version string // number, or what deployments call it; "" for the champion of before (Back)
	Back    bool   // to the version that the alias previous names
}

// Plan is what a promotion would do.
type Plan struct {
	Model    string
	Version  mlflow.Version // to be the champion
	Name     string         // as deployments call the version
	Champion string         // number of the champion now, "" for none
	Previous string         // number that previous names now, "" for none

	Deployment backends.Deployment
	Serving    string            // variant that serves the version now, "" for none
	Change     *backends.Change  // the rollout that is needed, nil when the stable variant serves it already
	Effects    []backends.Effect // in the registry
	Report     checklist.Report  // of the variant that serves it; without rows when none does, or on the way back
	Denied     []string          // why it must not be done, sentences; nil when it may
	Back       bool
}

// Sources are what a plan is made from.
type Sources struct {
	Registry  Reader
	Revisions backends.Reviser // for the way back
	// Gate judges the checklist of a variant.
	Gate func(ctx context.Context, variant string) (checklist.Report, error)
}

// Make reads the registry and says what a promotion of a deployment would do.
// Nothing is changed.
func Make(ctx context.Context, s Sources, d backends.Deployment, w Want) (Plan, error) {
	m, list, err := s.Registry.Versions(ctx, w.Model)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Model: m.Name, Champion: m.Aliases[mlflow.Champion], Previous: m.Aliases[mlflow.Previous], Deployment: d, Back: w.Back}
	if p.Version, err = wanted(m, list, w); err != nil {
		return Plan{}, err
	}
	p.Name = p.Version.Number
	if name := p.Version.Tags[mlflow.TagVersion]; name != "" {
		p.Name = name
	}
	p.registered(ctx, s.Registry)
	p.dangling(list)
	if err := p.serving(ctx, s, list); err != nil {
		return Plan{}, err
	}
	if err := p.gates(ctx, s); err != nil {
		return Plan{}, err
	}
	p.effects()
	return p, nil
}

func wanted(m mlflow.Model, list []mlflow.Version, w Want) (mlflow.Version, error) {
	number := w.Version
	if w.Back {
		if number = m.Aliases[mlflow.Previous]; number == "" {
			return mlflow.Version{}, fmt.Errorf("%s has no alias %s: nobody was promoted before, so there is nothing to go back to", m.Name, mlflow.Previous)
		}
	}
	var have []string
	for _, v := range list {
		if v.Number == number {
			return v, nil
		}
		have = append(have, v.Number)
	}
	if v, ok := mlflow.Registered(list, mlflow.Deployed{Version: number}); ok && !w.Back {
		return v, nil
	}
	return mlflow.Version{}, &backends.NotFoundError{Kind: "version of " + m.Name, Name: number, Have: have}
}

// registered denies a version that the registry does not hold to be whole.
func (p *Plan) registered(ctx context.Context, r Reader) {
	v := p.Version
	if !v.Ready() {
		p.deny("version %s is %s in the registry", v.Number, v.Status)
	}
	if v.RunID == "" {
		return
	}
	switch run, err := r.Run(ctx, v.RunID); {
	case err != nil:
		p.deny("the run of version %s cannot be read: %s", v.Number, err)
	case run.Deleted:
		p.deny("the run of version %s was deleted", v.Number)
	}
}

// dangling denies a promotion whose first write would name a version that is not
// there: previous is moved to the champion of now, and taken back to where it was.
func (p *Plan) dangling(list []mlflow.Version) {
	for _, a := range []struct{ name, number string }{{mlflow.Champion, p.Champion}, {mlflow.Previous, p.Previous}} {
		if a.number != "" && !slices.ContainsFunc(list, func(v mlflow.Version) bool { return v.Number == a.number }) {
			p.deny("the alias %s names version %s, which is not in the registry: move it to one that is first: pitwall registry alias %s %s VERSION", a.name, a.number, p.Model, a.name)
		}
	}
}

func (p *Plan) deny(why string, args ...any) { p.Denied = append(p.Denied, fmt.Sprintf(why, args...)) }

// serving finds who serves the version, and what brings it to the stable variant.
func (p *Plan) serving(ctx context.Context, s Sources, list []mlflow.Version) error {
	for _, v := range p.Deployment.Variants {
		file := p.Deployment.ModelSHA256(v)
		found, ok := mlflow.Registered(list, mlflow.Deployed{Version: v.Version, SHA256: file})
		if twice := file != "" && file == p.Version.Tags[mlflow.TagSHA256]; !twice && (!ok || found.Number != p.Version.Number) {
			continue // a file may be registered twice: who serves the one serves the other
		}
		if v.Name == backends.Stable || v.Ready > 0 && p.Serving != backends.Stable {
			p.Serving = v.Name
		}
	}
	change := backends.Change{Deployment: p.Deployment.Name}
	switch {
	case p.Serving == backends.Stable:
		return nil
	case p.Serving != "":
		change.Op, change.Variant = backends.OpPromote, p.Serving
	case p.Back:
		revisions, err := s.Revisions.Revisions(ctx, p.Deployment.Name)
		if err != nil {
			return fmt.Errorf("find the revision of %s to go back to: %w", p.Name, err)
		}
		change.Op, change.Variant, change.Revision = backends.OpRollback, backends.Stable, revisionOf(revisions, p.Name)
		if change.Revision == 0 {
			change.Op, change.Version = backends.OpDeploy, p.Name
		}
	default:
		change.Op, change.Variant, change.Version = backends.OpDeploy, backends.Stable, p.Name
	}
	p.Change = &change
	return nil
}

// revisionOf is the newest revision of the stable variant that ran a version,
// 0 for none.
func revisionOf(list []backends.Revision, version string) int {
	for _, r := range list {
		if r.Variant == backends.Stable && r.Version == version && !r.Current {
			return r.Number
		}
	}
	return 0
}

// gates asks the checklist of the variant that serves the version. What nobody
// serves cannot be checked, and going back must not wait for a checklist.
func (p *Plan) gates(ctx context.Context, s Sources) error {
	switch {
	case p.Back:
		return nil
	case p.Serving == "":
		p.deny("no variant serves version %s (%s), so nothing of it can be checked: deploy it as a candidate first: pitwall deploy %s --version %s --variant B", p.Version.Number, p.Name, p.Deployment.Name, p.Name)
		return nil
	}
	report, err := s.Gate(ctx, p.Serving)
	if err != nil {
		return fmt.Errorf("ask the checklist of %s %s: %w", p.Deployment.Name, p.Serving, err)
	}
	p.Report = report
	var holding []string
	for _, row := range report.Holding() {
		holding = append(holding, fmt.Sprintf("%s (%s)", row.Item.ID, row.State))
	}
	if holding != nil {
		p.deny("the checklist of %s does not hold: %s: pitwall checklist %s --variant %s says why", p.Serving, strings.Join(holding, ", "), p.Deployment.Name, p.Serving)
	}
	return nil
}

// effects are what changes in the registry.
func (p *Plan) effects() {
	add := func(alias, before, after string) {
		if before != after {
			p.Effects = append(p.Effects, backends.Effect{What: "alias " + alias + " of " + p.Model, Before: or(before), After: or(after)})
		}
	}
	if p.Champion != p.Version.Number && p.Champion != "" {
		add(mlflow.Previous, p.Previous, p.Champion)
	}
	add(mlflow.Champion, p.Champion, p.Version.Number)
	if p.Change == nil && len(p.Effects) == 0 {
		p.deny("version %s is the champion, and the stable variant serves it: there is nothing to do", p.Version.Number)
	}
}

func or(number string) string {
	if number == "" {
		return "–"
	}
	return number
}

// moved says what changed since a plan was made, "" for nothing.
func (p Plan) moved(now Plan) string {
	switch {
	case now.Champion != p.Champion:
		return fmt.Sprintf("champion is version %s now, not %s", or(now.Champion), or(p.Champion))
	case now.Previous != p.Previous:
		return fmt.Sprintf("previous is version %s now, not %s", or(now.Previous), or(p.Previous))
	case now.Version.Status != p.Version.Status:
		return fmt.Sprintf("version %s is %s now", p.Version.Number, now.Version.Status)
	case !sameServing(now.Report.Subject, p.Report.Subject):
		return fmt.Sprintf("%s runs %s now, and %s was checked", p.Serving, now.Report.Subject.Runs(), p.Report.Subject.Runs())
	}
	return ""
}

func sameServing(a, b checklist.Subject) bool { return a.Digest == b.Digest && a.Version == b.Version }
