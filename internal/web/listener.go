package web

import (
	"container/list"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

const (
	// refusalTime is how long somebody who is refused has to hear so.
	refusalTime = time.Second
	// networkShare is how many clients' connections a /48 of IPv6 may have: whoever
	// has one has 65,536 clients' addresses.
	networkShare = 4
)

// The answers to connections beyond the limits, before anything of them is read.
const (
	tooManyOfOne = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	tooManyInAll = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)

// Why a connection was refused or closed.
const (
	refusedClient  = "client"    // too many of one client
	refusedNetwork = "network"   // too many of one /48
	refusedAll     = "all"       // too many in all, and each has a request that proved itself
	displaced      = "displaced" // closed for a newer one
)

func refusals() []string { return []string{refusedClient, refusedNetwork, refusedAll, displaced} }

// Limit returns the listener without the connections that are too many: in all, or
// of one client. Proxies of ours, and peers that may be one, have no limit of their
// own. Where there are too many in all, the one goes that has waited longest for a
// header, a body or a proof: connections that come to nothing keep nobody out.
func (s *Server) Limit(listener net.Listener) net.Listener {
	return &limitedListener{Listener: listener, server: s, open: map[netip.Prefix]int{}}
}

type limitedListener struct {
	net.Listener

	server *Server

	mu   sync.Mutex
	all  int
	open map[netip.Prefix]int // by client, and by /48
	// Of each connection that may be closed for a newer one: those of strangers, and
	// those of clients that proved themselves. First in each is who waits longest.
	strangers, known list.List // of *countedConn
}

// Accept returns the next connection that is within the limits.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		entered, reason, out := l.enter(conn)
		if reason != "" {
			l.server.refusedConnection(reason)
		}
		if out != nil {
			out.Close() //nolint:errcheck // it is thrown out
		}
		switch {
		case entered != nil:
			return entered, nil
		case reason == refusedAll:
			go refuse(conn, tooManyInAll)
		default:
			go refuse(conn, tooManyOfOne)
		}
	}
}

// enter counts a connection, and returns which one is to be closed for it; or it
// returns none, and why.
func (l *limitedListener) enter(conn net.Conn) (entered *countedConn, reason string, out *countedConn) {
	limiter, peer := l.server.limiter, addressOf(conn.RemoteAddr().String())
	apart := !limiter.trusted(peer) && !limiter.hides(peer)
	c := &countedConn{Conn: conn, listener: l, keys: []netip.Prefix{keyOf(peer)}}
	c.proved = apart && limiter.isKnown(c.keys[0])
	if peer.Is6() {
		c.keys = append(c.keys, netip.PrefixFrom(peer, 48).Masked())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch limits := limiter.limits; {
	case apart && l.open[c.keys[0]] >= limits.ClientConnections:
		return nil, refusedClient, nil
	case apart && !c.proved && len(c.keys) > 1 && l.open[c.keys[1]] >= networkShare*limits.ClientConnections:
		return nil, refusedNetwork, nil
	case l.all >= limits.Connections:
		if out = l.longestWaiting(); out == nil {
			return nil, refusedAll, nil
		}
		out.leave()
		reason = displaced
	}
	l.all++
	for _, key := range c.keys {
		l.open[key]++
	}
	c.wait()
	return c, reason, out
}

// longestWaiting returns who is to go where there are too many. The lock is held.
func (l *limitedListener) longestWaiting() *countedConn {
	for _, waiting := range []*list.List{&l.strangers, &l.known} {
		if first := waiting.Front(); first != nil {
			return first.Value.(*countedConn)
		}
	}
	return nil
}

// refuse answers a connection and closes it. What the client has sent is read
// first, as far as it is there: closing over unread bytes would take the answer
// away from it.
func refuse(conn net.Conn, answer string) {
	defer conn.Close()                            //nolint:errcheck // it is refused
	conn.SetDeadline(time.Now().Add(refusalTime)) //nolint:errcheck // it is refused
	if _, err := io.WriteString(conn, answer); err != nil {
		return
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite() //nolint:errcheck // it is refused
	}
	io.Copy(io.Discard, io.LimitReader(conn, maxHeaderBytes)) //nolint:errcheck // nothing is done with it
}

// refusedConnection counts a connection that was refused or closed, and logs it now
// and then.
func (s *Server) refusedConnection(reason string) {
	s.metrics.refusedConnection(reason)
	if times := s.seldom.note("connections "+reason, s.limiter.now()); times > 0 {
		s.log.Warn("connections refused", "reason", reason, "times", times)
	}
}

// countedConn is a connection that counts until it is closed. Its listener's lock
// guards what follows it. The nil countedConn is one that nobody counts.
type countedConn struct {
	net.Conn

	listener *limitedListener
	keys     []netip.Prefix // its client's, and the /48 of that

	proved  bool          // a request on it, or its client lately
	left    bool          // it counts no more
	waiting *list.Element // in a list of listener; nil: it is not to be closed
	in      *list.List    // which one
}

// Close closes the connection, and counts it no more.
func (c *countedConn) Close() error {
	c.listener.mu.Lock()
	c.leave()
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// renew puts a connection behind those that have waited longer, as a request begins
// or ends.
func (c *countedConn) renew() {
	if c == nil {
		return
	}
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	c.settle()
	c.wait()
}

// prove keeps the connection open until its request ends.
func (c *countedConn) prove() {
	if c == nil {
		return
	}
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	c.proved = true
	c.settle()
}

// wait adds c to those that may be closed. The lock is held.
func (c *countedConn) wait() {
	if c.left {
		return
	}
	c.in = &c.listener.strangers
	if c.proved {
		c.in = &c.listener.known
	}
	c.waiting = c.in.PushBack(c)
}

// settle takes c from those that may be closed. The lock is held.
func (c *countedConn) settle() {
	if c.waiting != nil {
		c.in.Remove(c.waiting)
		c.waiting = nil
	}
}

// leave counts c no more. The lock is held.
func (c *countedConn) leave() {
	if c.left {
		return
	}
	c.left = true
	c.settle()
	l := c.listener
	l.all--
	for _, key := range c.keys {
		if l.open[key]--; l.open[key] == 0 {
			delete(l.open, key)
		}
	}
}

// connKey is that of a request's *countedConn in its context.
type connKey struct{}

// withConn lets requests know their connection.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	if c, ok := conn.(*countedConn); ok {
		return context.WithValue(ctx, connKey{}, c)
	}
	return ctx
}

// connOf returns a request's connection; nil: it is not counted.
func connOf(r *http.Request) *countedConn {
	c, _ := r.Context().Value(connKey{}).(*countedConn)
	return c
}
