package main

import (
	"context"
	"errors"
	"testing"

	"pitwall/backends/operation"
)

// Only what was seen to be bad is a reason to take a change back.
func TestJudge(t *testing.T) {
	over := errors.New("stopped watching: " + context.DeadlineExceeded.Error())
	for name, c := range map[string]struct {
		recovery operation.Recovery
		err      error
		want     string
		unproven bool
	}{
		"verified":            {recovery: operation.Recovery{Done: true, Verified: true}},
		"no signals at all":   {recovery: operation.Recovery{Done: true, Unmeasured: true}},
		"bad at the end":      {operation.Recovery{Done: true, Bad: []string{"p95 is 2 s"}, Text: "not recovered: p95 is 2 s"}, nil, "not recovered: p95 is 2 s", false},
		"bad when time ended": {operation.Recovery{Done: true, Bad: []string{"p95 is 2 s"}}, over, over.Error() + ": p95 is 2 s", false},
		"the source is away":  {operation.Recovery{Done: true, Unknown: []string{"there are no signals"}, Text: "not recovered"}, nil, "not recovered", true},
		"healthy too short":   {operation.Recovery{Done: true}, over, over.Error(), true},
	} {
		err := judge(c.recovery, c.err)
		var unproven unprovenError
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want || errors.As(err, &unproven) != c.unproven {
			t.Errorf("%s: %v, unproven %t", name, err, !c.unproven)
		}
	}
}
