package main

import (
	"fmt"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// disconnectCmd takes away what the connect commands give.
type disconnectCmd struct {
	databaseFlags
	Name string `arg:"" help:"The blog's name."`
}

// Run forgets the site's account, and the callback that is worth nothing without.
func (c *disconnectCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	s, err := db.Site(a.ctx, c.Name)
	if err != nil {
		return err
	}
	if len(s.Account) == 0 {
		return fmt.Errorf("disconnect site %s: %w: it has no access to its blog's API", s.Name, moderation.ErrNotFound)
	}
	former := s
	if s.Account = nil; platform.ByWordPressREST(former) {
		s.Callback = ""
	}
	if err := db.UpdateSite(a.ctx, s); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "disconnected site %s; %s\n", s.Name, revoking(former))
	return nil
}

// revoking says where the access to a site's blog has to be taken away, too.
func revoking(s moderation.Site) string {
	if user := s.Account["user"]; !user.IsZero() {
		return fmt.Sprintf("revoke it in WordPress, too: Users, %s, Application Passwords", user.Reveal())
	}
	return "revoke it at Google, too: https://myaccount.google.com/permissions"
}
