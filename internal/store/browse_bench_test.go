package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// lookups asks each thing that moderators and programs look up of the town, a
// different one each time; it returns how much was found.
type lookups struct {
	*world
	random   *rand.Rand
	all      int
	one      []moderation.SiteID
	arrivals []moderation.Arrival
}

// any is a comment of the town.
func (l *lookups) any() moderation.CommentID { return moderation.CommentID(1 + l.random.IntN(l.all)) }

// change is the place of a change of the town.
func (l *lookups) change() moderation.Change { return moderation.Change(l.random.IntN(l.all - 10_000)) }

// ofCase is a comment of the town that has a case.
func (l *lookups) ofCase() int64 { return int64(l.any()/10*10 + 2) }

// said is one of some comments that say nearly the same as others did.
func (l *lookups) said() moderation.Arrival { return l.arrivals[l.random.IntN(len(l.arrivals))] }

// saySome makes these.
func (l *lookups) saySome() {
	for i := range 500 {
		v, err := l.View(l.t.Context(), l.any())
		l.must(err)
		a := l.arrival(fmt.Sprint("new", i), v.Comment.Text+" indeed")
		a.Site, a.Post, a.Author = v.Site, v.Post, townAuthor(l.random.IntN(townAuthors))
		l.arrivals = append(l.arrivals, a)
	}
}

// lookup is one of them.
type lookup struct {
	name string
	ask  func(context.Context) (int, error)
}

// found counts a list.
func found[T any](list []T, err error) (int, error) { return len(list), err }

// some is for a list that may be empty.
func some[T any](_ []T, err error) (int, error) { return 1, err }

// done is for what is no list.
func done[T any](_ T, err error) (int, error) { return 1, err }

// ofCards are those for which a chat asks by itself.
func (l *lookups) ofCards() []lookup {
	next := func(sites []moderation.SiteID) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			return found(l.NextCases(ctx, moderation.SpotQuery{Spot: moderation.Spot{Chat: -5}, Sites: sites, Now: l.now}, 10))
		}
	}
	return []lookup{
		{"NextCases", next(nil)},
		{"NextCases/one", next(l.one)},
		{"OpenCards", func(ctx context.Context) (int, error) {
			n, _, err := l.OpenCards(ctx, moderation.Spot{Chat: -5})
			return n, err
		}},
		{"Queue", func(ctx context.Context) (int, error) { return done(l.Queue(ctx, nil)) }},
		{"Queue/one", func(ctx context.Context) (int, error) { return done(l.Queue(ctx, l.one)) }},
		{"Case", func(ctx context.Context) (int, error) { return done(l.Case(ctx, moderation.CaseID(l.ofCase()))) }},
		{"CaseOf", func(ctx context.Context) (int, error) {
			return done(l.CaseOf(ctx, moderation.CommentID(l.ofCase())))
		}},
		{"RaidOf", func(ctx context.Context) (int, error) { return done(l.RaidOf(ctx, 10)) }},
		{"Raids", func(ctx context.Context) (int, error) { return found(l.Raids(ctx, nil, 10)) }},
		{"Digest/12h", func(ctx context.Context) (int, error) { return done(l.Digest(ctx, nil, l.now.Add(-12*time.Hour))) }},
		{"Digest/7d", func(ctx context.Context) (int, error) { return done(l.Digest(ctx, nil, l.now.AddDate(0, 0, -7))) }},
	}
}

