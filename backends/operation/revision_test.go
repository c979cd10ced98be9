package operation

import (
	"testing"
	"time"

	"pitwall/backends"
)

func TestDefaultRevision(t *testing.T) {
	rev := func(n int, version string, flags string) backends.Revision {
		r := backends.Revision{Number: n, Variant: "A", Version: version}
		for _, f := range flags {
			r.Current = r.Current || f == 'c'
			r.Good = r.Good || f == 'g'
		}
		return r
	}
	for name, c := range map[string]struct {
		revisions []backends.Revision // newest first
		want      int                 // 0: refused
	}{
		"none":                             {nil, 0},
		"the first":                        {[]backends.Revision{rev(1, "1.0.0", "c")}, 0},
		"a bad release":                    {[]backends.Revision{rev(3, "1.2.0", "c"), rev(2, "1.1.0", ""), rev(1, "1.0.0", "g")}, 1},
		"nothing was ever good":            {[]backends.Revision{rev(3, "1.2.0", "c"), rev(2, "1.1.0", ""), rev(1, "1.0.0", "")}, 2},
		"rolled back already":              {[]backends.Revision{rev(4, "1.0.0", "c"), rev(3, "1.2.0", ""), rev(1, "1.0.0", "g")}, 0},
		"rolled back, an older good one":   {[]backends.Revision{rev(4, "1.0.0", "c"), rev(3, "1.2.0", ""), rev(2, "1.0.0", "g"), rev(1, "0.9.0", "g")}, 1},
		"an older one runs, newer ignored": {[]backends.Revision{rev(3, "1.2.0", "g"), rev(2, "1.1.0", "c"), rev(1, "1.0.0", "g")}, 1},
	} {
		r, err := DefaultRevision(c.revisions)
		if r.Number != c.want || (err == nil) != (c.want != 0) {
			t.Errorf("%s: revision %d, %v, want %d", name, r.Number, err, c.want)
		}
	}
}

// A rollback in the middle of a rollout brings back what it replaces: which
// revision counts as the running one until then is for the backend to say.
func TestInterruptedRevision(t *testing.T) {
	began := time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)
	rev := func(n int, version string, current bool, after time.Duration) backends.Revision {
		return backends.Revision{Number: n, Variant: "B", Version: version, Current: current, CreatedAt: began.Add(after)}
	}
	deploy := backends.Rollout{Operation: backends.OpDeploy, Variant: "B", From: "1.1.0", To: "1.2.0", StartedAt: began}
	restart := backends.Rollout{Operation: backends.OpRestart, Variant: "B", From: "1.1.0", To: "1.1.0", StartedAt: began}
	old := rev(1, "1.1.0", false, -time.Hour)
	for name, c := range map[string]struct {
		rollout   backends.Rollout
		revisions []backends.Revision
		want      int // 0: none
	}{
		"the replaced one runs":         {deploy, []backends.Revision{rev(1, "1.1.0", true, -time.Hour)}, 1},
		"the new one counts already":    {deploy, []backends.Revision{rev(2, "1.2.0", true, 0), old}, 1},
		"another failed before it":      {deploy, []backends.Revision{rev(3, "1.2.0", true, 0), rev(2, "1.3.0", false, -time.Minute), old}, 1},
		"the one before is forgotten":   {deploy, []backends.Revision{rev(2, "1.2.0", true, 0)}, 0},
		"a restart, the old one counts": {restart, []backends.Revision{rev(1, "1.1.0", true, -time.Hour)}, 1},
		"a restart, the new one counts": {restart, []backends.Revision{rev(2, "1.1.0", true, 0), old}, 1},
	} {
		r, ok := interrupted(backends.Deployment{Rollout: &c.rollout}, c.revisions)
		if r.Number != c.want || ok != (c.want != 0) {
			t.Errorf("%s: revision %d, %v, want %d", name, r.Number, ok, c.want)
		}
	}
}
