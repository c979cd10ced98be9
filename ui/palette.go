package ui

import (
	"cmp"
	"slices"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui/draw"
)

const recentMax = 20

// palette is the fuzzy list of everything that can be done from here.
type palette struct {
	menu
	all  []Command
	hits []Command
}

func (m *Model) openPalette() tea.Cmd {
	p := &palette{all: m.commands()}
	p.search(m.recent)
	m.overlay = p
	return nil
}

// commands gathers the keys of this screen, the places and scenarios of the
// program, the keys of the frame and the themes.
func (m *Model) commands() []Command {
	var all []Command
	add := func(b Binding) {
		if (b.Run != nil || b.To != (Place{})) && len(b.Keys) > 0 && b.Keys[0] != ":" && b.Keys[0] != "esc" {
			all = append(all, Command{Title: b.Help, About: b.About, Key: b.Keys[0], Off: b.Off, To: b.To, Run: b.Run})
		}
	}
	for _, b := range m.top().Bindings() {
		if !b.Hidden {
			add(b)
		}
	}
	if m.options.Commands != nil {
		for _, c := range m.options.Commands() {
			c.Title, c.About, c.Off = draw.Sanitize(c.Title), draw.Sanitize(c.About), draw.Sanitize(c.Off)
			all = append(all, c)
		}
	}
	for _, b := range m.globals() {
		add(b)
	}
	for _, name := range Themes() {
		all = append(all, Command{
			Title: "theme " + string(name), About: "change the colours",
			Run: func() tea.Cmd { return send(themeMsg(name)) },
		})
	}
	return all
}

// search fills hits, best first; entries used lately win among equals, and
// stand first when nothing is searched for.
func (p *palette) search(recent []string) {
	type hit struct {
		Command
		score int
	}
	hits := make([]hit, 0, len(p.all))
	for _, c := range p.all {
		score, ok := fuzzy(p.query, c.Title)
		if !ok {
			continue
		}
		if i := slices.Index(recent, c.Title); i >= 0 {
			score += recentMax - i
		}
		hits = append(hits, hit{c, score})
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	p.hits = p.hits[:0]
	for _, h := range hits {
		p.hits = append(p.hits, h.Command)
	}
	p.count = len(p.hits)
}

func (p *palette) key(m *Model, k tea.KeyPressMsg) (bool, tea.Cmd) {
	switch {
	case k.String() == "enter":
		if p.count == 0 {
			return false, nil
		}
		c := p.hits[p.at]
		m.overlay = nil
		m.remember(c.Title)
		return true, m.run(c.Title, c.Off, c.To, c.Run)
	case p.move(k):
	case p.edit(k):
		p.search(m.recent)
	}
	return false, nil
}

func (m *Model) remember(title string) {
	m.recent = slices.DeleteFunc(m.recent, func(t string) bool { return t == title })
	m.recent = slices.Insert(m.recent, 0, title)
	m.recent = m.recent[:min(len(m.recent), recentMax)]
}

func (p *palette) view(m *Model, f Frame) []string {
	width, height := overlaySize(f)
	return p.menu.view(f.Theme, "palette", ":", width, height, func(i int, chosen bool) string {
		return p.line(f, p.hits[i], width-2, chosen)
	})
}

const titleWidth = 30

func (p *palette) line(f Frame, c Command, width int, chosen bool) string {
	th := f.Theme
	cursor := "  "
	if chosen {
		cursor = th.Glyphs.Cursor + " "
	}
	title := draw.Pad(draw.TruncateMiddle(c.Title, titleWidth, th.Glyphs.Ellipsis), titleWidth, draw.Left)
	about := th.Dim.Paint(c.About)
	if c.Off != "" {
		title, about = th.Faint.Paint(title), th.Faint.Paint("off: "+c.Off)
	}
	line := draw.Ends(cursor+title+"  "+about, " "+th.Key.Paint(c.Key)+" ", width, th.Glyphs.Ellipsis)
	if chosen {
		return th.Selected.Around(line)
	}
	return line
}

func (*palette) bindings() []Binding {
	return []Binding{
		{Keys: []string{"enter"}, Help: "do it"}, {Keys: []string{"up/down"}, Help: "choose"},
		{Keys: []string{"ctrl+u"}, Help: "clear"}, {Keys: []string{"esc"}, Help: "close"},
	}
}
