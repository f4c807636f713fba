package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/moderation"
)

// mode tells how strict blogs are, and changes it.
func (b *Bot) mode(ctx context.Context, r request) error {
	sites, err := b.sitesFor(ctx, r)
	if err != nil {
		return err
	}
	words := strings.Fields(r.args)
	switch {
	case len(words) == 0:
		return b.showModes(ctx, r, sites)
	case !r.person.Role.Allows(leads):
		return b.replyText(ctx, r, lacks(leads))
	}
	change, site, why, err := b.readMode(ctx, r, sites, words)
	if err != nil {
		return err
	}
	if why != "" {
		return b.replyText(ctx, r, why)
	}
	change.By, change.Key = actor(r.message.From), r.key()
	turned, err := b.desk.TurnMode(ctx, change)
	if err != nil {
		words, known := b.explain(err, change.By)
		if !known {
			return err
		}
		return b.replyText(ctx, r, words)
	}
	return b.replyMode(ctx, r.place(), turned, site)
}

// modeUsage says how /mode is written.
const modeUsage = "Send /mode strict 24h, /mode normal, or /mode back; with several blogs the blog's name first. In reply to a card it is for its post alone."

// readMode reads "[SITE] MODE [TIME] [REASON]", or returns why it can't.
func (b *Bot) readMode(ctx context.Context, r request, sites []moderation.Site, words []string) (change moderation.ModeChange, site moderation.Site, why string, err error) {
	for _, s := range sites {
		if s.Name == words[0] {
			site, words = s, words[1:]
			break
		}
	}
	post, err := b.postOf(ctx, r)
	switch {
	case err != nil:
		return change, site, "", err
	case post != nil && !isOf(post.Site.ID, r.sites):
		return change, site, "That card is of another blog.", nil
	case post != nil:
		site, change.Post, change.Title = post.Site, post.Post.ID, post.Post.Title
	case site.ID == 0 && len(sites) == 1:
		site = sites[0]
	case site.ID == 0:
		return change, site, "Which blog? " + modeUsage, nil
	}
	change.Site = site.ID
	if len(words) == 0 {
		return change, site, modeUsage, nil
	}
	if word := strings.ToLower(words[0]); word != "back" {
		if change.Mode, err = moderation.ParseMode(word); err != nil {
			return change, site, modeUsage, nil
		}
	}
	words = words[1:]
	if len(words) > 0 {
		lasts, err := moderation.ParseSpan(words[0])
		switch {
		case err == nil:
			change.Until, words = b.cfg.Now().Add(lasts), words[1:]
		case strings.ContainsAny(words[0][:1], "0123456789"): // a time that is none, and no reason
			return change, site, fmt.Sprintf("%q is no time such as 30m, 24h or 7d. ", words[0]) + modeUsage, nil
		}
	}
	change.Reason = oneLine(strings.Join(words, " "), maxReason)
	if post != nil && change.Post == "" {
		return change, site, "The blog does not say which post this is: only the whole blog can be stricter.", nil
	}
	return change, site, "", nil
}

