package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"pitwall/backends/kubernetes/api"
)

func pod(namespace, name, version string) *core.Pod {
	return &core.Pod{ObjectMeta: meta.ObjectMeta{Namespace: namespace, Name: name, ResourceVersion: version}}
}

// TestShelfTellsWhatChanged: every change names its namespaces, also those that a
// new list has no object of any more.
func TestShelfTellsWhatChanged(t *testing.T) {
	var told []string
	filled := 0
	s := newShelf(func(namespaces ...string) { told = append(told, namespaces...) }, func() { filled++ })
	steps := []struct {
		name string
		do   func() error
		told []string
		kept []string // "namespace/name@version"
	}{
		{"a list", func() error { return s.Replace([]any{pod("a", "x", "1"), pod("b", "y", "1")}, "1") }, []string{"a", "b"}, []string{"a/x@1", "b/y@1"}},
		{"an object is added", func() error { return s.Add(pod("a", "z", "2")) }, []string{"a"}, []string{"a/x@1", "a/z@2", "b/y@1"}},
		{"one changes", func() error { return s.Update(pod("b", "y", "3")) }, []string{"b"}, []string{"a/x@1", "a/z@2", "b/y@3"}},
		{"one goes", func() error { return s.Delete(pod("a", "x", "4")) }, []string{"a"}, []string{"a/z@2", "b/y@3"}},
		{"one goes that never was", func() error { return s.Delete(pod("c", "n", "4")) }, []string{"c"}, []string{"a/z@2", "b/y@3"}},
		{"a list after an expiry", func() error { return s.Replace([]any{pod("d", "w", "9")}, "9") }, []string{"a", "b", "d"}, []string{"d/w@9"}},
	}
	for _, step := range steps {
		told = nil
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		slices.Sort(told)
		if !slices.Equal(slices.Compact(told), step.told) {
			t.Errorf("%s: told %v, want %v", step.name, told, step.told)
		}
		var kept []string
		for _, namespace := range s.namespaces() {
			s.each(namespace, func(o trimmed) {
				m := o.Identity()
				kept = append(kept, m.Namespace+"/"+m.Name+"@"+m.ResourceVersion)
			})
		}
		slices.Sort(kept)
		if !slices.Equal(kept, step.kept) {
			t.Errorf("%s: kept %v, want %v", step.name, kept, step.kept)
		}
	}
	if filled != 2 {
		t.Errorf("it was filled %d times, want with each list", filled)
	}
	if s.get("a", "x") != nil || s.get("d", "w") == nil {
		t.Error("get gives what is not there, or not what is")
	}
}

func TestShelfRefusesWhatItDoesNotKnow(t *testing.T) {
	s := newShelf(func(...string) {}, func() {})
	if err := s.Add("no object"); err == nil {
		t.Error("something without a name is kept")
	}
	if err := s.Replace([]any{pod("a", "x", "1"), 7}, "1"); err == nil || s.get("a", "x") != nil {
		t.Errorf("half of a list is kept: %v", err)
	}
}

// TestSightingTellsItsHealth: what is denied is asked for more and more rarely,
// and whoever waits is woken.
func TestSightingTellsItsHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		s := &sighting{resource: Pods, now: time.Now, told: func() { told++ }, news: make(chan struct{})}
		forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", errors.New("no"))
		for _, step := range []struct {
			name string
			err  error
			told int
			rest time.Duration // before the next request
		}{
			{"it is seen", nil, 0, 0},
			{"it is forbidden", forbidden, 1, 600 * time.Millisecond},
			{"and again", forbidden, 1, 1200 * time.Millisecond},
			{"the server is away", errors.New("connection refused"), 2, 0},
			{"it is seen again", nil, 3, 0},
		} {
			s.saw(t.Context(), step.err)
			began := time.Now()
			s.patience(t.Context())
			if rest := time.Since(began); told != step.told || rest != step.rest {
				t.Errorf("%s: told %d times and rests %v, want %d and %v", step.name, told, rest, step.told, step.rest)
			}
		}
		if err := s.sight().Err; err != nil {
			t.Errorf("it is seen, and tells %v", err)
		}
		seen := make(chan error)
		go func() { seen <- s.await(t.Context()) }()
		synctest.Wait()
		s.filled()
		if err := <-seen; err != nil {
			t.Errorf("filled, whoever waited gets %v", err)
		}
	})
}

// TestSightingIsBehind: a watch that cannot go on where it was is no sight until
// the shelf is filled anew, whenever that is, and its end is the end of it all.
func TestSightingIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := watch.NewFake()
		s := &sighting{resource: Pods, now: time.Now, told: func() {}, news: make(chan struct{})}
		open := s.watch(&cache.ListWatch{WatchFuncWithContext: func(context.Context, meta.ListOptions) (watch.Interface, error) { return server, nil }})
		heard, err := open(t.Context(), meta.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		expired := apierrors.NewResourceExpired("too old")
		go server.Error(&expired.ErrStatus)
		event := <-heard.ResultChan()
		behind := func() bool {
			var behind *api.BehindError
			return errors.As(s.sight().Err, &behind)
		}
		if event.Type != watch.Error || !behind() {
			t.Fatalf("it sends %+v and tells %v", event, s.sight().Err)
		}
		all := true
		if _, err := open(t.Context(), meta.ListOptions{SendInitialEvents: &all}); err != nil || !behind() {
			t.Errorf("opened, not filled: %v, and it tells %v", err, s.sight().Err)
		}
		s.filled()
		if err := s.sight().Err; err != nil {
			t.Errorf("filled, it tells %v", err)
		}
		heard.Stop() // synctest fails when something goes on
		synctest.Wait()
		if !server.IsStopped() {
			t.Error("the server goes on sending")
		}
	})
}
