package supervisor

import (
	"testing"
	"time"
)

func TestHealthMakesARevisionGood(t *testing.T) {
	d, _ := newTestDeployment(&fakeDoor{})
	token := d.snapshot().Token
	d.accrue(goodAfter)
	for _, r := range d.revisions() {
		switch r.Number {
		case 2: // B, one ready replica of one
			if !r.Good || !r.Current || r.GoodFor != goodAfter {
				t.Errorf("after a minute of health: %+v", r)
			}
		case 1: // does not run
			if r.Current || r.GoodFor != time.Hour {
				t.Errorf("a revision that does not run: %+v", r)
			}
		}
	}
	d.replicas[1].st.phase = phaseDown
	d.accrue(goodAfter)
	conf := d.config()
	if r := conf.Revision(2); r.GoodFor != goodAfter {
		t.Errorf("a revision whose replica is down: %v", r.GoodFor)
	}
	if d.snapshot().Token != token {
		t.Error("counting health changed the token")
	}
}

func TestVersionsAreNewestFirst(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"1.2.0", "1.10.0", -1}, {"1.2", "1.2.1", -1}, {"2.0.0", "1.9.9", 1}, {"1.0.0", "1.0.0", 0}, {"1.0.a", "1.0.b", -1}} {
		if got := compareVersions(test.a, test.b); got != test.want {
			t.Errorf("%s, %s: %d", test.a, test.b, got)
		}
	}
}
