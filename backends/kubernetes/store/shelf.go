package store

import (
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/tools/cache"

	"pitwall/backends/kubernetes/objects"
)

// shelf keeps the objects of one watch by namespace and name. A reflector
// fills it; told is called with the namespaces of what changed, and before
// anybody can see the change: what was awaited is known to have changed.
type shelf struct {
	told   func(namespaces ...string)
	filled func() // it was listed whole

	pool objects.Pool // the reflector's goroutine alone uses it

	mu     sync.RWMutex
	spaces map[string]map[string]trimmed
}

var _ cache.TransformingStore = (*shelf)(nil)

func newShelf(told func(...string), filled func()) *shelf {
	return &shelf{told: told, filled: filled, spaces: make(map[string]map[string]trimmed)}
}

// Transformer implements cache.TransformingStore: the first list is trimmed
// object by object as it is streamed, so that it never stands in memory whole.
func (s *shelf) Transformer() cache.TransformFunc { return s.trim }

// trim is that of an object, of which pods share what they can.
func (s *shelf) trim(o any) (any, error) {
	kept, err := trim(o)
	if pod, ok := kept.(*objects.Pod); ok && kept != o {
		s.pool.Share(pod)
	}
	return kept, err
}

// Add implements cache.ReflectorStore.
func (s *shelf) Add(o any) error {
	namespace, name, kept, err := s.shelved(o)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	space := s.spaces[namespace]
	if space == nil {
		space = make(map[string]trimmed)
		s.spaces[namespace] = space
	}
	space[name] = kept
	s.told(namespace)
	return nil
}

// Update implements cache.ReflectorStore.
func (s *shelf) Update(o any) error { return s.Add(o) }

// Delete implements cache.ReflectorStore.
func (s *shelf) Delete(o any) error {
	object, err := meta.Accessor(o)
	if err != nil {
		return fmt.Errorf("an object without a name: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.spaces[object.GetNamespace()], object.GetName())
	s.told(object.GetNamespace())
	return nil
}

// Replace implements cache.ReflectorStore.
func (s *shelf) Replace(list []any, _ string) error {
	fresh := make(map[string]map[string]trimmed)
	for _, o := range list {
		namespace, name, kept, err := s.shelved(o)
		if err != nil {
			return err
		}
		if fresh[namespace] == nil {
			fresh[namespace] = make(map[string]trimmed)
		}
		fresh[namespace][name] = kept
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]string, 0, len(s.spaces)+len(fresh))
	for namespace := range s.spaces {
		all = append(all, namespace)
	}
	for namespace := range fresh {
		all = append(all, namespace)
	}
	s.spaces = fresh
	s.filled()
	s.told(all...)
	return nil
}

// Resync implements cache.ReflectorStore: there is nothing to do again.
func (s *shelf) Resync() error { return nil }

// get is the object of a name, nil when it is not there.
func (s *shelf) get(namespace, name string) trimmed {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.spaces[namespace][name]
}

// each calls f with every object of a namespace, in no order.
func (s *shelf) each(namespace string, f func(trimmed)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, o := range s.spaces[namespace] {
		f(o)
	}
}

func (s *shelf) namespaces() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]string, 0, len(s.spaces))
	for namespace, objects := range s.spaces {
		if len(objects) > 0 {
			out = append(out, namespace)
		}
	}
	return out
}

func (s *shelf) shelved(o any) (namespace, name string, kept trimmed, err error) {
	made, err := s.trim(o)
	if err != nil {
		return "", "", nil, err
	}
	kept, ok := made.(trimmed)
	if !ok {
		return "", "", nil, fmt.Errorf("an object without a place: %T", made)
	}
	m := kept.Identity()
	return m.Namespace, m.Name, kept, nil
}
