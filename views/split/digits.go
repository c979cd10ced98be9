package split

import (
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"
)

// nextDigit is how long the next digit still belongs to the same share.
const nextDigit = 1500 * time.Millisecond

// digits is a share that is being typed digit by digit. Every other key that
// edits the proposal ends it.
type digits struct {
	text string
	at   time.Time // of the last digit
}

// digit sets the share to what was typed so far: 5 is 5 %, and 0 right after
// it makes 50 % of it. A digit that would lead beyond 100 % is ignored.
func (s *Screen) digit(text string) tea.Cmd {
	now := s.now()
	if typed := s.digits; typed.text != "" && now.Sub(typed.at) <= nextDigit {
		text = typed.text + text
	}
	percent, err := strconv.Atoi(text)
	if err != nil || percent > 100 {
		return nil
	}
	cmd := s.edit(func() { s.slider.Set(percent) })
	s.digits = digits{strconv.Itoa(percent), now}
	return cmd
}
