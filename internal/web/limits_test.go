package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/web"
)

// voucher is what handlers see of the server's writer.
type voucher interface {
	Vouch(site string) error
	Distrust()
}

// door takes "right" for a key; at /odd as protocols do that refuse with 200.
func door(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get("Authorization") == "right" {
		if err := w.(voucher).Vouch(r.PathValue("site")); err != nil {
			return err
		}
		_, err := io.ReadAll(r.Body)
		if err != nil {
			return moderation.ErrTooLarge
		}
		fmt.Fprint(w, "in")
		return nil
	}
	if r.PathValue("site") == "odd" {
		w.(voucher).Distrust()
		fmt.Fprint(w, "invalid")
		return nil
	}
	return moderation.ErrUnsigned
}

// gateServer is a server with limits whose time the test owns.
type gateServer struct {
	*web.Server

	now time.Time
}

func newGateServer(l web.Limits) *gateServer {
	g := &gateServer{
		Server: web.New(web.Routes{"POST /sites/{site}": door, "GET /open": func(w http.ResponseWriter, _ *http.Request) error { fmt.Fprint(w, "open"); return nil }},
			ready, slog.New(slog.DiscardHandler)),
		now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
	g.SetLimits(l, func() time.Time { return g.now })
	return g
}

// ask asks as a client at an address.
func (g *gateServer) ask(t *testing.T, from, site, key string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/sites/"+site, strings.NewReader("{}"))
	r.RemoteAddr = from
	r.Header.Set("Authorization", key)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	g.HTTP().Handler.ServeHTTP(w, r)
	return w
}

const (
	stranger = "203.0.113.9:4000"
	blog     = "198.51.100.7:4000"
)

func TestGuessesAreThrottledByAddress(t *testing.T) {
	for _, site := range []string{"s", "odd"} {
		t.Run(site, func(t *testing.T) {
			g := newGateServer(web.Limits{Failures: 5})
			for i := range 5 {
				if w := g.ask(t, stranger, site, "wrong"); w.Code == http.StatusTooManyRequests {
					t.Fatalf("guess %d: 429 too early", i)
				}
			}
			if w := g.ask(t, stranger, site, "right"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
				t.Errorf("the right key after too many guesses: %d, want 429 with Retry-After", w.Code)
			}
			if w := g.ask(t, blog, site, "right"); w.Code != http.StatusOK {
				t.Errorf("the blog: %d; a stranger elsewhere has locked it out", w.Code)
			}
			g.now = g.now.Add(13 * time.Second)
			if w := g.ask(t, stranger, site, "right"); w.Code != http.StatusOK {
				t.Errorf("after a while: %d, want 200", w.Code)
			}
		})
	}
}

// TestTheBlogIsNotLockedOut has somebody fail at the blog's own address: another
// customer of its host, or whoever comes through a proxy that is not named.
func TestTheBlogIsNotLockedOut(t *testing.T) {
	for _, from := range []string{blog, "127.0.0.1:4000", "10.0.0.3:4000", "[::1]:4000", "[fd00::3]:4000"} {
		g := newGateServer(web.Limits{Failures: 5})
		if w := g.ask(t, from, "s", "right"); w.Code != http.StatusOK {
			t.Fatalf("%s: %d", from, w.Code)
		}
		for range 20 {
			g.ask(t, from, "s", "wrong")
		}
		if w := g.ask(t, from, "s", "wrong"); w.Code != http.StatusTooManyRequests {
			t.Errorf("%s: a guess got %d, want 429", from, w.Code)
		}
		if w := g.ask(t, from, "s", "right"); w.Code != http.StatusOK {
			t.Errorf("%s: the blog got %d", from, w.Code)
		}
	}
}

// TestAStrangerBehindAProxyLocksNobodyOut needs no earlier success: what comes from
// this machine's own networks may be anybody.
func TestAStrangerBehindAProxyLocksNobodyOut(t *testing.T) {
	g := newGateServer(web.Limits{Failures: 5})
	for range 20 {
		g.ask(t, "127.0.0.1:4000", "s", "wrong", "X-Forwarded-For", "203.0.113.9")
	}
	if w := g.ask(t, "127.0.0.1:4001", "s", "right"); w.Code != http.StatusOK {
		t.Errorf("the blog got %d", w.Code)
	}
}

func TestSignedRequestsAreNotLimitedByAddress(t *testing.T) {
	g := newGateServer(web.Limits{Requests: 1, Burst: 3})
	for i := range 100 {
		if w := g.ask(t, blog, "s", "right"); w.Code != http.StatusOK {
			t.Fatalf("comment %d: %d", i, w.Code)
		}
	}
	for range 5 {
		g.ask(t, stranger, "s", "wrong")
	}
	if w := g.ask(t, stranger, "s", "wrong"); w.Code != http.StatusTooManyRequests {
		t.Errorf("a stranger got %d, want 429", w.Code)
	}
}

func TestASitesOwnRateIsLimited(t *testing.T) {
	g := newGateServer(web.Limits{SiteRequests: 2})
	codes := map[int]int{}
	for range 10 {
		codes[g.ask(t, blog, "loud", "right").Code]++
	}
	if codes[200] != 4 || codes[429] != 6 {
		t.Errorf("%v, want 4 in and 6 refused", codes)
	}
	if w := g.ask(t, blog, "quiet", "right"); w.Code != http.StatusOK {
		t.Errorf("another site at the same address: %d", w.Code)
	}
	g.ask(t, stranger, "quiet", "wrong")
	if w := g.ask(t, blog, "quiet", "right"); w.Code != http.StatusOK {
		t.Errorf("after a stranger's forgery: %d; strangers must not use up a site's rate", w.Code)
	}
}

func TestForwardedForIsBelievedOfTrustedProxiesOnly(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}
	tests := map[string]struct {
		peer      string
		forwarded []string
		locked    string // the client that the failures were counted for
	}{
		"nobody's header":              {stranger, []string{"198.51.100.1"}, stranger},
		"the proxy's":                  {"10.0.0.1:80", []string{"203.0.113.9"}, stranger},
		"with what the client made up": {"10.0.0.1:80", []string{"1.2.3.4, 203.0.113.9"}, stranger},
		"in two headers":               {"10.0.0.1:80", []string{"1.2.3.4", "203.0.113.9"}, stranger},
		"through two proxies":          {"127.0.0.1:80", []string{"203.0.113.9, 10.2.3.4"}, stranger},
		"with a port":                  {"10.0.0.1:80", []string{"203.0.113.9:5555"}, stranger},
		"mapped":                       {"[::ffff:10.0.0.1]:80", []string{"::ffff:203.0.113.9"}, stranger},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := newGateServer(web.Limits{Failures: 3, TrustedProxies: proxies})
			header := []string{}
			for _, f := range tt.forwarded {
				header = append(header, "X-Forwarded-For", f)
			}
			for range 3 {
				if w := g.ask(t, tt.peer, "s", "wrong", header...); w.Code != http.StatusUnauthorized {
					t.Fatalf("%d, want 401", w.Code)
				}
			}
			if w := g.ask(t, tt.locked, "s", "right"); w.Code != http.StatusTooManyRequests {
				t.Errorf("the client itself: %d, want 429", w.Code)
			}
			if w := g.ask(t, "10.0.0.1:80", "s", "right", "X-Forwarded-For", "198.51.100.7"); w.Code != http.StatusOK {
				t.Errorf("another client of the proxy: %d", w.Code)
			}
		})
	}
}

