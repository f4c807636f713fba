package moderation

import "net/netip"

// carrierNAT is from where providers give addresses to whole towns (RFC 6598).
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// IsTelling says whether a network address tells one writer from others. One of a
// private network, or the machine's own, is a proxy's in front of the blog, which
// all writers share.
func IsTelling(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsValid() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsUnspecified() && !carrierNAT.Contains(a)
}
