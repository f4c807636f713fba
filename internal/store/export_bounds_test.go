package store

import "time"

// Room says whether one more fits below a limit for some site of which count knows what
// waits.
func Room(count func() (int, error)) func(limit int, now time.Time) (bool, error) {
	var b bounds
	return func(limit int, now time.Time) (bool, error) { return b.has(&b.cases, 1, limit, now, count) }
}
