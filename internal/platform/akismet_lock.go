package platform

import (
	"context"
	"fmt"
	"sync"

	"gatehouse/internal/moderation"
)

// akismetInHand is how many requests about comments one site may have in hand or
// waiting; more are turned away.
const akismetInHand = 1024

// akismetLocks keep two requests with the same comment from passing each other:
// each would take it for new. Those of one site never wait for those of another.
// The zero value is ready.
type akismetLocks struct {
	mu    sync.Mutex
	sites map[moderation.SiteID]*siteLocks
}

// siteLocks are the locks of one site; they go when nobody uses them.
type siteLocks struct {
	users int
	names map[string]*nameLock
}

type nameLock struct {
	seat  chan struct{}
	users int // inside and waiting
}

// hold locks what a name of a site stands for until the returned function is
// called. Where the site has too many in hand it gives ErrTooMany; it also ends
// with ctx.
func (l *akismetLocks) hold(ctx context.Context, site moderation.SiteID, name string) (release func(), err error) {
	lock, err := l.join(site, name)
	if err != nil {
		return nil, err
	}
	select {
	case lock.seat <- struct{}{}:
		return func() { <-lock.seat; l.part(site, name) }, nil
	case <-ctx.Done():
		l.part(site, name)
		return nil, fmt.Errorf("wait for another request with the comment: %w", ctx.Err())
	}
}

func (l *akismetLocks) join(site moderation.SiteID, name string) (*nameLock, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.sites[site]
	if !ok {
		if l.sites == nil {
			l.sites = map[moderation.SiteID]*siteLocks{}
		}
		s = &siteLocks{names: map[string]*nameLock{}}
		l.sites[site] = s
	}
	if s.users >= akismetInHand {
		return nil, fmt.Errorf("%w: %d comments of this site wait to be judged: keep this one and send it again later", moderation.ErrTooMany, s.users)
	}
	lock, ok := s.names[name]
	if !ok {
		lock = &nameLock{seat: make(chan struct{}, 1)}
		s.names[name] = lock
	}
	s.users++
	lock.users++
	return lock, nil
}

func (l *akismetLocks) part(site moderation.SiteID, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sites[site]
	if s.names[name].users--; s.names[name].users == 0 {
		delete(s.names, name)
	}
	if s.users--; s.users == 0 {
		delete(l.sites, site)
	}
}
