package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

// FuzzClientOf holds that a client behind a trusted proxy is never taken for one of
// ours, and that a header of nobody's changes nothing.
func FuzzClientOf(f *testing.F) {
	f.Add("10.0.0.1:80", "203.0.113.9")
	f.Add("10.0.0.1:80", "1.2.3.4, 203.0.113.9, 10.1.1.1")
	f.Add("203.0.113.9:1", "10.0.0.1")
	f.Add("[::ffff:10.0.0.1]:80", "[2001:db8::1]:443, fe80::1%eth0")
	f.Add("", ",,,")
	l := newLimiter(Limits{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}.withDefaults(), time.Now)
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		without := l.clientOf(r)
		r.Header.Set("X-Forwarded-For", forwarded)
		got := l.clientOf(r)
		if !l.trusted(addressOf(peer)) && got != without {
			t.Errorf("peer %q with %q is %v, without it %v", peer, forwarded, got, without)
		}
		if got.apart && got.key.IsValid() && l.trusted(got.key.Addr()) && got.key.Addr().Is4() {
			t.Errorf("peer %q with %q is taken for a proxy of ours: %v", peer, forwarded, got)
		}
	})
}