// postOf returns the case of the card that a command answers; nil: it answers none.
func (b *Bot) postOf(ctx context.Context, r request) (*moderation.CaseView, error) {
	to := r.message.ReplyToMessage
	if to == nil {
		return nil, nil
	}
	id, err := b.cards.CaseShown(ctx, r.message.Chat.ID, to.MessageID)
	if errors.Is(err, moderation.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := b.cases.Case(ctx, id)
	return &v, err
}

// showModes tells how strict each blog is, and what differs for a time or on a post.
func (b *Bot) showModes(ctx context.Context, r request, sites []moderation.Site) error {
	s := b.sheet()
	for _, site := range sites {
		changes, err := b.desk.Modes(ctx, site.ID)
		if err != nil {
			return err
		}
		s.bold(oneLine(site.Name, maxName)).own(": ", string(moderation.ModeOf(site, "", changes)), "\n")
		for _, m := range changes {
			s.own("• ")
			drawMode(s, m, site)
			s.own("\n")
		}
	}
	return b.replySheet(ctx, r, s.own("\n", modeUsage))
}

// drawMode writes what a change makes of what, until when, who made it and why.
func drawMode(s *sheet, m moderation.ModeChange, site moderation.Site) {
	s.own(string(m.Mode))
	if m.Post != "" {
		s.own(" on ").passage(postTitle(moderation.Post{ID: m.Post, Title: m.Title})).own(" of ", oneLine(site.Name, maxName))
	} else {
		s.own(" on ", oneLine(site.Name, maxName))
	}
	if !m.Until.IsZero() {
		s.own(" until ", s.stamp(m.Until))
	}
	s.own(" · ").passage(actorName(m.By))
	if reason := oneLine(m.Reason, maxReason); reason != "" {
		s.own(" · ").passage(reason)
	}
}

// replyMode answers a message with a change and how to take it back.
func (b *Bot) replyMode(ctx context.Context, to place, m moderation.ModeChange, site moderation.Site) error {
	s, k := b.sheet(), keyboard(nil)
	if m.Mode == "" {
		s.own("🎚 Back to the mode without changes.")
	} else {
		s.own("🎚 ")
		drawMode(s, m, site)
		s.own("\n", modeWords(m.Mode))
		k = keyboard{row(modeHandle(m).button("↩️ Undo"))}
	}
	return b.replyWith(ctx, to, s, k)
}

// modeWords says what a mode does.
func modeWords(m moderation.Mode) string {
	switch m {
	case moderation.ModeOpen:
		return "Nothing is held on the classifier's word; rules still hold and reject."
	case moderation.ModeStrict:
		return "Everything waits, but what trusted authors write and nothing flags."
	}
	return "What is flagged waits."
}

// tapEnd takes back a change of mode.
func (b *Bot) tapEnd(ctx context.Context, t handleTap) (string, error) {
	m, site, err := b.blogs.StandingMode(ctx, moderation.ModeID(t.Number), b.cfg.Now())
	if err != nil {
		return "", err
	}
	if m.Site != t.Site || m.At.UnixMilli() != t.At {
		return foreignCard, nil
	}
	if _, err := b.desk.EndMode(ctx, moderation.ModeEnd{Site: t.Site, ID: m.ID, By: actor(t.user)}); err != nil {
		return "", err
	}
	s := b.sheet().own("↩️ Taken back by ").passage(actorName(actor(t.user))).own(": ")
	drawMode(s, m, site)
	changes, err := b.desk.Modes(ctx, t.Site)
	if err != nil {
		return "", err
	}
	notice := "↩️ Undone"
	if holds, ok := moderation.ChangeOf(m.Post, changes); ok {
		if s.own("\nIt is "); holds.Mode == m.Mode {
			notice += "; it is still " + string(holds.Mode)
			s.own("still ")
		}
		drawMode(s, holds, site)
		s.own(".")
	}
	t.tell(ctx, b, s, nil)
	return notice, nil
}

// sendMode tells the moderators' chat of a change of mode that nobody asked for, if
// it still counts.
func (b *Bot) sendMode(ctx context.Context, d moderation.Delivery) (recoverable bool, err error) {
	var news moderation.ModeNews
	if err := json.Unmarshal(d.Payload, &news); err != nil || news.Mode <= 0 {
		return false, errors.New("tell of a mode: the delivery names none")
	}
	m, site, err := b.blogs.StandingMode(ctx, news.Mode, b.cfg.Now())
	if errors.Is(err, moderation.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return true, fmt.Errorf("tell of a mode: %w", err)
	}
	l, err := b.layout(ctx)
	if err != nil {
		return true, fmt.Errorf("tell of a mode: %w", err)
	}
	s := b.sheet().own("🎚 It has become stricter by itself: ")
	drawMode(s, m, site)
	s.own("\n", modeWords(m.Mode))
	err = b.announce(ctx, l.spots(m.Site), s, keyboard{row(modeHandle(m).button("↩️ Undo"))}) // none: /mode tells of it
	if err != nil {
		return forOutbox(fmt.Errorf("tell of a mode: %w", err))
	}
	return false, nil
}
