package split

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/review"
)

// presets are the shares that [ and ] step through, in percent.
var presets = [...]int{1, 5, 10, 25, 50, 75, 100}

// Bindings is the key table. Nothing here changes the world: enter, A and u open
// reviews, everything else edits the proposal.
func (s *Screen) Bindings() []ui.Binding {
	if s.typing { // Type takes the keys
		return []ui.Binding{{Keys: []string{"0-9"}, Help: "the share"}, {Keys: []string{"enter"}, Help: "set"}, {Keys: []string{"esc"}, Help: "leave"}}
	}
	none := s.fixed()
	edit := func(help, about string, hidden bool, how func(), keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: help, About: about, Hidden: hidden, Off: none, Run: func() tea.Cmd { return s.edit(how) }}
	}
	rollout := views.To("rollout", s.name, "")
	rollout.Hidden = none == "" // without a candidate it is where to go
	b := []ui.Binding{
		{Keys: []string{"enter"}, Help: "review", About: "see what the proposal would do, and apply it", Off: s.reviewOff(), Run: s.review},
		{Keys: []string{"esc"}, Help: s.escapeHelp(), About: "discard the proposal; without one, leave the screen"},
		{Keys: []string{"A"}, Help: "all to stable", About: "review to give the stable variant all the traffic", Danger: true, Off: s.stableOff(), Run: s.allToStable},
		{Keys: []string{"u"}, Help: "undo", About: "review to take the last change back", Off: s.undoOff(), Run: s.undoLast},
		rollout,
		edit("-1", "one point less for the candidate", false, func() { s.slider.Move(-1) }, "h", "left"),
		edit("+1", "one point more for the candidate", false, func() { s.slider.Move(1) }, "l", "right"),
		edit("-5", "five points less", true, func() { s.slider.Move(-5) }, "H", "shift+left"),
		edit("+5", "five points more", true, func() { s.slider.Move(5) }, "L", "shift+right"),
		{Keys: []string{"="}, Help: "exact", About: "type the share in whole percent", Off: none, Run: s.typeExact},
		edit("preset", "next smaller of 1 5 10 25 50 75 100", true, func() { s.preset(-1) }, "["),
		edit("preset", "next greater of 1 5 10 25 50 75 100", true, func() { s.preset(1) }, "]"),
		edit("variant", "choose the variant that the keys move", len(s.row.Deployment.Variants) < 3, s.nextVariant, "tab"),
		edit("lock", "keep the variant's share, or free it", len(s.row.Deployment.Variants) < 3, s.slider.ToggleLock, "space"),
	}
	b = append(b, views.Hidden(views.To("explain", s.name, ""))...)
	for digit := range 10 {
		text := strconv.Itoa(digit)
		b = append(b, ui.Binding{Keys: []string{text}, Help: "digits", About: text + " %, or the next digit of the share being typed: 2 5 is 25 %",
			Hidden: true, Off: none, Run: func() tea.Cmd { return s.digit(text) }})
	}
	return b
}

func (s *Screen) escapeHelp() string {
	if s.slider.Changed() {
		return "discard"
	}
	return "back"
}

func (s *Screen) reviewOff() string {
	if off := s.off(); off != "" {
		return off
	}
	if !s.slider.Changed() {
		return "nothing is proposed: move the slider first"
	}
	return ""
}

func (s *Screen) stableOff() string {
	if off := s.off(); off != "" {
		return off
	}
	return review.StableOff(s.deps, s.row.Deployment)
}

func (s *Screen) undoOff() string {
	if off := s.off(); off != "" {
		return off
	}
	if s.undo.change == nil {
		return "nothing is known that could be taken back"
	}
	return ""
}

// edit changes the proposal, and asks what would follow from it.
func (s *Screen) edit(how func()) tea.Cmd {
	s.note, s.digits = "", digits{}
	if s.fixed() != "" {
		return nil
	}
	before := s.slider.Focus()
	locked := s.slider.Locked(before)
	proposed := s.slider.Proposed()[before]
	how()
	if locked && s.slider.Focus() == before && s.slider.Locked(before) && proposed == s.slider.Proposed()[before] {
		s.note = "the share is locked: space frees it"
	}
	return s.planSoon()
}

// preset steps to the next preset above or below the proposed share.
func (s *Screen) preset(direction int) {
	at := s.slider.Proposed()[s.slider.Focus()]
	if direction > 0 {
		for _, p := range presets {
			if p > at {
				s.slider.Set(p)
				return
			}
		}
		return
	}
	for i := len(presets) - 1; i >= 0; i-- {
		if presets[i] < at {
			s.slider.Set(presets[i])
			return
		}
	}
	s.slider.Set(0)
}

// nextVariant moves the focus to the next candidate.
func (s *Screen) nextVariant() {
	if n := len(s.row.Deployment.Variants); n > 1 {
		s.slider.SetFocus(s.slider.Focus()%(n-1) + 1)
	}
}

func (s *Screen) review() tea.Cmd {
	return review.Open(s.deps, backends.Change{Op: backends.OpSplit, Deployment: s.name, Split: s.proposal()})
}

func (s *Screen) allToStable() tea.Cmd {
	return review.Open(s.deps, review.AllToStable(s.row.Deployment))
}

func (s *Screen) undoLast() tea.Cmd { return review.Open(s.deps, *s.undo.change) }

func (s *Screen) typeExact() tea.Cmd {
	s.typing, s.typed, s.note = true, "", ""
	return nil
}

// Typing reports whether an exact share is being typed.
func (s *Screen) Typing() bool { return s.typing }

// Type takes the keys of the exact share.
func (s *Screen) Type(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		s.typing = false
		return nil
	case "enter":
		percent, err := strconv.Atoi(s.typed)
		if err != nil || percent < 0 || percent > 100 {
			s.note = "a share is a whole number from 0 to 100; the command `pitwall split` takes two decimals"
			return nil
		}
		s.typing = false
		return s.edit(func() { s.slider.Set(percent) })
	}
	if text, edited := ui.EditLine(s.typed, k); edited && len(text) <= 8 {
		s.typed, s.note = text, ""
	}
	return nil
}

// Escape discards the proposal.
func (s *Screen) Escape() bool {
	had := s.slider.Changed() || s.note != ""
	s.note, s.moved, s.digits = "", false, digits{}
	s.slider.Discard()
	s.base = s.row.Deployment
	return had
}

// Mouse drags the knob and turns the wheel over the tracks.
func (s *Screen) Mouse(e ui.MouseEvent) tea.Cmd {
	if s.single() {
		return nil
	}
	switch e.Kind {
	case ui.MouseWheel:
		step := 1
		if e.Wheel > 0 {
			step = -1
		}
		return s.edit(func() { s.slider.Move(step) })
	case ui.MousePress:
		variant, ok := s.tracks.at(e.Y)
		if s.tracks.dragging = ok; !ok {
			return nil
		}
		s.slider.SetFocus(variant)
		return s.drag(e.X)
	case ui.MouseDrag:
		if s.tracks.dragging {
			return s.drag(e.X)
		}
	case ui.MouseRelease:
		s.tracks.dragging = false
	}
	return nil
}

// single reports whether there is nothing to slide.
func (s *Screen) single() bool { return !s.found || len(s.row.Deployment.Variants) < 2 }

// drag moves the knob under column x, and to the end when the mouse is beyond.
func (s *Screen) drag(x int) tea.Cmd {
	x = min(max(x-s.tracks.left, 0), s.slider.Width()-1)
	if percent, ok := s.slider.ValueAt(x); ok {
		return s.edit(func() { s.slider.Set(percent) })
	}
	return nil
}
