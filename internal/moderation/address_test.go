package moderation_test

import (
	"net/netip"
	"testing"

	"gatehouse/internal/moderation"
)

func TestWhichAddressesTellWritersApart(t *testing.T) {
	for address, want := range map[string]bool{
		"203.0.113.9": true, "2001:db8::1": true, "::ffff:203.0.113.9": true,
		"127.0.0.1": false, "::1": false, "10.1.2.3": false, "192.168.0.7": false, "::ffff:172.17.0.1": false,
		"100.64.3.2": false, "169.254.1.1": false, "fe80::1": false, "fd00::1": false, "0.0.0.0": false,
	} {
		if got := moderation.IsTelling(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if moderation.IsTelling(netip.Addr{}) {
		t.Error("no address tells somebody")
	}
}
