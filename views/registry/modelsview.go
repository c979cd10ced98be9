package registry

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pitwall/backends/mlflow"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

// modelColumns of the table; those with the highest priority go first when it
// is narrow.
var modelColumns = []widget.Column{
	{ID: "flag", Title: "", Width: 2},
	{ID: "name", Title: "MODEL", Width: 22, Min: 16, Flex: 2},
	{ID: "newest", Title: "NEWEST", Width: 6, Align: draw.Right},
	{ID: "aliases", Title: "ALIASES", Width: 26, Min: 18, Flex: 2},
	{ID: "serving", Title: "SERVED BY", Width: 18, Min: 16, Flex: 1},
	{ID: "updated", Title: "UPDATED", Width: 7, Align: draw.Right},
	{ID: "description", Title: "DESCRIPTION", Width: 24, Min: 16, Flex: 3, Priority: 1},
}

// modelCells are the models as the table asks for them.
type modelCells struct {
	screen *Models
	theme  *theme.Theme
	now    time.Time
}

// Len is the number of models that the filter shows.
func (c modelCells) Len() int { return len(c.screen.shown) }

// ID is the model's name.
func (c modelCells) ID(i int) string { return c.screen.shown[i].Name }

// Cell is one field of a model.
func (c modelCells) Cell(i, column int) widget.Cell {
	m, th, s := c.screen.shown[i], c.theme, c.screen
	old := s.poll.old(c.now)
	cell := widget.Cell{}
	switch modelColumns[column].ID {
	case "flag":
		if serving, ok := s.served[m.Name]; ok && len(serving.Findings) > 0 {
			cell = widget.Cell{Text: th.Glyphs.Warn, Style: th.Warn}
		}
	case "name":
		cell.Text = draw.SanitizeLine(m.Name, 120)
	case "newest":
		newest, _ := m.Newest()
		cell.Text = orMissing(th, draw.SanitizeLine(newest.Number, 12))
	case "aliases":
		cell.Text = draw.SanitizeLine(aliasesText(m), 200)
	case "serving":
		return s.servedBy(th, m.Name)
	case "updated":
		cell.Text = views.Age(c.now, m.Updated, th.Glyphs)
	default:
		cell = widget.Cell{Text: draw.SanitizeLine(m.Description, 300), Style: th.Dim}
	}
	if old {
		cell.Style = th.Dim
	}
	return cell
}

// servedBy is the variants of the deployment that has the model's name.
func (s *Models) servedBy(th *theme.Theme, model string) widget.Cell {
	if s.snapshot == nil || s.snapshot.Sources[0].At.IsZero() {
		return widget.Cell{Text: th.Glyphs.Missing}
	}
	row, _ := s.snapshot.Row(model)
	return widget.Cell{Text: views.Versions(row.Deployment)}
}

// View draws the models, and the one under the cursor.
func (s *Models) View(f ui.Frame) []string {
	if lines := s.drawn(f); lines != nil && !f.Plain {
		return lines
	}
	if f.Plain {
		return s.plain(f)
	}
	s.table.SetRows(modelCells{s, f.Theme, f.Now})
	words := counted(len(s.models), "model", "models")
	if s.deps.Registry != nil {
		words += " at " + draw.SanitizeLine(s.deps.Registry.Where(), 80)
	}
	if !s.poll.known() {
		words = ""
	}
	return s.draw(f, sheet{top: s.topLine(f, words, len(s.shown), len(s.models)), notices: s.away(f.Theme), columns: modelColumns, empty: s.empty(f)})
}

// empty says why there are no models and what to do next.
func (s *Models) empty(f ui.Frame) []string {
	if lines := s.nothing(f); lines != nil {
		return lines
	}
	th := f.Theme
	if len(s.models) > 0 {
		return []string{"", "No model matches " + s.filter.text + ".", th.Dim.Paint("esc clears the filter, / changes it")}
	}
	return []string{"", "The registry is empty, or holds nothing that this user may read.", th.Dim.Paint("`pitwall registry register NAME FILE` registers a first model")}
}

// aboutModel is everything about the model under the cursor.
func (s *Models) aboutModel(f ui.Frame, width int) (title string, lines []string) {
	m, _ := s.chosen()
	th := f.Theme
	p := views.Page{Theme: th, Width: max(width, 20), Label: 12}
	p.Text(th.Dim, m.Description)
	serving, compared := s.served[m.Name]
	for _, finding := range serving.Findings {
		p.Text(th.Warn, th.Glyphs.Warn+" "+finding.Text)
	}
	switch j, read := s.joined[m.Name]; {
	case j.err != nil:
		p.Text(th.Warn, "its versions could not be compared with what is served: "+mlflow.Reason(j.err))
	case len(s.deployed(m.Name)) > 0 && !read:
		p.Text(th.Dim, "not compared with what is served yet; enter does it")
	case compared && len(serving.Findings) == 0:
		p.Text(th.OK, th.Glyphs.Check+" aliases and what is served agree")
	}
	if len(p.Lines) > 0 {
		p.Free()
	}
	for _, a := range m.AliasList() {
		p.Field(a.Name, "version "+a.Version)
	}
	p.Field("created", since(f, m.Created))
	p.Field("updated", since(f, m.Updated))
	for _, key := range slices.Sorted(maps.Keys(m.Tags)) {
		p.Field("tag", key+"="+m.Tags[key])
	}
	return draw.TruncateMiddle(draw.Sanitize(m.Name), 40, th.Glyphs.Ellipsis), p.Lines
}

// since is a time and how long ago it was, "" for one that is not known.
func since(f ui.Frame, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(f.Now.Location()).Format(time.DateTime) + ", " + draw.Age(f.Now.Sub(at)) + " ago"
}

// orMissing is the glyph of what is not known for "".
func orMissing(th *theme.Theme, text string) string {
	if text == "" {
		return th.Glyphs.Missing
	}
	return text
}

// plain says each model as a sentence.
func (s *Models) plain(f ui.Frame) []string {
	lines := s.plainHead(f, "Registered models: "+fmt.Sprint(len(s.models)))
	if len(s.shown) == 0 {
		return append(lines, sentences(s.empty(f))...)
	}
	for _, m := range s.shown {
		newest, _ := m.Newest()
		text := draw.Sanitize(m.Name) + ": newest version " + orMissing(f.Theme, draw.Sanitize(newest.Number))
		if aliases := aliasesText(m); aliases != "" {
			text += ", aliases " + strings.ReplaceAll(draw.Sanitize(aliases), "=", " is ")
		}
		if served := s.servedBy(f.Theme, m.Name).Text; served != "" {
			text += ", served by " + served
		}
		lines = append(lines, text+".")
		for _, finding := range s.served[m.Name].Findings {
			lines = append(lines, "Mismatch: "+draw.Sanitize(finding.Text)+".")
		}
	}
	return lines
}

// plainHead says how old the reading is, and why there is no newer one.
func (k *desk) plainHead(f ui.Frame, words string) []string {
	if !k.poll.known() {
		return nil
	}
	lines := []string{words + ", read " + views.Age(f.Now, k.poll.at, f.Theme.Glyphs) + " ago."}
	if k.poll.err != nil {
		lines = append(lines, "The registry cannot be read now: "+views.Words(f.Theme, k.poll.err.Error())+".")
	}
	return lines
}

// sentences leaves out empty lines.
func sentences(lines []string) []string {
	return slices.DeleteFunc(lines, func(line string) bool { return strings.TrimSpace(line) == "" })
}
