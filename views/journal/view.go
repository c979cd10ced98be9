package journal

import (
	"strconv"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

const (
	topLines   = 1
	besideFrom = 180 // columns from which the detail stands beside the table
	besideWide = 64
	detailMost = 12 // lines of the detail below the table
)

// View draws the summary, the table, and every field of the record under the
// cursor below it, or beside it on a wide terminal.
func (s *Screen) View(f ui.Frame) []string {
	s.looked = true
	if f.Plain {
		return s.plain(f)
	}
	if s.cache.lines != nil && s.cache.frame == f && s.cache.revision == s.revision {
		return s.cache.lines
	}
	s.cells.theme, s.cells.now = f.Theme, f.Now
	lines := append(make([]string, 0, f.Height), s.top(f))
	height := f.Height - topLines
	switch {
	case s.detail:
		lines = append(lines, s.box(f, f.Width, height)...)
	case f.Width >= besideFrom:
		width := f.Width - besideWide - 1
		lines = append(lines, draw.JoinColumns(height, draw.Pane{Lines: s.list(f, width, height), Width: width},
			draw.Pane{Width: 1}, draw.Pane{Lines: s.box(f, besideWide, height), Width: besideWide})...)
	default:
		below := min(detailMost, height/2)
		lines = append(lines, s.list(f, f.Width, height-below)...)
		lines = append(lines, s.box(f, f.Width, below)...)
	}
	s.cache.frame, s.cache.revision, s.cache.lines = f, s.revision, lines
	return lines
}

func (s *Screen) list(f ui.Frame, width, height int) []string {
	if s.cache.frame.Width != f.Width || s.cache.lines == nil {
		s.table.SetColumns(columns)
	}
	s.table.SetSize(width, height)
	if s.table.Len() == 0 {
		s.table.SetEmpty(s.empty(f)...)
	}
	return s.table.View(f.Theme)
}

// top is the note or the filter while one is typed, else a summary; to the
// right is what is known of the chain.
func (s *Screen) top(f ui.Frame) string {
	th := f.Theme
	if s.note.Typing() {
		return s.note.View(th, f.Width)
	}
	left := " " + count(len(s.shown)) + " " + spanWords(s.span)
	if s.name != "" {
		left = " " + draw.TruncateMiddle(draw.Sanitize(s.name), 32, th.Glyphs.Ellipsis) + ": " + left[1:]
	}
	if n := s.unknown(f); n > 0 {
		left += "  " + th.Warn.Paint(th.Glyphs.Unknown+" "+strconv.Itoa(n)+" unknown: check")
	}
	if s.filter != "" || s.typing {
		left = " " + th.Key.Paint("/") + " " + s.filter
		if s.typing {
			left += th.Selected.Paint(" ")
		}
		left += "  " + th.Dim.Paint(strconv.Itoa(len(s.shown))+" of "+strconv.Itoa(len(s.rows)))
	}
	right := s.chainText(f)
	if s.err != nil {
		right = th.Fail.Paint(th.Glyphs.Fail + " " + views.Words(th, s.err.Error()) + ", as of " + views.Age(f.Now, s.at, th.Glyphs) + " ago")
	}
	return draw.Ends(left, right+" ", f.Width, th.Glyphs.Ellipsis)
}

func count(n int) string {
	if n == 1 {
		return "1 record"
	}
	return strconv.Itoa(n) + " records"
}

func spanWords(i int) string {
	if spans[i].back == 0 {
		return "of all time"
	}
	return "of the last " + spans[i].word
}

// unknown counts the operations whose outcome nobody saw.
func (s *Screen) unknown(f ui.Frame) int {
	n := 0
	for _, r := range s.shown {
		if _, state := r.outcome(f.Now, s.busy); state == backends.Unknown {
			n++
		}
	}
	return n
}

// chainText is "chain ok", the damage, or that nobody has looked.
func (s *Screen) chainText(f ui.Frame) string {
	th := f.Theme
	if _, can := s.deps.Records.(Verifier); !can {
		return ""
	}
	switch {
	case s.chain.at.IsZero():
		return th.Dim.Paint("chain not checked yet")
	case s.chain.err != nil:
		return th.Fail.Paint(th.Glyphs.Fail + " " + views.Words(th, s.chain.err.Error()))
	default:
		return th.OK.Paint(th.Glyphs.Check+" chain ok") + " " + th.Dim.Paint(views.Age(f.Now, s.chain.at, th.Glyphs)+" ago")
	}
}

// empty says why there are no rows and what to do next.
func (s *Screen) empty(f ui.Frame) []string {
	th := f.Theme
	switch {
	case s.deps.Records == nil:
		return []string{"", "This console has no journal to read."}
	case s.err != nil && s.at.IsZero():
		return []string{"", th.Fail.Paint(th.Glyphs.Fail+" the journal cannot be read: ") + views.Words(th, s.err.Error()), th.Dim.Paint("r tries again")}
	case s.at.IsZero():
		return []string{"", th.Dim.Paint("reading the journal")}
	case len(s.rows) > 0:
		return []string{"", "No record matches " + s.filter + ".", th.Dim.Paint("esc clears the filter, / changes it")}
	case spans[s.span].back > 0:
		return []string{"", "Nothing was recorded in the last " + spans[s.span].word + ".", th.Dim.Paint("t reaches further back")}
	default:
		return []string{"", "The journal is empty: nobody has changed anything yet.", th.Dim.Paint("every change and note will stand here")}
	}
}

// box is every field of the record under the cursor.
func (s *Screen) box(f ui.Frame, width, height int) []string {
	o := draw.BoxOptions{Title: "record", Focus: s.detail}
	r, ok := s.selected()
	if !ok {
		return draw.Box(f.Theme, o, nil, width, height)
	}
	word, state := r.outcome(f.Now, s.busy)
	glyph, style := views.StateLook(f.Theme, state)
	o.Title, o.Status = draw.SanitizeLine(r.head().Op, 40)+" "+draw.TruncateMiddle(draw.Sanitize(target(r)), 32, f.Theme.Glyphs.Ellipsis), style.Paint(glyph+" "+word)
	if r.note() {
		o.Status = ""
	}
	lines := s.fields(f, r, width-4)
	if s.detail {
		s.scroll = min(s.scroll, max(len(lines)-(height-2), 0))
		lines = lines[s.scroll:]
	}
	if over := len(lines) - (height - 2); over > 0 {
		lines[height-3] = " " + f.Theme.Dim.Paint(more(over+1, s.detail))
	}
	return draw.Box(f.Theme, o, lines, width, height)
}

func more(n int, whole bool) string {
	if whole {
		return strconv.Itoa(n) + " more lines, j scrolls"
	}
	return strconv.Itoa(n) + " more lines, enter shows all"
}

// pair is a field of a record.
type pair struct {
	name, value string
	style       theme.Style
}
