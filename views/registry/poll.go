package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pitwall/backends"
)

const (
	beat       = 2 * time.Second  // between two looks at the clock
	least      = 15 * time.Second // between two readings
	spread     = 15 * time.Second // consoles that were opened together do not ask together
	askTimeout = 20 * time.Second // of one reading
	oldAfter   = least + spread + askTimeout
)

// poll says when to read: again and again, but only while somebody looks.
type poll struct {
	random  func() float64 // 0 ≤ x < 1
	looked  bool           // View was called since the last beat: it is only called on top of the stack
	reading bool
	next    time.Time
	at      time.Time // of the last good reading
	err     error     // of the last reading
}

// due is asked once a beat.
func (p *poll) due(now time.Time) bool {
	looked := p.looked
	p.looked = false
	return looked && !p.reading && !now.Before(p.next)
}

func (p *poll) begin() { p.reading = true }

// end takes the result of a reading; after an error what was read before stands.
func (p *poll) end(now, at time.Time, err error) {
	p.reading, p.err = false, err
	p.next = now.Add(least + time.Duration(p.random()*float64(spread)))
	if err == nil {
		p.at = at
	}
}

// known reports whether there was a good reading.
func (p *poll) known() bool { return !p.at.IsZero() }

// old reports whether what is shown is to be drawn dim.
func (p *poll) old(now time.Time) bool {
	return p.known() && (p.err != nil || now.Sub(p.at) > oldAfter)
}

func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return backends.Within(ctx, askTimeout)
}

// inTime says of a reading that was given up how long it was waited.
func inTime(ctx context.Context, err error) error {
	var overdue *backends.OverdueError
	if err != nil && errors.As(context.Cause(ctx), &overdue) {
		return fmt.Errorf("the registry did not answer within %v", askTimeout)
	}
	return err
}
