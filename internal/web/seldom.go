package web

import (
	"sync"
	"time"
)

// seldomEvery is how often something that may come very often is logged.
const seldomEvery = time.Minute

// seldom says when a line is due about something that may come very often. Kinds
// are few.
type seldom struct {
	mu    sync.Mutex
	kinds map[string]*spell
}

// spell is what came of a kind since its last line.
type spell struct {
	logged time.Time
	times  int
}

// note counts one more of a kind, and returns how many there were since the last
// line where the next one is due; else 0.
func (s *seldom) note(kind string, now time.Time) (times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kinds == nil {
		s.kinds = map[string]*spell{}
	}
	k := s.kinds[kind]
	if k == nil {
		k = &spell{}
		s.kinds[kind] = k
	}
	k.times++
	if !k.logged.IsZero() && now.Sub(k.logged) < seldomEvery {
		return 0
	}
	times, k.times, k.logged = k.times, 0, now
	return times
}
