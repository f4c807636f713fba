package web

import (
	"container/list"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// maxClients bounds how many clients are remembered, about 300 bytes each; those
	// that came last stay.
	maxClients = 16384
	// maxLimitedSites bounds how many sites' rates are.
	maxLimitedSites = 1024
	// standing is for how long a client that proved itself is let in, whoever else
	// fails at its address.
	standing = time.Hour
)

// client is who sends a request, as far as can be told.
type client struct {
	key netip.Prefix // an IPv4 address, or the /64 of an IPv6 one
	// apart says that the address is one client's: not that of a proxy that hides
	// who is behind it.
	apart bool
}

// limiter counts what clients do.
type limiter struct {
	limits Limits
	now    func() time.Time
	hides  func(peer netip.Addr) bool // whether a peer may speak for many clients

	mu      sync.Mutex
	clients map[netip.Prefix]*list.Element // of *record
	recent  *list.List                     // the newest first
	sites   map[string]*rate.Limiter
}

// record is what is known of a client.
type record struct {
	key      netip.Prefix
	requests *rate.Limiter
	failures *rate.Limiter
	vouched  time.Time // when it last proved itself
}

func newLimiter(l Limits, now func() time.Time) *limiter {
	return &limiter{limits: l, now: now, hides: hidesOthers, clients: map[netip.Prefix]*list.Element{}, recent: list.New(), sites: map[string]*rate.Limiter{}}
}

// of returns the record of a client, and forgets whoever came least lately where
// there are too many. The lock is held.
func (l *limiter) of(key netip.Prefix) *record {
	if e, ok := l.clients[key]; ok {
		l.recent.MoveToFront(e)
		return e.Value.(*record)
	}
	if l.recent.Len() >= maxClients {
		oldest := l.recent.Back()
		l.recent.Remove(oldest)
		delete(l.clients, oldest.Value.(*record).key)
	}
	r := &record{
		key:      key,
		requests: rate.NewLimiter(rate.Limit(l.limits.Requests), l.limits.Burst),
		failures: rate.NewLimiter(rate.Limit(float64(l.limits.Failures)/60), l.limits.Failures),
	}
	l.clients[key] = l.recent.PushFront(r)
	return r
}

// spent says whether a client has used up what strangers have.
func (l *limiter) spent(key netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, now := l.of(key), l.now()
	return r.requests.TokensAt(now) < 1 || r.failures.TokensAt(now) < 1
}

// refuses is spent, but for a client that proved itself lately.
func (l *limiter) refuses(key netip.Prefix) bool {
	if !l.spent(key) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now().Sub(l.of(key).vouched) > standing
}

// count takes a request that nothing vouched for from what a client has.
func (l *limiter) count(key netip.Prefix, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, now := l.of(key), l.now()
	r.requests.AllowN(now, 1)
	if failed {
		r.failures.AllowN(now, 1)
	}
}

// vouch notes that a client proved itself.
func (l *limiter) vouch(key netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(key).vouched = l.now()
}

// isKnown says whether a client proved itself lately. It remembers nobody.
func (l *limiter) isKnown(key netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.clients[key]
	return ok && l.now().Sub(e.Value.(*record).vouched) <= standing
}

// site says whether a site may send one more. Only sites that exist are asked for.
func (l *limiter) site(name string) bool {
	if l.limits.SiteRequests < 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.sites[name]
	if !ok {
		if len(l.sites) >= maxLimitedSites {
			clear(l.sites)
		}
		r = rate.NewLimiter(rate.Limit(l.limits.SiteRequests), max(1, int(2*l.limits.SiteRequests)))
		l.sites[name] = r
	}
	return r.AllowN(l.now(), 1)
}

// trusted says whether an address is that of a proxy of ours.
func (l *limiter) trusted(a netip.Addr) bool {
	for _, p := range l.limits.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// clientOf tells who sends a request: the peer or, where that is a trusted proxy,
// the last address in X-Forwarded-For that none of ours is. What stands before it
// the client may have made up.
func (l *limiter) clientOf(r *http.Request) client {
	peer := addressOf(r.RemoteAddr)
	if !l.trusted(peer) {
		return client{key: keyOf(peer), apart: !l.hides(peer)}
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		a := addressOf(strings.TrimSpace(hops[i]))
		if !a.IsValid() {
			break
		}
		if !l.trusted(a) {
			return client{key: keyOf(a), apart: true}
		}
	}
	return client{key: keyOf(peer)}
}

// addressOf reads an address with or without a port; the zero Addr where it is
// none.
func addressOf(s string) netip.Addr {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().WithZone("")
	}
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// keyOf returns what a client is counted by: whoever has one IPv6 address has its
// /64.
func keyOf(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: all of these are one
	}
	return p
}

// hidesOthers says whether a peer may speak for many clients: a proxy on this
// machine or network that nobody named as trusted.
func hidesOthers(a netip.Addr) bool {
	return !a.IsValid() || a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}
