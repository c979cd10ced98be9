package kubernetes

import (
	"errors"
	"testing"
	"testing/synctest"

	"pitwall/backends"
)

// TestSteady: a status that moved is no lost race, and another state is one.
func TestSteady(t *testing.T) {
	same := &backends.ConflictError{Now: backends.Deployment{Token: "planned"}}
	other := &backends.ConflictError{Now: backends.Deployment{Token: "changed"}}
	c := backends.Change{Token: "planned"}
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			name    string
			answers []error // one after the other, the last for ever
			want    error
			calls   int
		}{
			{"done at once", []error{nil}, nil, 1},
			{"a status moved twice", []error{same, same, nil}, nil, 3},
			{"a status moved, then somebody was faster", []error{same, other}, other, 2},
			{"another error", []error{errors.ErrUnsupported}, errors.ErrUnsupported, 1},
			{"it never comes to rest", []error{same}, same, maxMoves + 1},
		} {
			calls := 0
			err := steady(t.Context(), c, func() error {
				calls++
				return test.answers[min(calls, len(test.answers))-1]
			})
			if err != test.want || calls != test.calls {
				t.Errorf("%s: %v after %d calls, want %v after %d", test.name, err, calls, test.want, test.calls)
			}
		}
	})
}
