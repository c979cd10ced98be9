package checklist

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestRunAsksEachOnceAndWaitsForNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		probe := func(took time.Duration) Probe {
			return func(ctx context.Context) Finding {
				asked.Add(1)
				time.Sleep(took)
				return Finding{State: Pass, Text: "well"}
			}
		}
		hangs := func(ctx context.Context) Finding {
			<-ctx.Done()
			time.Sleep(time.Hour)
			return Finding{State: Pass, Text: "too late"}
		}
		r := Runner{Now: time.Now, Subject: running, By: "ana", Probes: map[string]Probe{"quick": probe(0), "slow": probe(3 * time.Second), "hangs": hangs}}
		items := []Item{{Probes: []string{"hangs", "slow"}}, {Probes: []string{"quick", "slow", "absent"}}}
		var order []string
		start := time.Now()
		list := r.Run(t.Context(), items, func(e Evidence) { order = append(order, e.Probe) })
		if took := time.Since(start); took != ProbeTimeout {
			t.Errorf("took %v, want the one that hangs to end it at %v", took, ProbeTimeout)
		}
		got := map[string]Evidence{}
		for _, e := range list {
			got[e.Probe] = e
		}
		if asked.Load() != 2 || len(list) != 4 || got["slow"].TookMS != 3000 || got["slow"].State != Pass || got["slow"].By != "ana" {
			t.Errorf("asked %d, found %+v", asked.Load(), list)
		}
		if e := got["hangs"]; e.State != Unknown || !strings.Contains(e.Text, "no answer within 5s") {
			t.Errorf("what hangs is %+v", e)
		}
		if e := got["absent"]; e.State != Unknown || !strings.Contains(e.Text, `no probe "absent"`) {
			t.Errorf("what is not there is %+v", e)
		}
		if order[len(order)-1] != "hangs" || !slices.Contains(order, "quick") {
			t.Errorf("told in the order %v", order)
		}
		time.Sleep(2 * time.Hour) // the one that hangs ends
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		probes, items := map[string]Probe{}, []Item{{}}
		for _, id := range strings.Fields("a b c d e f g h i j k l") {
			probes[id] = func(ctx context.Context) Finding { <-ctx.Done(); return Finding{} }
			items[0].Probes = append(items[0].Probes, id)
		}
		start := time.Now()
		list := Runner{Now: time.Now, Probes: probes}.Run(ctx, items, nil)
		if len(list) != 0 || time.Since(start) != time.Second {
			t.Errorf("after %v: %v; what did not answer was not looked at", time.Since(start), list)
		}
	})
}
