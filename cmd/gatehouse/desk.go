package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// newService returns what carries out orders from the command line. A running
// service notices what was done.
func newService(a *app, db *store.DB) *moderation.Service {
	return &moderation.Service{Records: db, Marks: db, Traces: db, Dial: db, Raids: db, Scribe: db, Now: a.now, Bell: &moderation.Bell{}, Log: quietLog()}
}

// oneSite returns the site called name, or for none the only one that there is.
func oneSite(a *app, db *store.DB, name string) (moderation.Site, error) {
	if name != "" {
		return db.Site(a.ctx, name)
	}
	sites, err := db.Sites(a.ctx)
	switch {
	case err != nil:
		return moderation.Site{}, err
	case len(sites) == 0:
		return moderation.Site{}, fmt.Errorf("%w: there is no site; gatehouse sites add NAME makes one", moderation.ErrNotFound)
	case len(sites) > 1:
		names := make([]string, len(sites))
		for i, s := range sites {
			names[i] = s.Name
		}
		return moderation.Site{}, usagef("which site? say --site and one of %s", strings.Join(names, ", "))
	}
	return sites[0], nil
}

// wrongly makes what can't be done as it was asked for a usageError.
func wrongly(err error) error {
	if errors.Is(err, moderation.ErrInvalid) {
		return usageError{err}
	}
	return err
}

// untilOf returns when a time from now on is over; the zero time for none.
func untilOf(a *app, lasts string) (time.Time, error) {
	if lasts == "" {
		return time.Time{}, nil
	}
	d, err := moderation.ParseSpan(lasts)
	if err != nil {
		return time.Time{}, err
	}
	return a.now().Add(d), nil
}

// plural writes a number of things.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
