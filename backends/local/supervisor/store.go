package supervisor

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"sync"

	"pitwall/backends/desired"
	"pitwall/backends/local/supervisor/state"
)

// store is the state directory with its content in memory. Its methods may be
// called from any goroutine.
type store struct {
	dir *state.Dir

	mu       sync.Mutex
	stack    state.Stack
	children map[int]state.Child // by pid
}

// openStore reads the state; seeded tells that it is new and was made by seed.
func openStore(dir *state.Dir, seed func() ([]desired.Deployment, error)) (s *store, seeded bool, err error) {
	stack, found, err := dir.Load()
	if err != nil {
		return nil, false, err
	}
	s = &store{dir: dir, stack: stack, children: make(map[int]state.Child)}
	if found {
		return s, false, nil
	}
	deployments, err := seed()
	if err != nil {
		return nil, false, fmt.Errorf("set up the first deployments: %w", err)
	}
	s.stack = state.Stack{ID: rand.Text()[:8], Deployments: deployments, Listen: map[string]string{}}
	return s, true, dir.Save(s.stack)
}

// Put remembers the configuration of a deployment; after an error the earlier
// one stands.
func (s *store) Put(d desired.Deployment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.stack.Clone()
	i := slices.IndexFunc(next.Deployments, func(o desired.Deployment) bool { return o.Name == d.Name })
	if i < 0 {
		return fmt.Errorf("remember %s: it is not in the state", d.Name)
	}
	next.Deployments[i] = d.Clone()
	return s.save(next)
}

// SetListen remembers where a front door listens, for the next start.
func (s *store) SetListen(name, addr string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stack.Listen[name] == addr {
		return nil
	}
	next := s.stack.Clone()
	if next.Listen == nil {
		next.Listen = map[string]string{}
	}
	next.Listen[name] = addr
	return s.save(next)
}

func (s *store) save(next state.Stack) error {
	if err := s.dir.Save(next); err != nil {
		return err
	}
	s.stack = next
	return nil
}

// Stack gives a copy of what is remembered.
func (s *store) Stack() state.Stack {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stack.Clone()
}

// AddChild notes a process, so that the next supervisor finds it if this one
// is killed.
func (s *store) AddChild(c state.Child) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.children[c.PID] = c
	return s.dir.SaveChildren(slices.Collect(maps.Values(s.children)))
}

// RemoveChild forgets a process that ended.
func (s *store) RemoveChild(pid int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.children, pid)
	return s.dir.SaveChildren(slices.Collect(maps.Values(s.children)))
}
