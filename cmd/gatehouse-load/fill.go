package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// fillers is how many store at a time: as many share a commit.
const fillers = 64

// fill stores n comments as the service does, of as many days as there are
// thousands.
func fill(ctx context.Context, folder string, blogs []blog, n int) (err error) {
	if n == 0 {
		return nil
	}
	begin := time.Now().Add(-time.Duration(n) * 24 * time.Hour / 1000)
	db, err := store.Open(ctx, folder, time.Now)
	if err != nil {
		return err
	}
	defer func() {
		if closed := db.Close(); err == nil {
			err = closed
		}
	}()
	sites := make([]moderation.Site, len(blogs))
	for i, b := range blogs {
		if sites[i], err = db.Site(ctx, b.name); err != nil {
			return err
		}
	}
	var next atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, fillers)
	for i := range fillers {
		all.Go(func() {
			w := newWriter(uint64(i) + 1)
			for number := next.Add(1); number <= int64(n) && errs[i] == nil; number = next.Add(1) {
				at := begin.Add(time.Duration(number) * 24 * time.Hour / 1000)
				_, errs[i] = db.Admit(ctx, w.admission(sites[i%len(sites)], fmt.Sprint("stored", number), at))
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("fill the database: %w", err)
		}
	}
	return nil
}
