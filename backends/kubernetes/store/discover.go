package store

import (
	"context"
	"slices"
	"sync"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/internal/flow"
)

// Times of the search for kinds that are installed later.
const (
	rediscover = 5 * time.Minute // where definitions cannot be watched
	gather     = time.Second     // definitions come in crowds
)

// Definitions are what says which custom kinds there are.
var Definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// discover begins the watch of every custom kind that the cluster has, and of
// one that comes later.
func (s *Store) discover(ctx context.Context, running *sync.WaitGroup) {
	have := make(map[schema.GroupResource]bool)
	retry := firstRetry
	for ctx.Err() == nil {
		found, err := s.client.Installed(ctx, slices.Concat(s.options.Customs, s.options.Asked))
		for _, r := range found {
			if slices.Contains(s.options.Customs, r) && !have[r.GroupResource()] {
				have[r.GroupResource()] = true
				for _, namespace := range s.namespaces(true) {
					run := s.startCustom(r, namespace)
					running.Go(func() { run(ctx) })
				}
			}
		}
		if err != nil {
			flow.Sleep(ctx, retry)
			retry = min(2*retry, longestWait)
			continue
		}
		retry = firstRetry
		s.found(found)
		if err := s.awaitDefinition(ctx); err != nil {
			flow.Sleep(ctx, rediscover)
		}
	}
}

// found notes which kinds there are.
func (s *Store) found(kinds []schema.GroupVersionResource) {
	installed := make(map[schema.GroupResource]bool, len(kinds))
	for _, r := range kinds {
		installed[r.GroupResource()] = true
	}
	s.mu.Lock()
	s.discovered, s.installed = true, installed
	s.mu.Unlock()
	s.tell()
}

// Lacks reports whether the cluster is known not to have a kind, one of Customs
// or Asked. Every user may ask the API server for its kinds; while it has not
// answered yet, nothing is known.
func (s *Store) Lacks(r schema.GroupResource) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.discovered && !s.installed[r]
}

// awaitDefinition returns when a definition of a kind was made or changed. Its
// error says that this user may not see them.
func (s *Store) awaitDefinition(ctx context.Context) error {
	client, err := s.client.Metadata()
	if err != nil {
		return err
	}
	names := client.Resource(Definitions)
	list, err := names.List(ctx, meta.ListOptions{Limit: 1})
	if err != nil {
		return err
	}
	w, err := names.Watch(ctx, meta.ListOptions{ResourceVersion: list.ResourceVersion})
	if err != nil {
		return err
	}
	defer w.Stop()
	select {
	case <-w.ResultChan(): // or it ended, and then they are listed again
		flow.Sleep(ctx, gather)
	case <-ctx.Done():
	}
	return nil
}
