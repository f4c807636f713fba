package platform

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"gatehouse/internal/moderation"
)

const (
	callTimeout = 15 * time.Second
	// longestPause bounds what a site's Retry-After may ask for.
	longestPause = 24 * time.Hour
)

// NewClient returns the client for every call to a blog. It calls only where
// allowed says so, which is asked once a name has been looked up: see [Public].
// Redirects are not followed.
func NewClient(allowed func(netip.AddrPort) bool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		target, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("read address: %w", err)
		}
		if !allowed(target) {
			return fmt.Errorf("%w: calls to %s, a private address; set callbacks: {allow_private: true} in the configuration if the blog really is there",
				moderation.ErrForbidden, target)
		}
		return nil
	}}
	return &http.Client{
		Timeout: callTimeout,
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second,
			ResponseHeaderTimeout: 10 * time.Second, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// specialNetworks are those that netip's predicates do not know and that are
// nobody's public web server: of RFC 6890, and older ways to write an IPv4 address,
// perhaps a private one, as an IPv6 address.
func specialNetworks() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
		netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("fec0::/10"),
		netip.MustParsePrefix("::ffff:0:0:0/96"), netip.MustParsePrefix("::/96"), netip.MustParsePrefix("2001::/32"),
	}
}

// Public says whether an address is one of the public Internet, and not private,
// loopback, link-local or otherwise special.
func Public(target netip.AddrPort) bool {
	a := target.Addr().Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, network := range specialNetworks() {
		if network.Contains(a.WithZone("")) {
			return false
		}
	}
	return true
}

// withoutAddress takes the address out of a client's error: its query may hold a
// secret of the blog's.
func withoutAddress(err error) error {
	var called *url.Error
	if errors.As(err, &called) {
		return called.Err
	}
	return err
}

// readStatus turns the status of a site's answer into the sender's.
func readStatus(response *http.Response, now time.Time) (recoverable bool, err error) {
	code := response.StatusCode
	answered := fmt.Errorf("the site answered %d", code)
	switch {
	case code >= 200 && code < 300:
		return false, nil
	case code == http.StatusGone:
		return false, errors.Join(moderation.ErrGone, answered)
	case code >= 300 && code < 400:
		return true, fmt.Errorf("%w: redirects are not followed, set the callback to where it leads", answered)
	}
	if pause := retryAfter(response.Header.Get("Retry-After"), now); pause > 0 {
		return true, &moderation.LaterError{After: pause, Err: answered}
	}
	return true, answered
}

// retryAfter reads the header of that name (RFC 9110, 10.2.3): seconds or a
// date; 0 where it says nothing.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		return min(max(time.Duration(seconds)*time.Second, 0), longestPause)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), longestPause)
	}
	return 0
}
