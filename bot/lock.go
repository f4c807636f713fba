package bot

import "sync"

// keyedLocks let one at a time work on what a key stands for. The zero value is
// ready.
type keyedLocks[K comparable] struct {
	mu   sync.Mutex
	held map[K]*keyedLock
}

// keyedLock is the lock of one key.
type keyedLock struct {
	sync.Mutex
	users int // who hold it or wait for it
}

// lock waits for a key, and returns how to let go of it.
func (k *keyedLocks[K]) lock(key K) (unlock func()) {
	k.mu.Lock()
	if k.held == nil {
		k.held = make(map[K]*keyedLock)
	}
	l, ok := k.held[key]
	if !ok {
		l = &keyedLock{}
		k.held[key] = l
	}
	l.users++
	k.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(k.held, key)
		}
	}
}
