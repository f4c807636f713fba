package text

import (
	"net/netip"
	"strings"
)

// Address reads a network address as blogs write them: with a port, or the list
// of an X-Forwarded-For header, whose first one is the client's. What is no address
// is unknown, the zero Addr; a comment is not refused for what its proxy wrote.
func Address(s string) netip.Addr {
	first, _, _ := strings.Cut(s, ",")
	first = strings.TrimSpace(first)
	if withPort, err := netip.ParseAddrPort(first); err == nil {
		return withPort.Addr().Unmap()
	}
	ip, err := netip.ParseAddr(first)
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap()
}
