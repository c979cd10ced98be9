package operation

import (
	"context"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

func TestWatchRecovery(t *testing.T) {
	good := func() backends.Signals { return signalsOf(40) }
	failing := func() backends.Signals { s := good(); s.ErrorRatio = 0.2; return s }
	tests := map[string]struct {
		signals  func(since time.Duration) map[string]backends.Signals
		verified bool
		text     string
		took     time.Duration
	}{
		"back after 30 s": {func(since time.Duration) map[string]backends.Signals {
			if since < 30*time.Second {
				return map[string]backends.Signals{"": failing()}
			}
			return map[string]backends.Signals{"": good()}
		}, true, "verified: model-api has been healthy for 1m0s", 90 * time.Second},
		"still refusing": {func(time.Duration) map[string]backends.Signals {
			s := good()
			s.RejectRatio = 1
			return map[string]backends.Signals{"": s}
		}, false, "not recovered after 10m0s: the share of refused requests is 100 %, above 20 %", 10 * time.Minute},
		"still failing": {func(time.Duration) map[string]backends.Signals {
			return map[string]backends.Signals{"": failing()}
		}, false, "not recovered after 10m0s: the error ratio is 20 %, above 1 %", 10 * time.Minute},
		"source away": {func(time.Duration) map[string]backends.Signals { return nil },
			false, "there are no signals", 10 * time.Minute},
		"flapping": {func(since time.Duration) map[string]backends.Signals {
			if since%(40*time.Second) < 10*time.Second {
				return map[string]backends.Signals{"": failing()}
			}
			return map[string]backends.Signals{"": good()}
		}, false, "not recovered after 10m", 10 * time.Minute},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var start time.Time
			signals := func(string) map[string]backends.Signals { return test.signals(time.Since(start)) }
			inBubble(t, 1, func(o *Options) { o.Signals = signals }, func(t *testing.T, ctx context.Context, b *bench) {
				start = time.Now()
				r, err := b.WatchRecovery(ctx, RecoveryWatch{Deployment: "model-api", IntentID: "x"}, nil)
				if err != nil || r.Verified != test.verified || !r.Done || !strings.Contains(r.Text, test.text) || r.Took.Round(15*time.Second) != test.took {
					t.Errorf("recovery %+v, %v", r, err)
				}
				if note := b.journal.last(); note.Phase != "note" || note.Intent != "x" || note.Text != r.Text {
					t.Errorf("note %+v", note)
				}
			})
		})
	}
}

func TestWatchRecoveryEndsWithItsContext(t *testing.T) {
	inBubble(t, 1, func(o *Options) { o.Signals = func(string) map[string]backends.Signals { return nil } },
		func(t *testing.T, ctx context.Context, b *bench) {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			r, err := b.WatchRecovery(ctx, RecoveryWatch{Deployment: "model-api", IntentID: "x"}, nil)
			if err == nil || !r.Done || r.Verified || r.Text != "the recovery was watched no longer: the time for it was over" {
				t.Errorf("recovery %+v, %v", r, err)
			}
			if note := b.journal.last(); note.Text != r.Text || note.Intent != "x" {
				t.Errorf("note %+v", note)
			}
		})
}
