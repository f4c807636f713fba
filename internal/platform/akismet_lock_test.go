package platform_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// twoSites has a site whose key begins with a, and one whose key begins with b.
type twoSites struct{}

func (twoSites) SiteByAkismetKey(_ context.Context, key moderation.Secret) (moderation.Site, error) {
	return moderation.Site{ID: moderation.SiteID(key.Reveal()[0]), Name: key.Reveal()[:1], AkismetKey: key}, nil
}

// slowJudge lets the first site's comments wait until it is told to go on.
type slowJudge struct {
	*akismetGate
	goOn chan struct{}
}

func (j slowJudge) Submit(ctx context.Context, a moderation.Arrival) (moderation.Receipt, error) {
	if a.Site.Name == "a" {
		select {
		case <-j.goOn:
		case <-ctx.Done():
			return moderation.Receipt{}, ctx.Err()
		}
	}
	return moderation.Receipt{Status: moderation.Approved}, nil
}

// crowd asks a door by many requests at once.
type crowd struct {
	t    *testing.T
	door *platform.Akismet
	goOn chan struct{}
	errs chan error
}

func newCrowd(t *testing.T) *crowd {
	g := &akismetGate{}
	c := &crowd{t: t, door: g.door(), goOn: make(chan struct{}), errs: make(chan error, 4000)}
	c.door.Keys, c.door.Judge, c.door.Counter = twoSites{}, slowJudge{g, c.goOn}, uncounted{}
	return c
}

// uncounted is a counter for many requests at once.
type uncounted struct{ platform.UsageCounter }

func (uncounted) CountUsage(context.Context, moderation.SiteID, moderation.Usage) error { return nil }

func (c *crowd) ask(ctx context.Context, site, author string) {
	f := form("api_key", strings.Repeat(site, 16), "comment_author", author)
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/akismet/1.1/comment-check", strings.NewReader(f.Encode()))
	r.SetPathValue("version", "1.1")
	r.SetPathValue("endpoint", "comment-check")
	c.errs <- c.door.Serve(httptest.NewRecorder(), r)
}

func TestAFloodedAkismetSiteStarvesNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		for i := range 900 {
			go c.ask(t.Context(), "a", fmt.Sprint("Zoe ", i))
		}
		synctest.Wait()
		for i := range 300 {
			go c.ask(t.Context(), "b", fmt.Sprint("Zoe ", i))
		}
		synctest.Wait()
		if n := len(c.errs); n != 300 {
			t.Errorf("%d of the other site's 300 are answered", n)
		}
		close(c.goOn)
		synctest.Wait()
		if n := len(c.errs); n != 1200 {
			t.Errorf("%d of all 1200 are answered", n)
		}
	})
}

func TestWhoWaitsForTheSameCommentGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		go c.ask(t.Context(), "a", "Zoe")
		synctest.Wait()
		ctx, goAway := context.WithCancel(t.Context())
		for range 5000 {
			go c.ask(ctx, "a", "Zoe")
			synctest.Wait() // else one more would be turned away
			if len(c.errs) > 0 {
				break
			}
		}
		if len(c.errs) != 1 {
			t.Fatal("any number may wait")
		}
		if err := <-c.errs; !errors.Is(err, moderation.ErrTooMany) {
			t.Errorf("err = %v, want ErrTooMany", err)
		}
		goAway()
		synctest.Wait()
		for len(c.errs) > 0 {
			if err := <-c.errs; err != nil && !errors.Is(err, context.Canceled) {
				t.Fatalf("err = %v, want Canceled", err)
			}
		}
		go c.ask(t.Context(), "a", "Zoe") // there is room again
		close(c.goOn)
		synctest.Wait()
		for range 2 {
			if err := <-c.errs; err != nil {
				t.Error(err)
			}
		}
	})
}
