package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

// Diary tells what became of the comments of each day; see [moderation.Browser].
type Diary interface {
	Days(ctx context.Context, sites []moderation.SiteID, since time.Time, loc *time.Location) ([]moderation.Day, error)
}

// How many days /stats shows unless it is asked for others, and at most.
const (
	statsDays     = 7
	statsDaysMost = 90
)

// statsUsage says how /stats is written.
const statsUsage = "Send /stats for the last 7 days, or say how many, from /stats 1d to /stats 90d; with several blogs a blog's name may follow."

// stats draws what became of the comments of some days.
func (b *Bot) stats(ctx context.Context, r request) error {
	sites, err := b.sitesFor(ctx, r)
	if err != nil {
		return err
	}
	days, sites, ok := readStats(r.args, sites)
	if !ok {
		return b.replyText(ctx, r, statsUsage)
	}
	if len(sites) == 0 {
		return b.replyText(ctx, r, "There is no blog yet.")
	}
	loc := b.cfg.Zone
	y, m, d := b.cfg.Now().In(loc).Date()
	list, err := b.diary.Days(ctx, numbersOf(sites), time.Date(y, m, d+1-days, 0, 0, 0, 0, loc), loc)
	if err != nil {
		return err
	}
	t := newTally(titleOf(sites), list, loc)
	if t.comments() == 0 {
		return b.replySheet(ctx, r, t.caption())
	}
	png, err := t.picture().PNG()
	if err != nil {
		return fmt.Errorf("draw statistics: %w", err)
	}
	return b.replyPhoto(ctx, r, file{"stats.png", png}, t.caption())
}

// readStats reads "[DAYS] [SITE]" in either order. It reports false for anything else.
func readStats(args string, sites []moderation.Site) (days int, chosen []moderation.Site, ok bool) {
	days, chosen = statsDays, sites
	said := map[string]bool{}
	for _, word := range strings.Fields(strings.ToLower(args)) {
		kind := "days"
		if i := slices.IndexFunc(sites, func(s moderation.Site) bool { return s.Name == word }); i >= 0 {
			kind, chosen = "site", sites[i:i+1]
		} else if n, err := strconv.Atoi(strings.TrimSuffix(word, "d")); err == nil && n >= 1 && n <= statsDaysMost {
			days = n
		} else {
			return 0, nil, false
		}
		if said[kind] {
			return 0, nil, false
		}
		said[kind] = true
	}
	return days, chosen, true
}

// numbersOf returns the numbers of blogs.
func numbersOf(sites []moderation.Site) []moderation.SiteID {
	ids := []moderation.SiteID{}
	for _, s := range sites {
		ids = append(ids, s.ID)
	}
	return ids
}

// replyPhoto answers a command with a picture, or with its caption alone where
// Telegram does not take the picture.
func (b *Bot) replyPhoto(ctx context.Context, r request, picture file, caption *sheet) error {
	err := b.sendPhoto(ctx, r.place(), picture, caption)
	if err == nil || isTransient(err) || ctx.Err() != nil {
		return err
	}
	b.log.Warn("picture not sent", "command", r.name, "err", err)
	return b.replySheet(ctx, r, caption)
}
