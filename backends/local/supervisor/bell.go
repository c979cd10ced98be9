package supervisor

import "sync"

// bell tells any number of listeners that something changed.
type bell struct {
	mu   sync.Mutex
	next chan struct{}
}

func newBell() *bell { return &bell{next: make(chan struct{})} }

// Ring wakes everyone who holds a channel of Next.
func (b *bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.next)
	b.next = make(chan struct{})
}

// Next is closed at the next Ring. Take it before reading what may change.
func (b *bell) Next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next
}
