package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"gatehouse/internal/store"
)

// announceCopies says what becomes of the copies that were made before upgrades, in
// which everybody still is.
func (c *eraseCmd) announceCopies(a *app, dir string) {
	copies, err := store.UpgradeCopies(dir)
	if err != nil || len(copies) == 0 {
		return // what removes them says what is wrong
	}
	names := make([]string, 0, len(copies))
	for _, made := range copies {
		names = append(names, filepath.Base(made.Path))
	}
	what := "are removed, as they hold everybody; --keep-upgrade-copies keeps them"
	if c.Keep {
		what = "are kept, and still hold them"
	}
	fmt.Fprintf(a.stderr, "the copies of before an upgrade (%s) %s\n", strings.Join(names, ", "), what)
}

// dropCopies removes them, and returns how many there were. What copies have left that were
// cut off is never kept.
func (c *eraseCmd) dropCopies(dir string) (int, error) {
	_, end, err := store.BeginCopy(dir)
	end()
	if c.Keep {
		return 0, err
	}
	n, failed := store.RemoveUpgradeCopies(dir, 0)
	return n, errors.Join(err, failed)
}
