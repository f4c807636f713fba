package moderation

import (
	"fmt"
	"net/netip"
	"strings"
)

// ParseAddress reads a network address. Errors are [ErrInvalid].
func ParseAddress(s string) (netip.Addr, error) {
	ip, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil {
		return ip, fmt.Errorf("%w: %q is not a network address like 203.0.113.9 or 2001:db8::7", ErrInvalid, s)
	}
	return ip.WithZone("").Unmap(), nil
}

// ParseRange reads a network of the one size that is kept of addresses, a /24 or of
// IPv6 a /64, or an address in it, and returns an address in it. Errors are
// [ErrInvalid].
func ParseRange(s string) (netip.Addr, error) {
	if !strings.Contains(s, "/") {
		return ParseAddress(s)
	}
	p, err := netip.ParsePrefix(strings.TrimSpace(s))
	if err != nil {
		return netip.Addr{}, fmt.Errorf("%w: %q is not a network like 203.0.113.0/24", ErrInvalid, s)
	}
	size := 24
	if p.Addr().Is6() {
		size = 64
	}
	if p.Bits() != size {
		return netip.Addr{}, fmt.Errorf("%w: %s is no /%d: of a comment's address its /24 (of IPv6 its /64) is kept, as a hash; ban each such range, or write a rule on wider ones", ErrInvalid, s, size)
	}
	return p.Addr(), nil
}
