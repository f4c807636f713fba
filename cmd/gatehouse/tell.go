package main

import (
	"net/netip"

	"gatehouse/internal/platform"
	"gatehouse/internal/store"
)

// newTeller returns what tells the blogs, each in the manner of its platform. It
// calls only where mayCall says so.
func newTeller(a *app, mayCall func(netip.AddrPort) bool, db *store.DB) *platform.Teller {
	client := platform.NewClient(mayCall)
	t := platform.NewTeller(db, client, a.now)
	t.Add(platform.WordPress, &platform.WordPressREST{Client: client, Comments: db, Plugin: t.Webhook(), Now: a.now})
	t.Add(platform.BloggerName, &platform.Blogger{Client: client, Now: a.now}) // serve adds one that polls, too
	return t
}
