package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	containers "pitwall/backends/docker/stack"
)

// signalsWait is how long `pitwall up` waits for the first signals. Prometheus
// looks its targets up every 2 s and scrapes each within a second of that.
const signalsWait = 20 * time.Second

// firstSignals waits until every front door of a stack of containers is
// measured: until then a change that raises a share is refused. A Prometheus on
// another machine may be out of reach from here, and is not waited for.
func (a *app) firstSignals(ctx context.Context, s containers.Stack, o containers.Options) error {
	if !o.Local {
		return nil
	}
	x, err := a.prepare(ctx)
	if err != nil {
		return err
	}
	defer x.close()
	names := make([]string, len(s.Doors))
	for i, d := range s.Doors {
		names[i] = d.Deployment
	}
	return awaitSignals(ctx, x.metrics.Signals, names, o.Say)
}

// awaitSignals looks until all deployments have signals, for at most
// signalsWait, and tells what it waits for. That there are none by then is told
// and no error: the stack runs. The error is that of ctx.
func awaitSignals(ctx context.Context, signals func(context.Context) (map[string]map[string]backends.Signals, error), names []string, say func(string)) error {
	began, told := time.Now(), false
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		all, err := signals(ctx)
		missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return len(all[name]) > 0 })
		waited := time.Since(began)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("wait for the first signals: %w", context.Cause(ctx))
		case len(missing) == 0 && told:
			say(fmt.Sprintf("signals are there (%.1f s)", waited.Seconds()))
			return nil
		case len(missing) == 0:
			return nil
		case waited >= signalsWait:
			text := "Prometheus has none yet"
			if err != nil {
				text = err.Error()
			}
			say(fmt.Sprintf("no signals of %s after %.0f s: until there are, no share can be raised (%s)", strings.Join(missing, ", "), waited.Seconds(), text))
			return nil
		case !told:
			told = true
			say("waiting for the first signals of " + strings.Join(missing, ", "))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}
