package web

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// refusalTime is how long somebody who is refused has to hear so.
const refusalTime = time.Second

// The answers to connections beyond the limits, before anything of them is read.
const (
	tooManyOfOne = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	tooManyInAll = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)

// Limit returns the listener without the connections that are too many: in all, or
// of one client. Proxies of ours, and peers that may be one, have no limit of their
// own.
func (s *Server) Limit(listener net.Listener) net.Listener {
	return &limitedListener{Listener: listener, limiter: s.limiter, open: map[netip.Prefix]int{}}
}

type limitedListener struct {
	net.Listener

	limiter *limiter

	mu   sync.Mutex
	all  int
	open map[netip.Prefix]int
}

// Accept returns the next connection that is within the limits.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		refusal, release := l.enter(addressOf(conn.RemoteAddr().String()))
		if refusal == "" {
			return &countedConn{Conn: conn, release: sync.OnceFunc(release)}, nil
		}
		go refuse(conn, refusal)
	}
}

// enter counts a connection, or returns what it is refused with.
func (l *limitedListener) enter(peer netip.Addr) (refusal string, release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key, limits := keyOf(peer), l.limiter.limits
	own := !l.limiter.trusted(peer) && !l.limiter.hides(peer)
	switch {
	case own && l.open[key] >= limits.ClientConnections:
		return tooManyOfOne, nil
	case l.all >= limits.Connections:
		return tooManyInAll, nil
	}
	l.all++
	l.open[key]++
	return "", func() { l.leave(key) }
}

func (l *limitedListener) leave(key netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.open[key]--; l.open[key] == 0 {
		delete(l.open, key)
	}
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

// countedConn is a connection that counts until it is closed.
type countedConn struct {
	net.Conn

	release func()
}

// Close closes the connection, and counts it no more.
func (c *countedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
