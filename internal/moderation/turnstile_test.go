package moderation_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"gatehouse/internal/moderation"
)

func TestTheTurnstileKeepsOneSiteFromTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turnstile := &moderation.Turnstile{Inside: 2, Waiting: 3}
		enter := func(ctx context.Context, site moderation.SiteID) (func(), error) { return turnstile.Enter(ctx, site) }
		var leaves []func()
		for range 2 {
			leave, err := enter(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			leaves = append(leaves, leave)
		}
		entered := make(chan func(), 3)
		ctx, giveUp := context.WithCancel(t.Context())
		for i := range 3 {
			go func() {
				waits := t.Context()
				if i == 0 {
					waits = ctx
				}
				leave, err := enter(waits, 1)
				if err == nil {
					entered <- leave
				}
			}()
		}
		synctest.Wait()
		if len(entered) != 0 {
			t.Fatal("more are inside than there are seats")
		}
		if _, err := enter(t.Context(), 1); !errors.Is(err, moderation.ErrTooMany) {
			t.Errorf("a sixth: %v, want ErrTooMany", err)
		}
		if leave, err := enter(t.Context(), 2); err != nil {
			t.Errorf("another site: %v", err)
		} else {
			leave()
		}
		giveUp()
		leaves[0]()
		leaves[1]()
		synctest.Wait()
		if len(entered) != 2 {
			t.Errorf("%d of those that waited are inside, want 2", len(entered))
		}
		(<-entered)()
		(<-entered)()
		if leave, err := enter(t.Context(), 1); err != nil {
			t.Errorf("afterwards: %v", err)
		} else {
			leave()
		}
	})
}