func TestOneClientOfIPv6HasItsNetwork(t *testing.T) {
	g := newGateServer(web.Limits{Failures: 5})
	for i := range 6 {
		g.ask(t, fmt.Sprintf("[2001:db8:1:2::%x]:9", i+1), "s", "wrong")
	}
	if w := g.ask(t, "[2001:db8:1:2:ffff::1]:9", "s", "wrong"); w.Code != http.StatusTooManyRequests {
		t.Errorf("another address of the same /64: %d, want 429", w.Code)
	}
	if w := g.ask(t, "[2001:db8:1:3::1]:9", "s", "wrong"); w.Code != http.StatusUnauthorized {
		t.Errorf("another network: %d, want 401", w.Code)
	}
}

func TestTheLimitersMemoryIsBounded(t *testing.T) {
	g := newGateServer(web.Limits{Failures: 1})
	handler := g.HTTP().Handler
	for i := range web.MaxClients + 1000 {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/sites/s", nil)
		r.RemoteAddr = fmt.Sprintf("20.%d.%d.%d:1", i>>16&255, i>>8&255, i&255)
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	if n := g.Remembered(); n > web.MaxClients {
		t.Errorf("%d clients are remembered, want at most %d", n, web.MaxClients)
	}
}

func TestRequestsThatAreTooMuch(t *testing.T) {
	many := []string{}
	for i := range 200 {
		many = append(many, fmt.Sprintf("X-%d", i), "y")
	}
	tests := map[string]struct {
		url    string
		header []string
		want   int
	}{
		"many headers":      {"/open", many, http.StatusRequestHeaderFieldsTooLarge},
		"one header often":  {"/open", slicesRepeat("X-A", "y", 200), http.StatusRequestHeaderFieldsTooLarge},
		"a long address":    {"/open?" + strings.Repeat("y", 9<<10), nil, http.StatusRequestURITooLong},
		"a compressed body": {"/open", []string{"Content-Encoding", "gzip"}, http.StatusUnsupportedMediaType},
		"as it is":          {"/open", []string{"Content-Encoding", "identity"}, http.StatusOK},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, tt.url, nil)
			for i := 0; i+1 < len(tt.header); i += 2 {
				r.Header.Add(tt.header[i], tt.header[i+1])
			}
			w := httptest.NewRecorder()
			newGateServer(web.Limits{}).HTTP().Handler.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("%d %s, want %d", w.Code, w.Body, tt.want)
			}
		})
	}
}

