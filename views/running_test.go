package views

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestOneOperationADeployment(t *testing.T) {
	var r Running
	_, first, _ := r.Begin(t.Context(), "model-api", "first")
	if _, second, other := r.Begin(t.Context(), "model-api", "second"); second != nil || other != "first" || r.Busy("model-api") != "first" {
		t.Errorf("a second operation began beside %q", other)
	}
	if _, elsewhere, _ := r.Begin(t.Context(), "wine-api", "elsewhere"); elsewhere == nil {
		t.Error("another deployment is barred")
	}
	first.End()
	if _, second, _ := r.Begin(t.Context(), "model-api", "second"); second == nil {
		t.Error("the deployment is not free after the end")
	}
}

func TestWatchedOperationMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r Running
		run, first, _ := r.Begin(t.Context(), "model-api", "first")
		first.Yield()
		next, second, _ := r.Begin(t.Context(), "model-api", "second")
		if second == nil || r.Busy("model-api") != "second" {
			t.Fatal("the watched operation bars the next")
		}
		if by, ok := errors.AsType[*SupersededError](context.Cause(run)); !ok || by.By != "second" {
			t.Errorf("the first ended with %v", context.Cause(run))
		}
		begun := false
		go func() {
			second.Turn(next)
			begun = true
		}()
		synctest.Wait()
		if begun {
			t.Error("the second began before the first had ended")
		}
		first.End()
		synctest.Wait()
		if !begun || r.Busy("model-api") != "second" {
			t.Errorf("begun %t, busy %q", begun, r.Busy("model-api"))
		}
		second.End()
		if r.Busy("model-api") != "" || next.Err() == nil {
			t.Error("the second is not over")
		}
	})
}

func TestNextOperationEndsTheWatch(t *testing.T) {
	var r Running
	watch, cancel := r.Watch(t.Context(), "model-api")
	defer cancel()
	_, c, _ := r.Begin(t.Context(), "model-api", "next")
	defer c.End()
	if watch.Err() == nil {
		t.Error("the watch goes on")
	}
}

func TestWithoutRunningNothingIsKeptApart(t *testing.T) {
	var r *Running
	_, first, _ := r.Begin(t.Context(), "model-api", "first")
	_, second, _ := r.Begin(t.Context(), "model-api", "second")
	if first == nil || second == nil || r.Busy("model-api") != "" {
		t.Error("a nil Running bars an operation")
	}
	first.Yield()
	second.Turn(t.Context())
	first.End()
	second.End()
}
