package moderation

import "sync"

// Bell tells whoever listens that something changed in the database. Rings that
// come while a listener is busy are heard as one. The zero Bell is ready.
type Bell struct {
	mu        sync.Mutex
	listeners []chan struct{}
}

// Listen returns a channel that receives after every ring from now on.
func (b *Bell) Listen() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := make(chan struct{}, 1)
	b.listeners = append(b.listeners, c)
	return c
}

// Ring wakes every listener. It never blocks.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.listeners {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
