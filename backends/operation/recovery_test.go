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

// What nothing measures is judged by its replicas alone, and a signal that is
// not there is never one that is bad.
func TestWatchRecoveryWithoutSignals(t *testing.T) {
	none := func(string) map[string]backends.Signals { return nil }
	tests := map[string]struct {
		edit       func(*Options)
		ready      int
		unmeasured bool
		bad        bool
		text       string
	}{
		"no source":             {func(o *Options) { o.Signals = nil }, 3, true, false, "every replica of model-api is ready; there are no signals to judge by"},
		"nothing measures it":   {func(o *Options) { o.Signals, o.Measured = none, func(string) bool { return false } }, 3, true, false, "there are no signals to judge by"},
		"a replica never ready": {func(o *Options) { o.Signals = nil }, 0, false, true, "not recovered after 10m0s: 0 of 3 replicas of A are ready"},
		"the source is away":    {func(o *Options) { o.Signals = none }, 3, false, false, "not recovered after 10m0s: there are no signals"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 1, test.edit, func(t *testing.T, ctx context.Context, b *bench) {
				b.world.d.Variants[0].Ready, b.world.d.Variants[0].Desired = test.ready, 3
				start := time.Now()
				r, err := b.WatchRecovery(ctx, RecoveryWatch{Deployment: "model-api"}, nil)
				if err != nil || !r.Done || r.Verified || r.Unmeasured != test.unmeasured || len(r.Bad) > 0 != test.bad || !strings.Contains(r.Text, test.text) {
					t.Errorf("recovery %+v, %v", r, err)
				}
				if at := time.Since(start); test.unmeasured && at > 0 {
					t.Errorf("it ended after %s", at)
				}
			})
		})
	}
}
