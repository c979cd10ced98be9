package deployment

import (
	"testing"
	"time"

	"pitwall/views/viewtest"
)

func TestPanStopsAtThePresentAndAtTheOldestData(t *testing.T) {
	now := viewtest.Now
	a := axis{span: time.Hour}
	a.settle(now, 100)
	a.pan(1, now)
	if !a.live() {
		t.Error("panning forward from the present must change nothing")
	}
	a.pan(-1, now)
	a.settle(now, 100)
	if want := now.Add(-15 * time.Minute); a.live() || a.to.After(want) || want.Sub(a.to) >= a.step {
		t.Errorf("the window ends at %s, want within a step of %s", a.to, want)
	}
	for range 200 {
		a.pan(-1, now)
	}
	if want := now.Add(time.Hour - retention); !a.end.Equal(want) {
		t.Errorf("the window ends at %s, want it to stop at %s", a.end, want)
	}
	a.set(retention, now)
	if !a.live() {
		t.Error("a window of all data ends at the present")
	}
	a.set(time.Hour, now)
	a.pan(-1, now)
	for range 8 {
		a.pan(1, now)
	}
	if !a.live() {
		t.Error("panning forward must end at the present and follow it")
	}
}

func TestStepIsInWholeSecondsAndOnTheEpoch(t *testing.T) {
	for _, span := range zooms {
		for _, columns := range []int{0, 1, 50, 112, 400} {
			a := axis{span: span}
			a.settle(viewtest.Now, columns)
			if a.step < time.Second || a.step%time.Second != 0 || a.to.Unix()%int64(a.step/time.Second) != 0 {
				t.Errorf("span %s in %d columns: step %s, end %s", span, columns, a.step, a.to)
			}
			if points := int(span / a.step); columns > 0 && points > columns {
				t.Errorf("span %s in %d columns: %d points", span, columns, points)
			}
		}
	}
}

func TestZoomKeepsTheCrosshairInPlace(t *testing.T) {
	now := viewtest.Now
	a := axis{span: time.Hour}
	a.settle(now, 100)
	a.cross = now.Add(-30 * time.Minute)
	before := a.cross
	a.zoom(-1, now)
	a.settle(now, 100)
	if a.span != 30*time.Minute || !a.cross.Equal(before) {
		t.Fatalf("span %s with the crosshair at %s, want 30m at %s", a.span, a.cross, before)
	}
	if middle := a.to.Add(-a.span / 2); middle.Sub(before).Abs() > a.span/50 {
		t.Errorf("the crosshair left the middle: window to %s", a.to)
	}
	for range 20 {
		a.zoom(-1, now)
	}
	if a.span != leastSpan {
		t.Errorf("zooming in ends at %s, want %s", a.span, leastSpan)
	}
	for range 20 {
		a.zoom(1, now)
	}
	if a.span != retention || !a.live() {
		t.Errorf("zooming out ends at %s, want %s up to the present", a.span, retention)
	}
}

func TestCrosshairStaysInTheWindow(t *testing.T) {
	a := axis{span: 5 * time.Minute}
	a.settle(viewtest.Now, 100)
	a.toggleCross()
	if a.moveCross(3); !a.cross.Equal(a.to) {
		t.Error("the crosshair left the window at its end")
	}
	if a.moveCross(-1); !a.cross.Equal(a.to.Add(-a.step)) {
		t.Errorf("one step back is %s", a.to.Sub(a.cross))
	}
	if a.moveCross(-10_000); !a.cross.Equal(a.from) {
		t.Error("the crosshair left the window at its start")
	}
	if a.follow(); !a.cross.IsZero() || !a.live() {
		t.Error("following the present must take the crosshair away")
	}
}
