package bot

import (
	"context"
	"fmt"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// roster returns where cards go and who may decide: what is configured, and the
// stored roster for the rest.
func (b *Bot) roster(ctx context.Context) (moderation.Roster, error) {
	var r moderation.Roster
	if b.cfg.Chat == 0 || len(b.cfg.Moderators) == 0 {
		stored, err := b.rosters.Roster(ctx)
		if err != nil {
			return r, fmt.Errorf("read the roster: %w", err)
		}
		r.Home.Chat = stored.Home.Chat
		for _, m := range stored.Moderators {
			if !standsForMany(m.ID) {
				r.Moderators = append(r.Moderators, m)
			}
		}
	}
	if chat := b.configuredChat(); chat != 0 {
		r.Home.Chat = chat
	}
	if len(b.cfg.Moderators) > 0 {
		r.Moderators = nil
		for _, id := range b.cfg.Moderators {
			r.Moderators = append(r.Moderators, moderation.Moderator{ID: id})
		}
	}
	return r, nil
}

// callRoll is roster with a warning for everybody on it who is nobody.
func (b *Bot) callRoll(ctx context.Context) (moderation.Roster, error) {
	stored, err := b.rosters.Roster(ctx)
	if err != nil {
		return moderation.Roster{}, fmt.Errorf("read the roster: %w", err)
	}
	var nobodies []int64
	for _, m := range stored.Moderators {
		if standsForMany(m.ID) {
			nobodies = append(nobodies, m.ID)
		}
	}
	var people []int64
	for _, id := range b.cfg.Moderators {
		if standsForMany(id) {
			nobodies = append(nobodies, id)
		} else {
			people = append(people, id)
		}
	}
	b.cfg.Moderators = people
	if len(nobodies) > 0 {
		b.log.Warn("some moderators are not people but accounts of Telegram's own, in whose name anybody may write; they are ignored",
			"moderators", nobodies)
	}
	return b.roster(ctx)
}

// isModerator reports whether the user may decide.
func (b *Bot) isModerator(ctx context.Context, user *tgbotapi.User) (bool, error) {
	if user.IsBot || standsForMany(user.ID) {
		return false, nil
	}
	r, err := b.roster(ctx)
	if err != nil {
		return false, err
	}
	for _, m := range r.Moderators {
		if m.ID == user.ID {
			return true, nil
		}
	}
	return false, nil
}
