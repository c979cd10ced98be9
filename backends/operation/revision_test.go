package operation

import (
	"testing"

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
