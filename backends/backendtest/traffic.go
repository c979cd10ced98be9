package backendtest

import (
	"context"
	"sync"
	"testing"
)

// sending sends requests all the time while a test runs. The returned function
// ends it and fails the test if a request was lost.
func (s *suite) sending(t *testing.T) (stop func()) {
	t.Helper()
	if s.Send == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var sent, lost int
	var first error
	wg.Go(func() {
		for ctx.Err() == nil {
			sent++
			// Not ctx: a request that this test breaks off is not a lost one.
			if err := s.Send(context.WithoutCancel(ctx)); err != nil {
				if lost++; first == nil {
					first = err
				}
			}
		}
	})
	stop = sync.OnceFunc(func() {
		cancel()
		wg.Wait()
		if lost > 0 {
			t.Errorf("%d of %d requests were lost, the first by: %v", lost, sent, first)
		}
	})
	t.Cleanup(stop)
	return stop
}
