package rollout

import (
	"testing"
	"testing/synctest"

	"pitwall/backends"
	"pitwall/backends/docker/world"
)

// TestNoMoreIsKeptThanARollbackWants: restarts and deploys leave as many stopped
// containers of a model as it has replicas, the newest.
func TestNoMoreIsKeptThanARollbackWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(3)
		for i, c := range []backends.Change{{Op: backends.OpRestart, Variant: "A"}, {Op: backends.OpRestart, Variant: "A"},
			{Op: backends.OpDeploy, Variant: "A", Version: "2"}, {Op: backends.OpRestart, Variant: "A"}} {
			f.begin(t, c)
			if err := f.roller().Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			kept := map[string]int{}
			for _, c := range f.containers {
				if c.Status == "exited" {
					kept[c.Labels[world.LabelVersion]]++
				}
			}
			if kept["1"] != 3 || i == 3 && kept["2"] != 3 {
				t.Errorf("after change %d there are kept: %v", i+1, kept)
			}
		}
		made := f.next
		f.begin(t, backends.Change{Op: backends.OpRollback, Variant: "A", Revision: 1})
		if err := f.roller().Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(t, f, "1", "1", "1")
		if f.next != made {
			t.Errorf("the rollback made %d containers instead of starting the kept ones", f.next-made)
		}
	})
}
