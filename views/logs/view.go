package logs

import (
	"strconv"
	"strings"
	"time"

	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

const (
	topLines = 1
	tagMost  = 14 // columns of a replica's tag
	clock    = "15:04:05.000"
)

// View draws what is chosen in one line, and the lines in a box.
func (s *Screen) View(f ui.Frame) []string {
	if f.Plain {
		return s.plain(f)
	}
	if s.cache.lines != nil && s.cache.frame == f && s.cache.revision == s.revision {
		return s.cache.lines
	}
	if s.theme != f.Theme {
		s.theme = f.Theme
		s.fill()
	}
	width, height := f.Width-2, f.Height-topLines-2
	s.pane.SetSize(width, height)
	lines := s.pane.View(f.Theme)
	if _, kept := s.pane.Len(); kept == 0 {
		lines = s.empty(f)
	}
	status := s.pane.Status()
	if rest, live := strings.CutPrefix(status, "live"); live && !s.stream.live {
		status = "no stream" + rest
	}
	title := draw.Truncate(s.title(f), f.Width-draw.Width(status)-8, f.Theme.Glyphs.Ellipsis)
	box := draw.Box(f.Theme, draw.BoxOptions{Title: title, Status: status}, lines, f.Width, f.Height-topLines)
	s.cache.frame, s.cache.revision = f, s.revision
	s.cache.lines = append([]string{s.top(f)}, box...)
	return s.cache.lines
}

// title names the log and says why it stands still.
func (s *Screen) title(f ui.Frame) string {
	title := draw.TruncateMiddle(draw.Sanitize(s.name), 40, f.Theme.Glyphs.Ellipsis)
	if broken := s.broken(f); broken != "" {
		title += "  " + f.Theme.Fail.Paint(f.Theme.Glyphs.Fail+" "+broken)
	}
	return title
}

// broken says why the stream does not run and when it is tried again, "" while
// it runs or is opened for the first time.
func (s *Screen) broken(f ui.Frame) string {
	if s.stream.live || s.stream.err == nil {
		return ""
	}
	next := "trying again: "
	if wait := s.stream.retryAt.Sub(f.Now); wait > 0 {
		next = "next try in " + draw.Duration(wait.Round(time.Second)) + ": "
	}
	return next + views.Words(f.Theme, s.stream.err.Error())
}

// empty says why there are no lines.
func (s *Screen) empty(f ui.Frame) []string {
	dim := f.Theme.Dim
	switch {
	case s.pump == nil:
		return []string{"", "  This backend does not give the logs of its replicas."}
	case s.chosen != source{}:
		return []string{"", "  " + s.choice() + " has written nothing yet.", dim.Paint("  v chooses another, esc shows all")}
	case s.broken(f) != "":
		return []string{"", "  No line was read, " + s.broken(f), dim.Paint("  r tries again now")}
	case !s.stream.live:
		return []string{"", dim.Paint("  opening the logs")}
	default:
		return []string{"", "  The stream is open, but no replica has written a line yet.", dim.Paint("  Lines appear here by themselves.")}
	}
}

// top is the prompt while text is typed, else what is chosen, found and hidden.
func (s *Screen) top(f ui.Frame) string {
	th := f.Theme
	if s.Typing() {
		sign, word := promptSign(s.prompt.kind)
		left := " " + th.Key.Paint(sign) + " " + th.Dim.Paint(word) + " " + s.prompt.text + th.Selected.Paint(" ")
		return draw.Ends(left, s.found(th), f.Width, th.Glyphs.Ellipsis)
	}
	left := " " + s.choice()
	if s.chosen == (source{}) {
		left = " " + s.legend(th)
	}
	if s.include != "" {
		left += "  " + th.Key.Paint("&") + " " + th.Dim.Paint("only") + " " + s.include
	}
	if s.exclude != "" {
		left += "  " + th.Key.Paint("-") + " " + th.Dim.Paint("without") + " " + s.exclude
	}
	return draw.Ends(left, s.found(th), f.Width, th.Glyphs.Ellipsis)
}

func promptSign(kind promptKind) (sign, word string) {
	switch kind {
	case includePrompt:
		return "&", "only"
	case excludePrompt:
		return "-", "without"
	default:
		return "/", "search"
	}
}

// found is the search with its count.
func (s *Screen) found(th *theme.Theme) string {
	query := s.pane.Query()
	if query == "" {
		return ""
	}
	count := strconv.Itoa(s.matches.selected) + " of " + strconv.Itoa(s.matches.count)
	switch {
	case s.matches.count == 0:
		count = "no match"
	case s.matches.selected == 0:
		count = strconv.Itoa(s.matches.count) + " found"
	}
	return th.Key.Paint("/") + " " + query + "  " + th.Dim.Paint(count) + " "
}

// choice is whose lines are shown, in words.
func (s *Screen) choice() string {
	switch {
	case s.chosen == source{}:
		return "all replicas"
	case s.chosen.replica != "":
		return "replica " + s.chosen.replica
	default:
		return "variant " + s.chosen.variant
	}
}

// legend is everyone who wrote lines, in the colour of their variant.
func (s *Screen) legend(th *theme.Theme) string {
	var out strings.Builder
	out.WriteString("all replicas")
	for _, who := range s.known {
		out.WriteString(" " + tagStyle(th, who.variant).Paint(s.tag(who.replica)))
	}
	return out.String()
}

// tag is the part of a replica's name that tells it from the others.
func (s *Screen) tag(replica string) string {
	name := strings.TrimPrefix(replica, draw.Sanitize(s.name)+"-")
	return draw.TruncateMiddle(name, tagMost, "~")
}

// tagStyle is the variant's; what belongs to none, such as the front door, has
// a style of its own.
func tagStyle(th *theme.Theme, variant string) theme.Style {
	if variant == "" {
		return th.Accent
	}
	return th.Variant(views.VariantIndex(variant))
}

// painted is a line as the pane takes it.
func (s *Screen) painted(l *line) widget.LogLine {
	tag := draw.Pad(s.tag(l.replica), s.tagWidth, draw.Left)
	if s.time {
		tag = l.at.In(s.deps.Now().Location()).Format(clock) + " " + tag
	}
	out := widget.LogLine{Tag: tag, TagStyle: tagStyle(s.theme, l.variant), Text: l.text}
	if s.raw {
		out.Text = l.raw
	}
	switch l.level {
	case failure:
		out.Style = s.theme.Fail
	case warn:
		out.Style = s.theme.Warn
	case debug:
		out.Style = s.theme.Dim
	}
	return out
}

// plain is every line that is chosen, with the full name of who wrote it.
func (s *Screen) plain(f ui.Frame) []string {
	head := "Logs of " + draw.Sanitize(s.name) + ", " + s.choice() + "."
	if broken := s.broken(f); broken != "" {
		head += " The stream is broken, " + broken + "."
	}
	lines := []string{head}
	s.all(func(l *line) {
		if s.shows(l) && s.passes(l) {
			lines = append(lines, l.at.In(f.Now.Location()).Format(clock)+" "+l.replica+" "+l.text)
		}
	})
	if len(lines) == 1 {
		for _, line := range s.empty(f) {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// passes reports whether a line passes both filters.
func (s *Screen) passes(l *line) bool {
	text := strings.ToLower(l.replica + " " + l.text)
	return strings.Contains(text, strings.ToLower(s.include)) &&
		(s.exclude == "" || !strings.Contains(text, strings.ToLower(s.exclude)))
}