func slicesRepeat(name, value string, n int) []string {
	var all []string
	for range n {
		all = append(all, name, value)
	}
	return all
}

// listen serves g on a real socket until the test ends, and returns its address.
func (g *gateServer) listen(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := g.HTTP()
	done := make(chan error, 1)
	go func() { done <- server.Serve(g.Limit(listener)) }()
	t.Cleanup(func() {
		server.Close() //nolint:errcheck // the test is over
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	})
	return listener.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })                 //nolint:errcheck // the test is over
	conn.SetDeadline(time.Now().Add(20 * time.Second)) //nolint:errcheck // a hang must fail the test
	return conn
}

// answerOn reads an answer; 0 where the connection was closed without one.
func answerOn(t *testing.T, conn net.Conn) int {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			t.Fatal("the connection stays open without an answer")
		}
		return 0
	}
	response.Body.Close() //nolint:errcheck // nothing of it is wanted
	return response.StatusCode
}

// TestSlowClientsAreCutOff sends a byte now and then and never comes to an end.
func TestSlowClientsAreCutOff(t *testing.T) {
	tests := map[string]string{
		"slow header":             "POST /sites/s HTTP/1.1\r\nHost: x\r\nX-",
		"slow body":               "POST /sites/s HTTP/1.1\r\nHost: x\r\nAuthorization: right\r\nContent-Length: 100000\r\n\r\n",
		"slow chunks":             "POST /sites/s HTTP/1.1\r\nHost: x\r\nAuthorization: right\r\nTransfer-Encoding: chunked\r\n\r\n",
		"nothing at all":          "",
		"a request line for ever": "GET /",
	}
	for name, start := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := newGateServer(web.Limits{HeaderTime: 200 * time.Millisecond, BodyTime: 400 * time.Millisecond}).listen(t)
			conn := dial(t, address)
			if _, err := io.WriteString(conn, start); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			go drip(ctx, conn, name)
			if code := answerOn(t, conn); code == http.StatusOK {
				t.Errorf("answered %d", code)
			}
			if code := answerOn(t, dial(t, address)); code == http.StatusOK {
				t.Errorf("a connection that says nothing was answered %d", code)
			}
		})
	}
}

// drip writes a byte (or a chunk of one) every few milliseconds.
func drip(ctx context.Context, conn net.Conn, name string) {
	drop := map[string]string{"slow chunks": "1\r\ny\r\n", "nothing at all": ""}
	text, ok := drop[name]
	if !ok {
		text = "y"
	}
	for ctx.Err() == nil && text != "" {
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestSlowReadersAreCutOff asks for a long answer and reads none of it.
func TestSlowReadersAreCutOff(t *testing.T) {
	ended := make(chan error, 1)
	s := web.New(web.Routes{"GET /long": func(w http.ResponseWriter, _ *http.Request) error {
		var err error
		for range 1 << 12 { // 256 MiB, more than any socket's buffers hold
			if _, err = w.Write(make([]byte, 64<<10)); err != nil {
				break
			}
		}
		ended <- err
		return nil
	}}, ready, slog.New(slog.DiscardHandler))
	s.SetLimits(web.Limits{AnswerTime: 300 * time.Millisecond}, time.Now)
	conn := dial(t, (&gateServer{Server: s}).listen(t))
	if _, err := io.WriteString(conn, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("256 MiB went to a client that reads nothing")
		}
	case <-time.After(20 * time.Second):
		t.Error("the handler still waits for a client that reads nothing")
	}
}

// TestAnEndlessBodyIsRefused writes chunks until the server has had enough.
func TestAnEndlessBodyIsRefused(t *testing.T) {
	conn := dial(t, newGateServer(web.Limits{}).listen(t))
	if _, err := io.WriteString(conn, "POST /sites/s HTTP/1.1\r\nHost: x\r\nAuthorization: right\r\nTransfer-Encoding: chunked\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	go func() {
		chunk := "10000\r\n" + strings.Repeat("y", 0x10000) + "\r\n"
		for {
			if _, err := io.WriteString(conn, chunk); err != nil {
				return
			}
		}
	}()
	if code := answerOn(t, conn); code != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d, want 413", code)
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	g := newGateServer(web.Limits{ClientConnections: 3, Connections: 100})
	g.TakeEachPeerForAClient()
	address := g.listen(t)
	held := []net.Conn{}
	for range 3 {
		conn := dial(t, address)
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if code := answerOn(t, conn); code != http.StatusOK {
			t.Fatalf("within the limit: %d", code)
		}
		held = append(held, conn)
	}
	if code := answerOn(t, dial(t, address)); code != http.StatusTooManyRequests {
		t.Errorf("beyond the limit: %d, want 429", code)
	}
	held[0].Close() //nolint:errcheck // it is only to go away
	until(t, func() bool {
		conn := dial(t, address)
		defer conn.Close() //nolint:errcheck // it is only to go away
		_, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		return err == nil && answerOn(t, conn) == http.StatusOK
	})
}

// until waits for a condition.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatal("it did not come")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
