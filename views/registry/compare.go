package registry

import (
	"maps"
	"slices"
	"strconv"

	"pitwall/backends/mlflow"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

const changeWide = 10 // columns of how something changed

// comparison is the marked version beside the one under the cursor: what
// differs, or all of it.
func (s *Versions) comparison(f ui.Frame, v mlflow.Version, width int) (title string, lines []string) {
	th := f.Theme
	marked := mlflow.Version{Number: s.mark}
	for _, other := range s.versions {
		if other.Number == s.mark {
			marked = other
		}
	}
	title = versionTitle(th, marked) + " and " + versionTitle(th, v)
	p := views.Page{Theme: th, Width: max(width, 20), Label: labelWide}
	var sides []mlflow.Detail
	for _, one := range []mlflow.Version{marked, v} {
		switch f := s.facts.known[one.Number]; {
		case f.full:
			sides = append(sides, f.detail)
		case f.err != nil:
			p.Text(th.Fail, th.Glyphs.Fail+" "+f.err.Error())
		default:
			p.Text(th.Dim, "reading version "+one.Number)
		}
	}
	if len(sides) < 2 {
		return title, p.Lines
	}
	s.differences(&p, sides[0], sides[1])
	return title, p.Lines
}

// differences are the lines of a comparison, below a heading for each kind,
// and what could not be compared.
func (s *Versions) differences(p *views.Page, left, right mlflow.Detail) {
	th := p.Theme
	list, same := mlflow.Compare(left, right), 0
	list = slices.DeleteFunc(list, func(d mlflow.Difference) bool {
		if !d.Same || s.all {
			return false
		}
		same++
		return true
	})
	p.Lines = append(p.Lines, th.Dim.Paint(columnsOf(th, p.Width, "", "version "+left.Version.Number, "version "+right.Version.Number, "change")))
	unread, kind := notRead(left, right), ""
	for _, d := range list {
		if d.Kind != kind {
			kind = d.Kind
			p.Text(th.Title, kind)
		}
		p.Lines = append(p.Lines, difference(th, p.Width, d, unread[d.Kind]))
	}
	if len(list) == 0 {
		p.Text(th.OK, "nothing that is known differs")
	}
	if same > 0 {
		p.Text(th.Dim, strconv.Itoa(same)+" equal, v shows them too")
	}
	for _, d := range []mlflow.Detail{left, right} {
		for _, part := range slices.Sorted(maps.Keys(d.Unknown)) {
			p.Text(th.Warn, th.Glyphs.Unknown+" version "+d.Version.Number+": its "+part+" is not known: "+d.Unknown[part])
		}
	}
}

// notRead tells of which kinds of differences a side is not known.
func notRead(sides ...mlflow.Detail) map[string]bool {
	out := map[string]bool{}
	for _, d := range sides {
		for kind, part := range map[string]string{mlflow.KindMetric: mlflow.PartMetrics, mlflow.KindParam: mlflow.PartRun, mlflow.KindSignature: mlflow.PartSignature} {
			out[kind] = out[kind] || d.Unknown[part] != ""
		}
	}
	return out
}

// difference is one line. What a side does not have, or of which that is not
// known, is the glyph of that.
func difference(th *theme.Theme, width int, d mlflow.Difference, unread bool) string {
	left, right := d.Sides()
	change := d.Change()
	if unread && !(d.HasLeft && d.HasRight) {
		change = "not known"
	}
	if !d.HasLeft {
		left = th.Glyphs.Missing
	}
	if !d.HasRight {
		right = th.Glyphs.Missing
	}
	line := columnsOf(th, width, d.Name, left, right, change)
	if d.Same {
		return th.Dim.Paint(line)
	}
	return line
}

// columnsOf puts a name, two sides and a change into the columns of a comparison.
func columnsOf(th *theme.Theme, width int, name, left, right, change string) string {
	side := max((width-changeWide-6)/3, 6)
	first := max(width-changeWide-6-2*side, 6)
	fit := func(text string, width int) string {
		return draw.Fit(views.Words(th, text), width, draw.Left, th.Glyphs.Ellipsis)
	}
	return "   " + fit(name, first) + " " + fit(left, side) + " " + fit(right, side) + " " + fit(change, changeWide)
}
