package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a static binary brings its own time zones

	"gatehouse/bot"
	"gatehouse/internal/moderation"
)

// token returns Telegram's token as what it is.
func (t telegramConfig) token() moderation.Secret { return moderation.NewSecret(t.BotToken) }

// botConfig returns what the bot is told of the configuration.
func (t telegramConfig) botConfig() (bot.Config, error) {
	c := bot.Config{Token: t.token(), APIURL: t.APIURL, PerSecond: t.PerSecond, OpenCards: t.OpenCards}
	var err error
	if c.Home, err = moderation.ParseDestination(t.ChatID); err != nil {
		return c, fmt.Errorf("read TELEGRAM_CHAT_ID (telegram.chat_id): %w", err)
	}
	for _, word := range t.Moderators {
		m, err := parseMember(word)
		if err != nil {
			return c, fmt.Errorf("read TELEGRAM_MODERATORS (telegram.moderators): %w", err)
		}
		c.Moderators = append(c.Moderators, m)
	}
	if t.OpenCards < 0 || t.OpenCards > maxOpenCards {
		return c, fmt.Errorf("read TELEGRAM_OPEN_CARDS (telegram.open_cards): %d is not a number from 1 to %d", t.OpenCards, maxOpenCards)
	}
	if c.Quiet, err = bot.ParseQuiet(t.QuietHours); err != nil {
		return c, fmt.Errorf("read TELEGRAM_QUIET_HOURS (telegram.quiet_hours): %w", err)
	}
	if c.Zone, err = time.LoadLocation(t.Timezone); err != nil || t.Timezone == "Local" {
		return c, fmt.Errorf("read TELEGRAM_TIMEZONE (telegram.timezone): %q is no time zone such as Europe/Berlin", t.Timezone)
	}
	c.RemindAfter, err = parseReminder(t.RemindAfter)
	return c, err
}

// maxOpenCards bounds how many open cards a chat may show.
const maxOpenCards = 1000

// parseReminder reads how long something waits before people are reminded.
func parseReminder(s string) (time.Duration, error) {
	switch s {
	case "":
		return 0, nil
	case "off":
		return -1, nil
	}
	d, err := moderation.ParseSpan(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("read TELEGRAM_REMIND_AFTER (telegram.remind_after): %q is neither a time such as 4h nor off", s)
	}
	return d, nil
}

// parseMember reads "1001", "1001:observer" or "1001:senior@blog+other": a person, what
// they may do, and the blogs that they see.
func parseMember(s string) (bot.Member, error) {
	rest, blogs, limited := strings.Cut(s, "@")
	number, role, hasRole := strings.Cut(rest, ":")
	id, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || id <= 0 {
		return bot.Member{}, fmt.Errorf("%w: %q is not a user's number, such as 1001, 1001:observer or 1001:senior@blog; send /start to the bot to learn yours", moderation.ErrInvalid, s)
	}
	m := bot.Member{ID: id}
	if hasRole {
		if m.Role, err = moderation.ParseRole(role); err != nil {
			return m, err
		}
	}
	if limited {
		m.Blogs = strings.FieldsFunc(blogs, func(r rune) bool { return r == '+' })
		if len(m.Blogs) == 0 {
			return m, fmt.Errorf("%w: %q names no blog after the @", moderation.ErrInvalid, s)
		}
	}
	return m, nil
}
