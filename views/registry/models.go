package registry

import (
	"context"
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends/fleet"
	"pitwall/backends/mlflow"
	"pitwall/ui"
	"pitwall/views"
)

// mostJoined is of how many deployed models the versions are read, to compare
// them with what is served: each takes two requests.
const mostJoined = 20

// Models is the screen of all registered models; it is a ui.Screen, Typer,
// Escaper, Mouser and Copier.
type Models struct {
	desk
	snapshot *fleet.Snapshot

	models []mlflow.Model
	joined map[string]joined         // by model, of those that are deployed
	served map[string]mlflow.Serving // likewise, as the fleet is now
	shown  []mlflow.Model
}

// joined is what was read of a model that is deployed.
type joined struct {
	model    mlflow.Model
	versions []mlflow.Version
	err      error
}

// modelsRead is one reading of the list.
type modelsRead struct {
	models []mlflow.Model
	joined map[string]joined
}

func newModels(d views.Deps) *Models {
	s := &Models{desk: newDesk(d)}
	s.refill, s.desk.about = s.choose, s.aboutModel
	s.take(d.Snapshot())
	return s
}

// Place is the registry.
func (s *Models) Place() ui.Place { return ui.Place{Screen: "registry"} }

// Enter reads the models, and again while somebody looks.
func (s *Models) Enter(ctx context.Context) tea.Cmd {
	s.ctx = ctx
	s.take(s.deps.Snapshot())
	if s.deps.Registry == nil {
		return nil
	}
	return tea.Batch(s.read(), s.nextBeat())
}

func (s *Models) read() tea.Cmd {
	deployed := map[string]bool{}
	if s.snapshot != nil {
		for _, r := range s.snapshot.Rows {
			deployed[r.Deployment.Name] = true
		}
	}
	return read(&s.desk, func(ctx context.Context, r views.Registry) (modelsRead, error) {
		var out modelsRead
		var err error
		if out.models, err = r.Models(ctx); err != nil {
			return out, err
		}
		out.joined = map[string]joined{}
		for _, m := range out.models {
			if deployed[m.Name] && len(out.joined) < mostJoined && ctx.Err() == nil {
				var j joined
				j.model, j.versions, j.err = r.Versions(ctx, m.Name)
				out.joined[m.Name] = j
			}
		}
		return out, nil
	})
}

// Update takes readings, snapshots and the clock.
func (s *Models) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case views.SnapshotMsg:
		s.take(msg.Snapshot)
	case beatMsg:
		if msg.of != &s.desk || s.ctx.Err() != nil {
			return nil
		}
		if s.poll.due(s.deps.Now()) {
			return tea.Batch(s.read(), s.nextBeat())
		}
		return s.nextBeat()
	case readMsg[modelsRead]:
		if msg.of == &s.desk {
			s.taken(msg)
		}
	case ui.Refresh:
		if !s.poll.reading {
			return s.read()
		}
	}
	return nil
}

func (s *Models) taken(msg readMsg[modelsRead]) {
	s.poll.end(s.deps.Now(), msg.at, msg.err)
	if msg.err == nil {
		s.models, s.joined = msg.what.models, msg.what.joined
		s.join()
	}
	s.choose()
}

// take shows a snapshot of the fleet, as far as the registry is concerned.
func (s *Models) take(snapshot *fleet.Snapshot) {
	if snapshot == nil || snapshot == s.snapshot {
		return
	}
	same := s.snapshot != nil && slices.EqualFunc(s.snapshot.Rows, snapshot.Rows, func(a, b fleet.Row) bool {
		return slices.Equal(views.DeployedAs(a.Deployment), views.DeployedAs(b.Deployment))
	})
	s.snapshot = snapshot
	if !same {
		s.join()
		s.choose()
	}
}

// join compares what was read with what is deployed now.
func (s *Models) join() {
	s.served = map[string]mlflow.Serving{}
	for name, j := range s.joined {
		if deployed := s.deployed(name); j.err == nil && len(deployed) > 0 {
			s.served[name] = mlflow.ServingOf(j.model, j.versions, deployed)
		}
	}
}

// deployed are the variants of the deployment that has a model's name.
func (s *Models) deployed(model string) []mlflow.Deployed {
	if s.snapshot == nil {
		return nil
	}
	row, _ := s.snapshot.Row(model)
	return views.DeployedAs(row.Deployment)
}

// choose shows the models that the filter matches.
func (s *Models) choose() {
	s.revision++
	s.shown = s.shown[:0]
	for _, m := range s.models {
		parts := []string{m.Name, m.Description, aliasesText(m)}
		for key, value := range m.Tags {
			parts = append(parts, key, value)
		}
		if s.filter.match(parts...) {
			s.shown = append(s.shown, m)
		}
	}
	s.table.SetRows(modelCells{screen: s})
}

// chosen is the model under the cursor.
func (s *Models) chosen() (mlflow.Model, bool) {
	at := s.selected()
	if at < 0 {
		return mlflow.Model{}, false
	}
	return s.shown[at], true
}

// Type changes the filter.
func (s *Models) Type(k tea.KeyPressMsg) tea.Cmd {
	s.typed(k)
	return nil
}

// Mouse chooses a model; a second press opens it.
func (s *Models) Mouse(e ui.MouseEvent) tea.Cmd {
	m, ok := s.chosen()
	if !s.mouse(e) || !ok {
		return nil
	}
	return func() tea.Msg { return ui.Go{To: place(m.Name)} }
}

// place is the screen of the versions of a model.
func place(model string) ui.Place { return ui.Place{Screen: "registry", Name: model} }

// Bindings is the key table of the screen.
func (s *Models) Bindings() []ui.Binding {
	if s.filter.typing {
		return typingBindings()
	}
	none, undeployed := "", ""
	m, ok := s.chosen()
	switch {
	case !ok:
		none = "there is no model to choose"
		undeployed = none
	case len(s.deployed(m.Name)) == 0:
		undeployed = "no deployment has the name of this model"
	}
	return append([]ui.Binding{
		{Keys: []string{"enter"}, Help: "versions", About: "the versions of the model, and which of them serves", Off: none, To: place(m.Name)},
		s.filterBinding("models"),
		views.To("deployment", m.Name, undeployed),
		views.To("checklist", m.Name, undeployed),
		views.Hidden(views.To("journal", "", ""))[0], // of all of them, as in the fleet
	}, s.walk(func() tea.Cmd { return nil })...)
}

func aliasesText(m mlflow.Model) string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(m.Aliases)) {
		text += " " + name + "=" + m.Aliases[name]
	}
	if text == "" {
		return ""
	}
	return text[1:]
}
