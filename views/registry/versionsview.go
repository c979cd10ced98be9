package registry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/mlflow"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

// versionColumns of the table; those with the highest priority go first when
// it is narrow.
var versionColumns = []widget.Column{
	{ID: "flag", Title: "", Width: 3},
	{ID: "version", Title: "VERS", Width: 4, Align: draw.Right},
	{ID: "name", Title: "NAME", Width: 10, Min: 8, Flex: 1},
	{ID: "aliases", Title: "ALIASES", Width: 20, Min: 14, Flex: 2},
	{ID: "serving", Title: "SERVING AT", Width: 14, Min: 14, Flex: 1},
	{ID: "metrics", Title: "METRICS", Width: 26, Min: 16, Flex: 4, Priority: 1},
	{ID: "stage", Title: "STAGE", Width: 10, Priority: 4},
	{ID: "status", Title: "STATUS", Width: 10, Priority: 3},
	{ID: "created", Title: "CREATED", Width: 7, Align: draw.Right},
}

// versionCells are the versions as the table asks for them.
type versionCells struct {
	screen *Versions
	theme  *theme.Theme
	now    time.Time
}

// Len is the number of versions that the filter shows.
func (c versionCells) Len() int { return len(c.screen.shown) }

// ID is the version's number.
func (c versionCells) ID(i int) string { return c.screen.shown[i].Number }

// Cell is one field of a version.
func (c versionCells) Cell(i, column int) widget.Cell {
	cell := c.cell(c.screen.shown[i], versionColumns[column].ID)
	if c.screen.poll.old(c.now) {
		cell.Style = c.theme.Dim
	}
	return cell
}

func (c versionCells) cell(v mlflow.Version, column string) widget.Cell {
	s, th := c.screen, c.theme
	switch column {
	case "flag":
		return s.flag(th, v)
	case "version":
		return widget.Cell{Text: draw.SanitizeLine(v.Number, 12)}
	case "name":
		return widget.Cell{Text: draw.SanitizeLine(v.Tags[mlflow.TagVersion], 80)}
	case "aliases":
		return widget.Cell{Text: draw.SanitizeLine(strings.Join(v.Aliases, " "), 200), Style: th.Accent}
	case "serving":
		return widget.Cell{Text: s.servingAt(th, v)}
	case "metrics":
		return s.metricsCell(th, v)
	case "stage":
		return widget.Cell{Text: draw.SanitizeLine(v.Stage, 20), Style: th.Dim}
	case "status":
		word, style := status(th, v)
		return widget.Cell{Text: word, Style: style}
	default:
		return widget.Cell{Text: views.Age(c.now, v.Created, th.Glyphs)}
	}
}

// flag marks what is wrong with a version, and the one that others are compared
// with.
func (s *Versions) flag(th *theme.Theme, v mlflow.Version) widget.Cell {
	cell := widget.Cell{}
	switch {
	case len(s.findings(v)) > 0:
		cell = widget.Cell{Text: th.Glyphs.Warn, Style: th.Warn}
	case v.Status == "FAILED_REGISTRATION":
		cell = widget.Cell{Text: th.Glyphs.Fail, Style: th.Fail}
	case !v.Ready():
		cell = widget.Cell{Text: th.Glyphs.Progressing, Style: th.Info}
	}
	if v.Number == s.mark {
		cell.Text += "m"
		cell.Style = th.Key
	}
	return cell
}

// findings are the mismatches that concern a version.
func (s *Versions) findings(v mlflow.Version) []mlflow.Finding {
	var out []mlflow.Finding
	for _, f := range s.serving.Findings {
		if f.Version == v.Number {
			out = append(out, f)
		}
	}
	return out
}

