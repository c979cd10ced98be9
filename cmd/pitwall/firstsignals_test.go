package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pitwall/backends"
)

func TestUpWaitsForTheFirstSignals(t *testing.T) {
	type answer = map[string]map[string]backends.Signals
	some := map[string]backends.Signals{"": {}}
	both, one := answer{"model-api": some, "wine-api": some}, answer{"model-api": some}
	for _, c := range []struct {
		name  string
		after time.Duration // until both are measured
		took  [2]time.Duration
		said  string
		ended bool // the person interrupts after 3 s
	}{
		{name: "a second up", after: 0, took: [2]time.Duration{0, 0}},
		{name: "a first up", after: 4 * time.Second, took: [2]time.Duration{4 * time.Second, 5 * time.Second},
			said: "waiting for the first signals of model-api, wine-api\nsignals are there (4.0 s)"},
		{name: "nothing is scraped", after: time.Hour, took: [2]time.Duration{signalsWait, signalsWait + time.Second},
			said: "waiting for the first signals of model-api, wine-api\nno signals of wine-api after 20 s: until there are, no share can be raised (out of reach)"},
		{name: "interrupted", after: time.Hour, took: [2]time.Duration{3 * time.Second, 3 * time.Second}, ended: true,
			said: "waiting for the first signals of model-api, wine-api"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, lines := time.Now(), []string{}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if c.ended {
					time.AfterFunc(3*time.Second, cancel)
				}
				err := awaitSignals(ctx, func(context.Context) (answer, error) {
					switch passed := time.Since(began); {
					case passed >= c.after:
						return both, nil
					case passed > 2*time.Second:
						return one, errors.New("out of reach")
					default:
						return nil, errors.New("out of reach")
					}
				}, []string{"model-api", "wine-api"}, func(line string) { lines = append(lines, line) })
				if c.ended != errors.Is(err, context.Canceled) || !c.ended && err != nil {
					t.Errorf("error %v", err)
				}
				if took := time.Since(began); took < c.took[0] || took > c.took[1] {
					t.Errorf("waited %v", took)
				}
				if got := strings.Join(lines, "\n"); got != c.said {
					t.Errorf("said %q, want %q", got, c.said)
				}
			})
		})
	}
}
