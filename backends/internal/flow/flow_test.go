package flow

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if !Sleep(ctx, 999*time.Millisecond) {
			t.Error("a wait that ends before its context is cut short")
		}
		if Sleep(ctx, time.Hour) {
			t.Error("a wait outlives its context")
		}
	})
}

func TestOfferKeepsTheNewest(t *testing.T) {
	out := make(chan int, 1)
	for n := range 3 {
		Offer(out, n)
	}
	if got := <-out; got != 2 {
		t.Errorf("the reader gets %d, want the newest", got)
	}
}