// ofModerators are those that moderators and commands ask for.
func (l *lookups) ofModerators() []lookup {
	list := []lookup{
		{"View", func(ctx context.Context) (int, error) { return done(l.View(ctx, l.any())) }},
		{"Find/common", func(ctx context.Context) (int, error) {
			return found(l.Find(ctx, l.one, fmt.Sprint("council", l.random.IntN(100)), 10))
		}},
		{"Find/two", func(ctx context.Context) (int, error) {
			return some(l.Find(ctx, nil, fmt.Sprintf("council%d tram%d", l.random.IntN(100), l.random.IntN(100)), 10))
		}},
		{"Find/rare", func(ctx context.Context) (int, error) {
			return some(l.Find(ctx, l.one, fmt.Sprintf("council%d tram%d soup%d house7", l.random.IntN(100), l.random.IntN(100), l.random.IntN(100)), 10))
		}},
		{"Find/begun", func(ctx context.Context) (int, error) {
			return found(l.Find(ctx, nil, fmt.Sprint("soup", 1+l.random.IntN(9)), 10))
		}},
		{"Thread", func(ctx context.Context) (int, error) { return some(l.Thread(ctx, l.any(), 10)) }},
		{"Similar", func(ctx context.Context) (int, error) { return some(l.Similar(ctx, l.any(), 10)) }},
		{"ByAuthor", func(ctx context.Context) (int, error) { return some(l.ByAuthor(ctx, l.any(), 10)) }},
		{"Authors", func(ctx context.Context) (int, error) {
			return found(l.Authors(ctx, l.one, []string{"ann", "bob", "cem", "dora"}[l.random.IntN(4)], 10))
		}},
		{"Days/7", func(ctx context.Context) (int, error) {
			return found(l.Days(ctx, nil, l.now.AddDate(0, 0, -7), time.UTC))
		}},
		{"Days/90", func(ctx context.Context) (int, error) { return found(l.Days(ctx, nil, time.Time{}, time.UTC)) }},
		{"StandingOf", func(ctx context.Context) (int, error) { return done(l.StandingOf(ctx, l.any())) }},
	}
	for name, sites := range map[string][]moderation.SiteID{"": nil, "/one": l.one} {
		list = append(list,
			lookup{"OpenCases" + name, func(ctx context.Context) (int, error) {
				v, _, err := l.OpenCases(ctx, sites, 10)
				return len(v), err
			}},
			lookup{"Published" + name, func(ctx context.Context) (int, error) { return found(l.Published(ctx, sites, 10)) }},
			lookup{"Decided" + name, func(ctx context.Context) (int, error) { return found(l.Decided(ctx, sites, 10)) }})
	}
	return list
}

// ofPrograms are those of the API, of the outbox and of what judges.
func (l *lookups) ofPrograms() []lookup {
	kinds := []string{moderation.DeliverCard, moderation.DeliverCallback}
	changes := func(status moderation.Status) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			c, err := l.Changes(ctx, moderation.ChangeQuery{Site: l.site.ID, After: l.change(), Status: status, Limit: 100})
			return len(c.Records), err
		}
	}
	return []lookup{
		{"Due/open", func(ctx context.Context) (int, error) { return found(l.Due(ctx, l.now, kinds, nil, 64)) }},
		{"Due/closed", func(ctx context.Context) (int, error) {
			return some(l.Due(ctx, l.now, kinds, []string{"site:4"}, 64))
		}},
		{"Deliveries", func(ctx context.Context) (int, error) {
			list, _, err := l.Deliveries(ctx, 10)
			return len(list), err
		}},
		{"Record", func(ctx context.Context) (int, error) {
			_, err := l.Record(ctx, l.site.ID, l.any())
			if err != nil { // it is of another site
				_, err = l.Changes(ctx, moderation.ChangeQuery{Site: l.site.ID, After: l.change(), Limit: 1})
			}
			return 1, err
		}},
		{"Changes", changes("")},
		{"Changes/held", changes(moderation.Held)},
		{"HeldComments", func(ctx context.Context) (int, error) { return found(l.HeldComments(ctx, l.site.ID, 100)) }},
		{"CommentsAfter", func(ctx context.Context) (int, error) {
			return found(l.CommentsAfter(ctx, l.site.ID, moderation.CommentID(l.change()), 100))
		}},
		{"RecentComments", func(ctx context.Context) (int, error) { return found(l.RecentComments(ctx, 10)) }},
		{"Vitals", func(ctx context.Context) (int, error) { return done(l.Vitals(ctx)) }},
		{"Drift", func(ctx context.Context) (int, error) { return done(l.Drift(ctx, l.site.ID)) }},
		{"Duplicates/near", func(ctx context.Context) (int, error) {
			return done(l.DuplicatesOf(ctx, l.said()))
		}},
		{"Background", func(ctx context.Context) (int, error) {
			return done(l.Background(ctx, l.said()))
		}},
	}
}

// BenchmarkBrowse looks up what moderators and programs look up among 100,000 comments,
// or GATEHOUSE_BENCH_COMMENTS, of which each tenth waits.
func BenchmarkBrowse(b *testing.B) {
	w := newTown(b, townComments(b))
	l := &lookups{world: w, random: rand.New(rand.NewPCG(7, 8)), all: townComments(b), one: []moderation.SiteID{w.site.ID}}
	l.saySome()
	for _, each := range slices.Concat(l.ofCards(), l.ofModerators(), l.ofPrograms()) {
		b.Run(each.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if n, err := each.ask(b.Context()); err != nil || n == 0 {
					b.Fatalf("%d found, error %v", n, err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			for _, p := range []int{50, 99} {
				b.ReportMetric(float64(took[len(took)*p/100].Microseconds())/1000, fmt.Sprintf("ms/p%d", p))
			}
		})
	}
}
