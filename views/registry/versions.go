package registry

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/mlflow"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/review"
)

// Versions is the screen of the versions of one model; it is a ui.Screen,
// Typer, Escaper, Mouser and Copier.
type Versions struct {
	desk
	name string

	row      fleet.Row // the deployment that has the model's name
	deployed []mlflow.Deployed
	unknown  string // why it is not known what is deployed, "" when it is

	model    mlflow.Model
	versions []mlflow.Version // newest first
	serving  mlflow.Serving
	shown    []mlflow.Version

	facts   facts
	metrics []string // the names of the metrics, those that matter most first
	mark    string   // number of the version to compare with, "" for none
	all     bool     // the comparison shows what is equal too
}

// versionsRead is one reading of the list.
type versionsRead struct {
	model    mlflow.Model
	versions []mlflow.Version
}

func newVersions(d views.Deps, model string) *Versions {
	s := &Versions{desk: newDesk(d), name: model, facts: facts{known: map[string]fact{}}}
	s.refill, s.desk.about = s.choose, s.aboutVersion
	s.take(d.Snapshot())
	return s
}

// Place is the model in the registry.
func (s *Versions) Place() ui.Place { return place(s.name) }

// Enter reads the versions, and again while somebody looks.
func (s *Versions) Enter(ctx context.Context) tea.Cmd {
	s.ctx = ctx
	s.take(s.deps.Snapshot())
	if s.deps.Registry == nil {
		return nil
	}
	return tea.Batch(s.read(), s.nextBeat())
}

func (s *Versions) read() tea.Cmd {
	name := s.name
	return read(&s.desk, func(ctx context.Context, r views.Registry) (out versionsRead, err error) {
		out.model, out.versions, err = r.Versions(ctx, name)
		return out, err
	})
}

// Update takes readings, snapshots and the clock.
func (s *Versions) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case views.SnapshotMsg:
		s.take(msg.Snapshot)
	case beatMsg:
		if msg.of == &s.desk && s.ctx.Err() == nil {
			return s.onBeat()
		}
	case readMsg[versionsRead]:
		if msg.of == &s.desk {
			return s.taken(msg)
		}
	case factMsg:
		if msg.of == s {
			return s.learned(msg)
		}
	case review.EndedMsg: // a promotion has moved aliases, and any rollout what they are held against
		if msg.Plan.Change.Deployment == s.name && s.deps.Registry != nil && !s.poll.reading {
			return s.read()
		}
	case ui.Refresh:
		if s.deps.Registry != nil && !s.poll.reading {
			s.facts.forget()
			return s.read()
		}
	}
	return nil
}

func (s *Versions) onBeat() tea.Cmd {
	looked := s.poll.looked
	cmds := []tea.Cmd{s.nextBeat()}
	if s.poll.due(s.deps.Now()) {
		cmds = append(cmds, s.read())
	}
	if looked {
		cmds = append(cmds, s.learn())
	}
	return tea.Batch(cmds...)
}

// taken shows a reading. Moving an alias changes no time in the registry: the
// aliases themselves are compared, and a person who looks is told.
func (s *Versions) taken(msg readMsg[versionsRead]) tea.Cmd {
	s.poll.end(s.deps.Now(), msg.at, msg.err)
	s.revision++
	if msg.err != nil {
		return nil
	}
	var moved []string
	if s.model.Name != "" {
		moved = movedAliases(s.model, msg.what.model)
	}
	s.model, s.versions = msg.what.model, msg.what.versions
	s.compare()
	if !slices.ContainsFunc(s.versions, func(v mlflow.Version) bool { return v.Number == s.mark }) {
		s.mark = ""
	}
	s.choose()
	cmds := []tea.Cmd{s.learn()}
	for _, text := range moved {
		cmds = append(cmds, func() tea.Msg { return ui.Toast{Level: ui.Info, Text: text} })
	}
	return tea.Batch(cmds...)
}

// movedAliases says which aliases differ between two readings of a model.
func movedAliases(before, after mlflow.Model) []string {
	both := maps.Clone(before.Aliases)
	if both == nil {
		both = map[string]string{}
	}
	maps.Copy(both, after.Aliases)
	var out []string
	for _, alias := range slices.Sorted(maps.Keys(both)) {
		switch from, to := before.Aliases[alias], after.Aliases[alias]; {
		case from == to:
		case from == "":
			out = append(out, fmt.Sprintf("alias %s of %s is new: version %s", alias, after.Name, to))
		case to == "":
			out = append(out, fmt.Sprintf("alias %s of %s was removed from version %s", alias, after.Name, from))
		default:
			out = append(out, fmt.Sprintf("alias %s of %s moved from version %s to %s", alias, after.Name, from, to))
		}
	}
	return out
}

// take shows a snapshot of the fleet, as far as this model is concerned.
func (s *Versions) take(snapshot *fleet.Snapshot) {
	if snapshot == nil {
		return
	}
	row, _ := snapshot.Row(s.name)
	deployed, unknown, weights := views.DeployedAs(row.Deployment), unread(snapshot), views.WeightsText(row.Deployment)
	same := slices.Equal(deployed, s.deployed) && unknown == s.unknown && weights == views.WeightsText(s.row.Deployment)
	s.row = row
	if same {
		return
	}
	s.deployed, s.unknown = deployed, unknown
	s.compare()
	s.revision++
}

