package logs

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/views/viewtest"
)

// A producer of 50,000 lines a second costs ten batches, bounded memory, and
// a count of what was lost.
func TestFloodIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		flood := make(chan backends.LogLine)
		go func() {
			for range 100 {
				for i := range 500 {
					select {
					case flood <- at(i, "A", 1, "x"):
					case <-ctx.Done():
						return
					}
				}
				time.Sleep(10 * time.Millisecond)
			}
		}()
		logs := &streamer{streams: []func(backends.LogQuery) (<-chan backends.LogLine, error){
			func(backends.LogQuery) (<-chan backends.LogLine, error) { return flood, nil }}}
		p := newPump(logs, "model-api", time.Now)
		go p.follow(ctx)
		batches, lines, dropped := 0, 0, 0
		for end := time.Now().Add(time.Second); time.Now().Before(end); batches++ {
			b, _ := p.next(ctx)
			if len(b.lines) > batchMost {
				t.Fatalf("a batch of %d lines", len(b.lines))
			}
			lines, dropped = lines+len(b.lines), dropped+b.dropped
		}
		if batches > 11 || dropped == 0 || lines+dropped < 45_000 {
			t.Errorf("%d batches, %d lines and %d dropped", batches, lines, dropped)
		}
		cancel()
		synctest.Wait()
	})
}

func TestBrokenStreamComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		first, again := at(0, "A", 1, "one"), at(5, "A", 1, "two")
		logs := &streamer{streams: []func(backends.LogQuery) (<-chan backends.LogLine, error){
			of(true, first), broken(errors.New("connection refused")), of(false, first, first, again)}}
		p := newPump(logs, "model-api", time.Now)
		go p.follow(ctx)
		var texts, errs []string
		for range 3 {
			b, _ := p.next(ctx)
			for _, l := range b.lines {
				texts = append(texts, l.text)
			}
			if b.stream.err != nil {
				errs = append(errs, b.stream.err.Error())
			}
		}
		if want := []string{"one", "one", "two"}; !slices.Equal(texts, want) {
			t.Errorf("lines %v, want %v: what was seen is not repeated, what is new is not lost", texts, want)
		}
		if want := []string{"the stream ended", "connection refused"}; !slices.Equal(errs, want) {
			t.Errorf("errors %v, want %v", errs, want)
		}
		if got, want := logs.asked[2].Since, first.At.Add(-overlap); !got.Equal(want) {
			t.Errorf("asked since %v, want %v", got, want)
		}
		cancel()
		synctest.Wait()
	})
}

func TestRefreshEndsThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		deps := viewtest.Deps(viewtest.Fleet())
		logs := &streamer{streams: []func(backends.LogQuery) (<-chan backends.LogLine, error){broken(errors.New("refused"))}}
		deps.Logs, deps.Now = logs, time.Now
		s := New(deps, "model-api")
		go s.pump.follow(ctx)
		synctest.Wait()
		s.Update(ui.Refresh{})
		synctest.Wait()
		if len(logs.asked) != 2 {
			t.Errorf("%d attempts after r", len(logs.asked))
		}
		cancel()
		synctest.Wait()
	})
}
