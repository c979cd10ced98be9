package views

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

func TestStatusTellsTheWorst(t *testing.T) {
	row := func(s backends.State, environment string) fleet.Row {
		return fleet.Row{State: s, Deployment: backends.Deployment{Environment: environment}}
	}
	at := time.Date(2026, 11, 24, 14, 3, 22, 0, time.UTC)
	sources := []fleet.Source{{Name: "local", State: fleet.Offline, At: at, Err: errors.New("refused")}}
	tests := map[string]struct {
		rows       []fleet.Row
		incident   string
		level      ui.Level
		production bool
	}{
		"nothing":    {nil, "", ui.Info, false},
		"well":       {[]fleet.Row{row(backends.OK, "local"), row(backends.Progressing, "local")}, "", ui.Info, false},
		"warn":       {[]fleet.Row{row(backends.Warn, "production"), row(backends.OK, "local")}, "1 warn", ui.Warning, true},
		"fail first": {[]fleet.Row{row(backends.Unknown, ""), row(backends.Warn, ""), row(backends.Fail, ""), row(backends.Fail, "")}, "2 fail, 1 warn, 1 unknown", ui.Failure, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			base := ui.StatusMsg{Context: "local", ReadOnly: "asked for"}
			s := Status(base, &fleet.Snapshot{Rows: tt.rows, Sources: sources})
			if s.Incident != tt.incident || s.Level != tt.level || s.Production != tt.production {
				t.Errorf("got %q, %v, production %v", s.Incident, s.Level, s.Production)
			}
			if s.Context != base.Context || s.ReadOnly != base.ReadOnly {
				t.Error("what the program set was lost")
			}
			if want := (ui.SourceStatus{Name: "local", State: "offline", At: at, Text: "refused"}); len(s.Sources) != 1 || s.Sources[0] != want {
				t.Errorf("sources %+v, want %+v", s.Sources, want)
			}
		})
	}
}

// TestASourceThatThereIsNotIsNotOffline: nobody configured one.
func TestASourceThatThereIsNotIsNotOffline(t *testing.T) {
	none := fmt.Errorf("this engine runs none: %w", &backends.NotFoundError{Kind: "server", Name: "prometheus"})
	for err, want := range map[error]string{none: "none", errors.New("refused"): "offline"} {
		s := Status(ui.StatusMsg{}, &fleet.Snapshot{Sources: []fleet.Source{{Name: "docker", State: fleet.Live}, {Name: "prometheus", State: fleet.Offline, Err: err}}})
		if got := s.Sources[1]; got.State != want || got.Text != err.Error() {
			t.Errorf("%v is shown as %+v", err, got)
		}
	}
}

func TestWordsOfADeployment(t *testing.T) {
	d := backends.Deployment{Variants: []backends.Variant{
		{Name: "A", Version: "1.0.0", Weight: 87.5, Ready: 2, Desired: 3},
		{Name: "B", Version: "1.1\x1b[2J", Weight: 12.5, Ready: 1, Desired: 1},
	}}
	if got, want := Versions(d), "A 1.0.0  B 1.1"; got != want {
		t.Errorf("Versions = %q, want %q", got, want)
	}
	if got, want := WeightsText(d), "87.5/12.5"; got != want {
		t.Errorf("WeightsText = %q, want %q", got, want)
	}
	if ready, desired := Ready(d); ready != 3 || desired != 4 {
		t.Errorf("Ready = %d/%d, want 3/4", ready, desired)
	}
	if got := Versions(backends.Deployment{Variants: []backends.Variant{{Name: "A"}}}); got != "A" {
		t.Errorf("Versions without a version = %q", got)
	}
}

func TestVersionsOfARollout(t *testing.T) {
	for want, r := range map[string]backends.Rollout{
		"1.0.0 → 1.1.0": {Operation: backends.OpDeploy, From: "1.0.0", To: "1.1.0"},
		"first 1.1.0":   {Operation: backends.OpDeploy, To: "1.1.0\x1b[2J"},
		" → 1.1.0":      {Operation: backends.OpScale, To: "1.1.0"},
	} {
		if got := FromTo(theme.New(theme.Options{}), r, 12); got != want {
			t.Errorf("FromTo = %q, want %q", got, want)
		}
	}
}

func TestEveryStateHasGlyphAndWord(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		th := theme.New(theme.Options{ASCII: ascii})
		seen := make(map[string]bool)
		for s := backends.Unknown; s <= backends.Fail; s++ {
			glyph, _ := StateLook(th, s)
			if seen[glyph] {
				t.Errorf("%s shares the glyph %q", s, glyph)
			}
			seen[glyph] = true
			if got, want := ansi.Strip(StateText(th, s)), draw.Pad(glyph, draw.Width(th.Glyphs.OK), draw.Left)+" "+s.String(); got != want {
				t.Errorf("StateText = %q, want %q", got, want)
			}
		}
	}
}

func TestAges(t *testing.T) {
	now := time.Date(2026, 11, 24, 14, 3, 22, 0, time.UTC)
	g := theme.Unicode()
	if got := Age(now, time.Time{}, g); got != g.Missing {
		t.Errorf("never = %q", got)
	}
	if got := Age(now, now.Add(-3*time.Minute), g); got != "3m" {
		t.Errorf("age = %q", got)
	}
	for at, want := range map[time.Time]string{{}: g.Missing, now: "now", now.Add(-4 * time.Second): "now", now.Add(-5 * time.Second): "5s"} {
		if got := Freshness(now, at, g); got != want {
			t.Errorf("freshness of %v = %q, want %q", at, got, want)
		}
	}
	if Stale(now, now.Add(-StaleAfter/2)) || !Stale(now, now.Add(-StaleAfter)) || !Stale(now, time.Time{}) {
		t.Error("data is stale from StaleAfter on, or when there is none")
	}
}

func TestNothingFiresIsSaidOnlyWhenKnown(t *testing.T) {
	now := time.Date(2026, time.November, 24, 14, 0, 0, 0, time.UTC)
	for want, at := range map[string]time.Time{
		"nothing fires": now.Add(-2 * time.Second),
		"nothing fired 3m ago, when the last data came": now.Add(-3 * time.Minute),
		"alerts unknown: no data was read":              {},
	} {
		if got := NoAlerts(now, &fleet.Row{SignalsAt: at}); got != want {
			t.Errorf("data of %s: %q, want %q", at, got, want)
		}
	}
}
