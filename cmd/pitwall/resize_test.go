package main

import (
	"strings"
	"testing"
	"time"
)

// sizes changes the size of the terminal on every screen, at any moment.
func sizes(t *testing.T, h *headless) {
	x := startTerminal(t, 200, 60, pitwallCommand(t, h.state))
	x.until("model-api", "wine-api")
	for _, place := range allPlaces("model-api") {
		x.goTo(place.String())
		for _, s := range []size{{60, 10}, {200, 60}, {81, 21}, {60, 10}, {80, 24}} {
			x.resize(s.width, s.height) // the next comes while this one is drawn
		}
		x.whole(place.String(), 80, 24)
		x.resize(60, 10)
		x.until("80x20")
		x.resize(200, 60)
		x.whole(place.String(), 200, 60)
	}
	x.press("q", "q", "q", "q", "q", "q", "q", "q", "q", "q")
	if err := x.exits(); err != nil {
		t.Errorf("pitwall ended with %v:\n%s", err, x.picture())
	}
}

// whole waits for one frame of that size and no rest of another.
func (x *terminal) whole(place string, width, height int) {
	x.t.Helper()
	screen := place[strings.LastIndex(place, " ")+1:]
	x.await(10*time.Second, "one whole frame of "+place, func(text string) bool {
		lines := strings.Split(text, "\n")
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], " \r")
		}
		bar := ""
		if len(lines) == height {
			bar = lines[height-1]
		}
		return lastCrumb(text) == screen && strings.Count(text, "pitwall ▸") <= 1 &&
			strings.HasSuffix(bar, "? help") && strings.Count(text, "? help") == 1 && !strings.Contains(text, "too small")
	})
	if got := x.screen.Width(); got != width {
		x.t.Errorf("the terminal is %d wide, not %d", got, width)
	}
}
