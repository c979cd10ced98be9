package deployment

import (
	"time"
)

const (
	retention = 24 * time.Hour // how far back the charts go; the local monitor keeps as much
	leastSpan = time.Minute
	crossFast = 10 // steps of the crosshair with shift
)

// ranges are the spans that have a key of their own.
var ranges = [...]time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// zooms are the spans that zooming steps through.
var zooms = [...]time.Duration{
	leastSpan, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, retention,
}

// axis is the time that all charts show.
type axis struct {
	span  time.Duration
	end   time.Time // the right end; zero follows the present
	cross time.Time // the crosshair, zero without

	// What is drawn: fixed when the data is asked for, so that charts move only
	// with new data, and all together.
	from, to time.Time
	step     time.Duration
}

// live reports whether the axis follows the present.
func (a *axis) live() bool { return a.end.IsZero() }

// settle fixes the window for now, with one point a column: at least a second
// and whole seconds apart, on whole steps since the epoch.
func (a *axis) settle(now time.Time, columns int) {
	a.step = max(a.span/time.Duration(max(columns, 1)), time.Second)
	a.step = (a.step + time.Second - 1).Truncate(time.Second)
	end := a.end
	if a.live() {
		end = now
	}
	seconds := int64(a.step / time.Second)
	a.to = time.Unix(end.Unix()-end.Unix()%seconds, 0).In(end.Location())
	a.from = a.to.Add(-a.span)
	if !a.cross.IsZero() {
		a.cross = within(a.cross, a.from, a.to)
	}
}

// set changes the span around the crosshair, or else at the right end.
func (a *axis) set(span time.Duration, now time.Time) {
	if !a.cross.IsZero() && a.span > 0 {
		share := float64(a.to.Sub(a.cross)) / float64(a.span)
		a.end = a.cross.Add(time.Duration(share * float64(span)))
	}
	a.span = span
	a.stop(now)
}

// zoom steps through the spans: in for a negative direction.
func (a *axis) zoom(direction int, now time.Time) {
	if direction < 0 {
		for i := len(zooms) - 1; i >= 0; i-- {
			if zooms[i] < a.span {
				a.set(zooms[i], now)
				return
			}
		}
		return
	}
	for _, z := range zooms {
		if z > a.span {
			a.set(z, now)
			return
		}
	}
}

// pan moves the window by a quarter of its span, back for a negative
// direction. It stops at the present, which it then follows again, and at the
// oldest data.
func (a *axis) pan(direction int, now time.Time) {
	if a.live() {
		if direction > 0 {
			return
		}
		a.end = now
	}
	a.end = a.end.Add(time.Duration(direction) * a.span / 4)
	a.stop(now)
	if !a.cross.IsZero() {
		a.cross = a.cross.Add(time.Duration(direction) * a.span / 4)
	}
}

// follow follows the present again.
func (a *axis) follow() { a.end, a.cross = time.Time{}, time.Time{} }

// stop keeps the window between the oldest data and the present.
func (a *axis) stop(now time.Time) {
	if a.live() {
		return
	}
	if oldest := now.Add(a.span - retention); a.end.Before(oldest) {
		a.end = oldest
	}
	if !a.end.Before(now) {
		a.end = time.Time{}
	}
}

// toggleCross puts the crosshair on the newest point, or takes it away.
func (a *axis) toggleCross() {
	if !a.cross.IsZero() {
		a.cross = time.Time{}
		return
	}
	a.cross = a.to
}

// point puts the crosshair on the step nearest to a moment, in Unix
// milliseconds.
func (a *axis) point(ms int64) {
	a.cross = within(a.to.Add(time.UnixMilli(ms).Sub(a.to).Round(a.step)), a.from, a.to)
}

// moveCross moves the crosshair by steps and stops at the ends of the window.
func (a *axis) moveCross(steps int) {
	a.cross = within(a.cross.Add(time.Duration(steps)*a.step), a.from, a.to)
}

func within(t, from, to time.Time) time.Time {
	switch {
	case t.Before(from):
		return from
	case t.After(to):
		return to
	default:
		return t
	}
}
