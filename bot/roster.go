package bot

import (
	"context"
	"fmt"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// Member is somebody who is configured to look or decide.
type Member struct {
	ID    int64           // Telegram's user id
	Role  moderation.Role // empty: moderator, or senior where nobody is called so
	Blogs []string        // the names of those they see; empty: all
}

// roster returns where cards go and who may decide: what is configured, and the
// stored roster for the rest.
func (b *Bot) roster(ctx context.Context) (moderation.Roster, error) {
	var r moderation.Roster
	home := b.configuredHome()
	if !home.IsSet() || len(b.cfg.Moderators) == 0 {
		stored, err := b.rosters.Roster(ctx)
		if err != nil {
			return r, fmt.Errorf("read the roster: %w", err)
		}
		r.Home = stored.Home
		for _, m := range stored.Moderators {
			if !StandsForMany(m.ID) {
				r.Moderators = append(r.Moderators, m)
			}
		}
	}
	if home.IsSet() {
		r.Home = home
	}
	if len(b.cfg.Moderators) > 0 {
		members, err := b.members(ctx)
		if err != nil {
			return r, err
		}
		r.Moderators = members
	}
	return r, nil
}

// noSite is the number of no site: whoever is to see blogs that are not there sees
// none, and not all.
const noSite = moderation.SiteID(-1)

// members are the configured moderators.
func (b *Bot) members(ctx context.Context) ([]moderation.Moderator, error) {
	numbers := map[string]moderation.SiteID{}
	list := make([]moderation.Moderator, 0, len(b.cfg.Moderators))
	for _, m := range b.cfg.Moderators {
		known := moderation.Moderator{ID: m.ID, Role: m.Role}
		if len(m.Blogs) > 0 && len(numbers) == 0 {
			placements, err := b.rosters.Placements(ctx)
			if err != nil {
				return nil, err
			}
			for _, p := range placements {
				numbers[p.Name] = p.Site
			}
		}
		for _, name := range m.Blogs {
			if id, ok := numbers[name]; ok {
				known.Sites = append(known.Sites, id)
			} else {
				known.Sites = append(known.Sites, noSite)
			}
		}
		list = append(list, known)
	}
	return list, nil
}

// callRoll is roster with a warning for everybody on it who is nobody.
func (b *Bot) callRoll(ctx context.Context) (moderation.Roster, error) {
	stored, err := b.rosters.Roster(ctx)
	if err != nil {
		return moderation.Roster{}, fmt.Errorf("read the roster: %w", err)
	}
	var nobodies []int64
	for _, m := range stored.Moderators {
		if StandsForMany(m.ID) {
			nobodies = append(nobodies, m.ID)
		}
	}
	var people []Member
	for _, m := range b.cfg.Moderators {
		if StandsForMany(m.ID) {
			nobodies = append(nobodies, m.ID)
		} else {
			people = append(people, m)
		}
	}
	b.cfg.Moderators = people
	if len(nobodies) > 0 {
		b.log.Warn("some moderators are not people but accounts of Telegram's own, in whose name anybody may write; they are ignored",
			"moderators", nobodies)
	}
	return b.roster(ctx)
}

// person returns what a user may do; found is false for strangers.
func (b *Bot) person(ctx context.Context, user *tgbotapi.User) (m moderation.Moderator, found bool, err error) {
	if user == nil || user.IsBot || StandsForMany(user.ID) {
		return m, false, nil
	}
	r, err := b.roster(ctx)
	if err != nil {
		return m, false, err
	}
	m, found = r.Find(user.ID)
	return m, found, nil
}
