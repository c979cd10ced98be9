package rollout

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/operation"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

// history is the revisions of the deployment, newest first.
type history struct {
	all   []backends.Revision
	err   error // of the last reading
	known bool  // there was an answer
	asked bool  // an answer is on its way
	due   bool  // a revisionsDueMsg is on its way
}

// of lists the revisions of one variant.
func (h *history) of(variant string) []backends.Revision {
	var out []backends.Revision
	for _, r := range h.all {
		if r.Variant == variant {
			out = append(out, r)
		}
	}
	return out
}

// suspect is the variant that a rollback most likely is for: the one whose
// running revision is the newest of those with an earlier one, as the engine
// chooses; else the first candidate, else stable.
func suspect(d backends.Deployment, newestFirst []backends.Revision) string {
	for _, r := range newestFirst {
		earlier := func(o backends.Revision) bool { return o.Variant == r.Variant && o.Number < r.Number }
		if _, exists := d.Variant(r.Variant); exists && r.Current && slices.ContainsFunc(newestFirst, earlier) {
			return r.Variant
		}
	}
	if len(d.Variants) > 1 {
		return d.Variants[1].Name
	}
	return backends.Stable
}

// defaultRow is the revision that a rollback restores unless another is
// chosen, and the first row when there is none.
func defaultRow(newestFirst []backends.Revision) int {
	r, err := operation.DefaultRevision(newestFirst)
	if err != nil {
		return 0
	}
	return slices.IndexFunc(newestFirst, func(o backends.Revision) bool { return o.Number == r.Number })
}

// difference is one thing in which a revision differs from what runs.
type difference struct{ what, runs, restored string }

// differences lists what a rollback would change, in the order in which it
// matters.
func differences(runs, restored backends.Revision) []difference {
	var out []difference
	add := func(what, a, b string) {
		if a != b {
			out = append(out, difference{what, a, b})
		}
	}
	add("version", runs.Version, restored.Version)
	add("image", runs.Image, restored.Image)
	add("digest", shortDigest(runs.Digest), shortDigest(restored.Digest))
	add("replicas", strconv.Itoa(runs.Replicas), strconv.Itoa(restored.Replicas))
	values := make(map[string][2]string)
	for _, s := range runs.Settings {
		values[s.Name] = [2]string{s.Value, ""}
	}
	for _, s := range restored.Settings {
		values[s.Name] = [2]string{values[s.Name][0], s.Value}
	}
	first := len(out)
	for name, v := range values {
		add("setting "+name, v[0], v[1])
	}
	slices.SortFunc(out[first:], func(a, b difference) int { return cmp.Compare(a.what, b.what) })
	return out
}

// shortDigest keeps the part of a digest that people compare.
func shortDigest(d string) string {
	kind, hex, found := strings.Cut(d, ":")
	if !found {
		kind, hex = "", d
	}
	if len(hex) > 12 {
		hex = hex[:12]
	}
	return strings.TrimPrefix(kind+":"+hex, ":")
}

var columns = []widget.Column{
	{ID: "number", Title: "REV", Width: 5, Align: draw.Right},
	{ID: "version", Title: "VERSION", Width: 12, Min: 7, Flex: 1},
	{ID: "state", Title: "STATE", Width: 13},
	{ID: "served", Title: "HEALTHY", Width: 7, Align: draw.Right},
	{ID: "replicas", Title: "REPLICAS", Width: 8, Align: draw.Right, Priority: 2},
	{ID: "when", Title: "AGE", Width: 4, Align: draw.Right},
	{ID: "by", Title: "BY", Width: 14, Min: 8, Priority: 1},
	{ID: "image", Title: "IMAGE", Width: 26, Min: 14, Flex: 1, Priority: 4},
	{ID: "reason", Title: "WHY", Width: 24, Min: 12, Flex: 2, Priority: 3},
}

// cells gives the table its rows.
type cells struct {
	all   []backends.Revision
	now   time.Time // of the frame
	theme *theme.Theme
}

// Len is the number of revisions.
func (c *cells) Len() int { return len(c.all) }

// ID is a revision's number.
func (c *cells) ID(i int) string { return strconv.Itoa(c.all[i].Number) }

// Cell draws one field.
func (c *cells) Cell(i, column int) widget.Cell {
	r, th := c.all[i], c.theme
	switch columns[column].ID {
	case "number":
		return widget.Cell{Text: strconv.Itoa(r.Number)}
	case "version":
		return widget.Cell{Text: draw.Sanitize(r.Version)}
	case "state":
		return c.state(r)
	case "served":
		return widget.Cell{Text: draw.Age(r.GoodFor), Style: th.Dim}
	case "replicas":
		return widget.Cell{Text: strconv.Itoa(r.Replicas)}
	case "when":
		return widget.Cell{Text: views.Age(c.now, r.CreatedAt, th.Glyphs), Style: th.Dim}
	case "by":
		return widget.Cell{Text: draw.Sanitize(r.By)}
	case "image":
		return widget.Cell{Text: draw.Sanitize(r.Image), Style: th.Dim}
	default:
		return widget.Cell{Text: draw.Sanitize(r.Reason), Style: th.Dim}
	}
}

func (c *cells) state(r backends.Revision) widget.Cell {
	switch {
	case r.Current:
		glyph, style := c.theme.State(theme.StateOK)
		return widget.Cell{Text: glyph + " running", Style: style}
	case r.Doubt != "":
		return widget.Cell{Text: c.theme.Glyphs.Warn + " doubtful", Style: c.theme.Warn}
	case r.Good:
		return widget.Cell{Text: c.theme.Glyphs.Check + " known-good", Style: c.theme.OK}
	default:
		return widget.Cell{Text: c.theme.Glyphs.Next + " unproven", Style: c.theme.Dim}
	}
}
