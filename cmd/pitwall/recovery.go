package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"pitwall/backends/operation"
)

// unprovenError says that a change was carried out, and that in the time for it
// nothing showed that it is well, nor that it is bad.
type unprovenError struct{ error }

func (e unprovenError) Unwrap() error { return e.error }

// waitRecovery watches until the signals are good again, or until every replica
// is ready where there are none.
func (a *app) waitRecovery(ctx context.Context, s *session, deployment, intent string, x consent) error {
	line := newLiveLine(a.out, "recovery", a.global.plain)
	result, err := s.engine.WatchRecovery(ctx, operation.RecoveryWatch{Deployment: deployment, IntentID: intent, Timeout: x.timeout},
		func(r operation.Recovery) {
			if x.out == asTable {
				line.say(a.now(), r.Text, r.Done)
			}
		})
	line.end()
	return judge(result, err)
}

// judge tells whether a watch ended well.
func judge(r operation.Recovery, err error) error {
	switch {
	case err == nil && (r.Verified || r.Unmeasured):
		return nil
	case err == nil:
		err = errors.New(r.Text)
	case len(r.Bad) > 0:
		err = fmt.Errorf("%w: %s", err, strings.Join(r.Bad, "; "))
	}
	if len(r.Bad) == 0 {
		return unprovenError{err}
	}
	return err
}

// unjudged is what a plan says of --wait where there are no signals.
const unjudged = "there are no signals to judge by: --wait ends when every replica is ready, and only a rollout that fails is one that did not end well"
