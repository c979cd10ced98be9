package store

import (
	"context"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// seenWithin bounds how long the watch may lag behind a write.
const seenWithin = 10 * time.Second

// Await returns when an object is seen in a resource version, or a later one,
// or is gone. A kind that is not watched is not waited for.
func (s *Store) Await(ctx context.Context, r schema.GroupResource, namespace, name, version string) error {
	wanted, err := strconv.ParseUint(version, 10, 64)
	if err != nil || !s.Sees(r) {
		return nil // versions that are no numbers cannot be compared
	}
	ctx, cancel := context.WithTimeout(ctx, seenWithin)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		have, there := s.version(r, namespace, name)
		if !there || have >= wanted {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Store) version(r schema.GroupResource, namespace, name string) (version uint64, there bool) {
	for _, w := range s.watches(r) {
		if o := w.shelf.get(namespace, name); o != nil {
			version, _ = strconv.ParseUint(o.Identity().ResourceVersion, 10, 64)
			return version, true
		}
	}
	return 0, false
}