// compare holds what was read against what is deployed.
func (s *Versions) compare() {
	if s.poll.known() {
		s.serving = mlflow.ServingOf(s.model, s.versions, s.deployed)
	}
}

// unread is why nobody knows what is deployed, "" when somebody does.
func unread(snapshot *fleet.Snapshot) string {
	if len(snapshot.Sources) == 0 {
		return "no backend was read yet"
	}
	switch from := snapshot.Sources[0]; {
	case !from.At.IsZero():
		return ""
	case from.Err != nil:
		return from.Name + ": " + from.Err.Error()
	default:
		return from.Name + " was not read yet"
	}
}

// choose shows the versions that the filter matches.
func (s *Versions) choose() {
	s.revision++
	s.shown = s.shown[:0]
	for _, v := range s.versions {
		parts := []string{v.Number, v.Description, v.Stage, v.Status, v.RunID, strings.Join(v.Aliases, " ")}
		for key, value := range v.Tags {
			parts = append(parts, key, value)
		}
		if s.filter.match(parts...) {
			s.shown = append(s.shown, v)
		}
	}
	s.table.SetRows(versionCells{screen: s})
}

// chosen is the version under the cursor.
func (s *Versions) chosen() (mlflow.Version, bool) {
	at := s.selected()
	if at < 0 {
		return mlflow.Version{}, false
	}
	return s.shown[at], true
}

// Type changes the filter.
func (s *Versions) Type(k tea.KeyPressMsg) tea.Cmd {
	s.typed(k)
	return s.learn()
}

// Mouse chooses a version; a second press gives it the whole screen.
func (s *Versions) Mouse(e ui.MouseEvent) tea.Cmd {
	if s.mouse(e) {
		s.whole = true
	}
	return s.learn()
}

// Bindings is the key table of the screen.
func (s *Versions) Bindings() []ui.Binding {
	if s.filter.typing {
		return typingBindings()
	}
	none, single := "", "mark another version first"
	v, ok := s.chosen()
	if !ok {
		none = "there is no version to choose"
	}
	if s.mark != "" && s.mark != v.Number {
		single = ""
	}
	undeployed := ""
	if len(s.deployed) == 0 {
		undeployed = "no deployment has the name of this model"
	}
	whole, mark, all := "whole", "mark", "all"
	if s.whole {
		whole = "list"
	}
	if ok && s.mark == v.Number {
		mark = "unmark"
	}
	if s.all {
		all = "differences"
	}
	do := func(how func()) func() tea.Cmd {
		return func() tea.Cmd {
			s.revision++
			how()
			return s.learn()
		}
	}
	return append([]ui.Binding{
		{Keys: []string{"enter"}, Help: whole, About: "everything about the version on the whole screen, or the list again", Off: none, Run: do(func() { s.whole, s.scroll = !s.whole, 0 })},
		{Keys: []string{"m"}, Help: mark, About: "mark the version: any other is then compared with it", Off: none, Run: do(s.toggleMark)},
		{Keys: []string{"v"}, Help: all, About: "in a comparison, what is equal too, or only what differs", Hidden: single != "", Off: single, Run: do(func() { s.all, s.scroll = !s.all, 0 })},
		{Keys: []string{"P"}, Help: "promote", About: "walk the checklist, roll the version out and make it the champion; you confirm", Danger: true, Off: s.unpromotable(v, ok), Run: func() tea.Cmd { return s.promote(v) }},
		s.filterBinding("versions"),
		views.To("checklist", s.name, undeployed),
		views.To("deployment", s.name, undeployed),
		views.To("rollout", s.name, undeployed),
		views.To("journal", s.name, ""),
		models(),
	}, s.walk(s.learn)...)
}

// unpromotable is why a version cannot be made the champion here, "" when it can.
func (s *Versions) unpromotable(v mlflow.Version, chosen bool) string {
	switch {
	case !chosen:
		return "there is no version to choose"
	case s.deps.Champion == nil:
		return "nothing can be changed here"
	case len(s.deployed) == 0:
		return "no deployment has the name of this model"
	case !v.Ready():
		return "the registry says that it is " + v.Status
	case slices.Contains(v.Aliases, mlflow.Champion):
		return "it is the champion"
	}
	if other := s.deps.Running.Busy(s.name); other != "" {
		return "still running: " + other
	}
	return s.deps.Champion.Disabled(backends.OpPromote, s.row.Deployment)
}

func (s *Versions) promote(v mlflow.Version) tea.Cmd {
	d := s.deps
	d.Operations = d.Champion
	return review.OpenWalked(d, backends.Change{Op: backends.OpPromote, Deployment: s.name, Version: v.Number})
}

// models leads to all models, by the key that leads to the registry from elsewhere.
func models() ui.Binding {
	b := views.To("registry", "", "")
	b.Help, b.About = "all models", "all models of the registry"
	return b
}

func (s *Versions) toggleMark() {
	v, _ := s.chosen()
	s.scroll = 0
	if s.mark == v.Number {
		s.mark = ""
		return
	}
	s.mark = v.Number
}
