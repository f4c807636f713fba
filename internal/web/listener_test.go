package web_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/web"
)

// lockedBuffer is a log that many write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const signed = "POST /sites/s HTTP/1.1\r\nHost: x\r\nAuthorization: right\r\nContent-Length: 2\r\n\r\n{}"

// TestConnectionsThatSayNothingLockNobodyOut opens as many connections as may be,
// which come to nothing, and then a blog sends a signed comment.
func TestConnectionsThatSayNothingLockNobodyOut(t *testing.T) {
	for name, begins := range map[string]string{
		"nothing at all":           "",
		"half a header":            "POST /sites/s HTTP/1.1\r\nHost: x\r\nX-",
		"a header, half a body":    "POST /sites/s HTTP/1.1\r\nHost: x\r\nAuthorization: wrong\r\nContent-Length: 1000\r\n\r\n{",
		"open after a request":     "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
		"half of a second request": "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nPOST /sites/s HTTP/1.1\r\nX-",
	} {
		t.Run(name, func(t *testing.T) {
			var log lockedBuffer
			g := &gateServer{Server: web.New(web.Routes{"POST /sites/{site}": func(w http.ResponseWriter, r *http.Request) error {
				if r.ContentLength > 2 {
					io.Copy(io.Discard, r.Body) //nolint:errcheck // it does not come
				}
				return door(w, r)
			}}, ready, slog.New(slog.NewTextHandler(&log, nil)))}
			m := web.NewMetrics()
			g.Measure(m)
			g.SetLimits(web.Limits{Connections: 8, ClientConnections: 100}, time.Now)
			g.TakeEachPeerForAClient()
			address := g.listen(t)
			for range 20 {
				conn := dial(t, address)
				if _, err := io.WriteString(conn, begins); err != nil {
					t.Fatal(err)
				}
				if strings.HasPrefix(begins, "GET") {
					answerOn(t, conn)
				}
			}
			blog := dial(t, address)
			if _, err := io.WriteString(blog, signed); err != nil {
				t.Fatal(err)
			}
			if code := answerOn(t, blog); code != http.StatusOK {
				t.Errorf("a signed comment got %d, want 200", code)
			}
			if got := scrape(t, m); !strings.Contains(got, `gatehouse_connections_refused_total{reason="displaced"} 13`) {
				t.Errorf("/metrics does not count what was closed: %s", got[strings.LastIndex(got, "gatehouse_connections")-100:])
			}
			if n := strings.Count(log.String(), "connections refused"); n != 1 || !strings.Contains(log.String(), "reason=displaced") {
				t.Errorf("the log has %d lines of it: %s", n, log.String())
			}
		})
	}
}

// TestARequestThatProvedItselfIsNotCut has as many signed requests in hand as may be.
func TestARequestThatProvedItselfIsNotCut(t *testing.T) {
	hold, in := make(chan struct{}), make(chan struct{}, 3)
	g := &gateServer{Server: web.New(web.Routes{"POST /sites/{site}": func(w http.ResponseWriter, r *http.Request) error {
		defer func() { in <- struct{}{}; <-hold }()
		return door(w, r)
	}}, ready, slog.New(slog.DiscardHandler))}
	g.SetLimits(web.Limits{Connections: 3}, time.Now)
	address := g.listen(t)
	var blogs []net.Conn
	for range 3 {
		conn := dial(t, address)
		if _, err := io.WriteString(conn, signed); err != nil {
			t.Fatal(err)
		}
		<-in
		blogs = append(blogs, conn)
	}
	if code := answerOn(t, dial(t, address)); code != http.StatusServiceUnavailable {
		t.Errorf("one more got %d, want 503", code)
	}
	close(hold)
	for _, conn := range blogs {
		if code := answerOn(t, conn); code != http.StatusOK {
			t.Errorf("a request in hand got %d, want 200", code)
		}
	}
}

// TestAStrangersConnectionGoesFirst keeps the connection on which a blog proved itself
// while there are strangers' to close, however long it is open.
func TestAStrangersConnectionGoesFirst(t *testing.T) {
	g := newGateServer(web.Limits{Connections: 4, ClientConnections: 100})
	address := g.listen(t)
	blog := dial(t, address)
	for range 10 {
		if _, err := io.WriteString(blog, signed); err != nil {
			t.Fatal(err)
		}
		if code := answerOn(t, blog); code != http.StatusOK {
			t.Fatalf("the blog got %d, want 200", code)
		}
		for range 5 {
			dial(t, address)
		}
	}
}

// calls is a listener whose connections come from where the test says.
type calls struct{ next chan net.Conn }

func (c calls) Accept() (net.Conn, error) {
	conn, ok := <-c.next
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (c calls) Close() error   { return nil }
func (c calls) Addr() net.Addr { return &net.TCPAddr{} }

// from is a connection with an address.
type from struct {
	net.Conn

	peer string
}

func (f from) RemoteAddr() net.Addr { return stringAddr(f.peer) }

type stringAddr string

func (stringAddr) Network() string  { return "tcp" }
func (a stringAddr) String() string { return string(a) }

// TestANetworkOfIPv6IsLimited comes from as many /64 as somebody with a /48 has.
func TestANetworkOfIPv6IsLimited(t *testing.T) {
	c := calls{make(chan net.Conn)}
	limited := newGateServer(web.Limits{Connections: 1000, ClientConnections: 2}).Limit(c)
	accepted := make(chan net.Conn)
	go func() {
		for {
			conn, err := limited.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	defer close(c.next)
	comes := func(peer string) bool {
		here, there := net.Pipe()
		t.Cleanup(func() { here.Close(); there.Close() }) //nolint:errcheck // the test is over
		refused := make(chan struct{})
		go func() {
			if n, _ := there.Read(make([]byte, 512)); n > 0 {
				close(refused)
			}
		}()
		c.next <- from{here, peer}
		select {
		case <-accepted:
			return true
		case <-refused:
			return false
		}
	}
	in := 0
	for i := range 20 {
		if comes(fmt.Sprintf("[2001:db8:1:%x::1]:9", i)) {
			in++
		}
	}
	if in != 8 {
		t.Errorf("%d connections of one /48 are open, want four times a client's two", in)
	}
	if !comes("[2001:db8:2:1::1]:9") || !comes("203.0.113.9:9") {
		t.Error("another network is kept out")
	}
}
