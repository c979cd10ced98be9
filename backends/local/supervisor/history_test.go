package supervisor

import (
	"testing"
	"time"

	"pitwall/backends/desired"
)

func TestHealthMakesARevisionGood(t *testing.T) {
	d, _ := newTestDeployment(&fakeDoor{})
	token := d.snapshot().Token
	d.accrue(desired.GoodAfter)
	for _, r := range d.revisions() {
		switch r.Number {
		case 2: // B, one ready replica of one
			if !r.Good || !r.Current || r.GoodFor != desired.GoodAfter {
				t.Errorf("after a minute of health: %+v", r)
			}
		case 1: // does not run
			if r.Current || r.GoodFor != time.Hour {
				t.Errorf("a revision that does not run: %+v", r)
			}
		}
	}
	d.replicas[1].st.phase = phaseDown
	d.accrue(desired.GoodAfter)
	conf := d.config()
	if r := conf.Revision(2); r.GoodFor != desired.GoodAfter {
		t.Errorf("a revision whose replica is down: %v", r.GoodFor)
	}
	if d.snapshot().Token != token {
		t.Error("counting health changed the token")
	}
}
