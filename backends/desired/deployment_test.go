package desired

import "testing"

func TestRevisionsAreBounded(t *testing.T) {
	d := Deployment{Variants: []Variant{{Name: "A", Revision: 1}}}
	for i := range 3 * keepRevisions {
		if n := d.AddRevision(Revision{Variant: "A"}); n != i+1 {
			t.Fatalf("revision %d has number %d", i+1, n)
		}
	}
	if len(d.Revisions) != keepRevisions || d.Revision(1) == nil || d.Revision(3*keepRevisions) == nil {
		t.Errorf("%d revisions from %d on", len(d.Revisions), d.Revisions[0].Number)
	}
}