// servingAt is the variants that serve a version with their configured shares.
func (s *Versions) servingAt(th *theme.Theme, v mlflow.Version) string {
	if s.unknown != "" {
		return th.Glyphs.Missing
	}
	var parts []string
	for _, d := range s.serving.By[v.Number] {
		text := draw.SanitizeLine(d.Variant, 12)
		if variant, ok := s.row.Deployment.Variant(d.Variant); ok {
			text += " " + backends.FormatWeight(variant.Weight) + " %"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func (s *Versions) metricsCell(th *theme.Theme, v mlflow.Version) widget.Cell {
	f, ok := s.facts.known[v.Number]
	switch {
	case !ok:
		return widget.Cell{Text: strings.Repeat(th.Glyphs.Skeleton, 4), Style: th.Faint}
	case len(f.detail.Metrics) == 0:
		return widget.Cell{Text: th.Glyphs.Missing, Style: th.Dim}
	}
	return widget.Cell{Text: draw.SanitizeLine(metricsText(s.metrics, f.detail), 200)}
}

// status is a version's status in a word.
func status(th *theme.Theme, v mlflow.Version) (word string, style theme.Style) {
	switch v.Status {
	case "READY":
		return "ready", th.OK
	case "FAILED_REGISTRATION":
		return "failed", th.Fail
	case "PENDING_REGISTRATION":
		return "pending", th.Info
	}
	return orMissing(th, draw.SanitizeLine(v.Status, 20)), th.Warn
}

// View draws the versions, and the one under the cursor.
func (s *Versions) View(f ui.Frame) []string {
	if lines := s.drawn(f); lines != nil && !f.Plain {
		return lines
	}
	if f.Plain {
		return s.plain(f)
	}
	s.table.SetRows(versionCells{s, f.Theme, f.Now})
	return s.draw(f, sheet{top: s.topLine(f, s.summary(f.Theme), len(s.shown), len(s.versions)), notices: s.notices(f.Theme), columns: versionColumns, empty: s.empty(f)})
}

// summary is the model, and what is deployed of it.
func (s *Versions) summary(th *theme.Theme) string {
	text := th.Title.Paint(draw.TruncateMiddle(draw.Sanitize(s.name), 40, th.Glyphs.Ellipsis))
	if !s.poll.known() {
		return text
	}
	text += "  " + counted(len(s.versions), "version", "versions") + "  "
	switch {
	case s.unknown != "":
	case len(s.deployed) == 0:
		text += th.Dim.Paint("no deployment has this name")
	default:
		text += "deployed as " + views.Versions(s.row.Deployment)
		if len(s.serving.Findings) == 0 && len(s.model.Aliases) > 0 {
			text += "  " + th.OK.Paint(th.Glyphs.Check+" aliases agree")
		}
	}
	return text
}

// notices say what is wrong, a line each.
func (s *Versions) notices(th *theme.Theme) []string {
	lines := s.away(th)
	if s.unknown != "" && s.poll.known() {
		lines = append(lines, " "+th.Warn.Paint(th.Glyphs.Unknown+" what is deployed is not known: "+views.Words(th, s.unknown)))
	}
	for _, f := range s.serving.Findings {
		lines = append(lines, " "+th.Warn.Paint(th.Glyphs.Warn+" "+string(f.Kind)+": "+views.Words(th, f.Text)))
	}
	return lines
}

// empty says why there are no versions and what to do next.
func (s *Versions) empty(f ui.Frame) []string {
	th := f.Theme
	name := draw.SanitizeLine(s.name, 60)
	register := "`pitwall registry register " + name + " FILE` registers a first version"
	if mlflow.IsNotFound(s.poll.err) && !s.poll.known() {
		key := th.Key.Paint(models().Keys[0]) + " shows those that it has."
		return []string{"", "The registry has no model " + name + ".", th.Dim.Paint(register), "", key}
	}
	if lines := s.nothing(f); lines != nil {
		return lines
	}
	if len(s.versions) > 0 {
		return []string{"", "No version matches " + s.filter.text + ".", th.Dim.Paint("esc clears the filter, / changes it")}
	}
	return []string{"", "The model " + name + " has no versions.", th.Dim.Paint(register)}
}

// plain says each version as a sentence, and all that is known of the one
// under the cursor.
func (s *Versions) plain(f ui.Frame) []string {
	lines := s.plainHead(f, "Model "+draw.Sanitize(s.name)+": "+counted(len(s.versions), "version", "versions"))
	if len(s.shown) == 0 {
		return append(lines, sentences(s.empty(f))...)
	}
	if s.unknown != "" {
		lines = append(lines, "What is deployed is not known: "+views.Words(f.Theme, s.unknown)+".")
	}
	for _, finding := range s.serving.Findings {
		lines = append(lines, fmt.Sprintf("Mismatch, %s: %s.", finding.Kind, views.Words(f.Theme, finding.Text)))
	}
	for _, v := range s.shown {
		lines = append(lines, s.plainVersion(f, v))
	}
	title, about := s.aboutVersion(f, 100)
	return slices.Concat(lines, []string{"", title}, about)
}

func (s *Versions) plainVersion(f ui.Frame, v mlflow.Version) string {
	c := versionCells{s, f.Theme, f.Now}
	text := "Version " + draw.Sanitize(v.Number)
	for _, part := range []struct{ column, before string }{{"name", ""}, {"aliases", "alias "}, {"serving", "serving at "}, {"stage", "stage "}, {"status", "status "}, {"metrics", ""}} {
		if value := c.cell(v, part.column).Text; value != "" {
			text += ", " + part.before + value
		}
	}
	return text + ", created " + views.Age(f.Now, v.Created, f.Theme.Glyphs) + " ago."
}
