package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// layout is which cards go where, as it is at a moment.
type layout struct {
	roster     moderation.Roster
	placements []moderation.Placement
}

// layout reads which cards go where.
func (b *Bot) layout(ctx context.Context) (layout, error) {
	r, err := b.roster(ctx)
	if err != nil {
		return layout{}, err
	}
	placements, err := b.rosters.Placements(ctx)
	if err != nil {
		return layout{}, err
	}
	for i, p := range placements {
		if !p.To.IsSet() {
			placements[i].To = r.Home
		}
	}
	return layout{r, placements}, nil
}

// spotsOf returns where the cards of a placement go.
func (l layout) spotsOf(p moderation.Placement) []moderation.Spot {
	if !p.To.IsSet() {
		return nil
	}
	if !p.To.Each {
		return []moderation.Spot{p.To.Spot}
	}
	var spots []moderation.Spot
	for _, m := range l.roster.Moderators {
		if m.Sees(p.Site) && m.Role != moderation.RoleObserver {
			spots = append(spots, moderation.Spot{Chat: m.ID})
		}
	}
	return spots
}

// spots returns where the cards of a site go.
func (l layout) spots(site moderation.SiteID) []moderation.Spot {
	for _, p := range l.placements {
		if p.Site == site {
			return l.spotsOf(p)
		}
	}
	return nil
}

// all returns every spot that cards go to.
func (l layout) all() []moderation.Spot {
	var spots []moderation.Spot
	for _, p := range l.placements {
		for _, at := range l.spotsOf(p) {
			if !slices.Contains(spots, at) {
				spots = append(spots, at)
			}
		}
	}
	return spots
}

// has reports whether cards go to a chat.
func (l layout) has(chat int64) bool {
	return slices.ContainsFunc(l.all(), func(at moderation.Spot) bool { return at.Chat == chat })
}

// maySee reports whether cards of a site may stand in a chat: some go there, or it is
// the one of somebody who sees the site.
func (l layout) maySee(chat int64, site moderation.SiteID) bool {
	if m, found := l.roster.Find(chat); found && m.Sees(site) {
		return true
	}
	return slices.ContainsFunc(l.spots(site), func(at moderation.Spot) bool { return at.Chat == chat })
}

// sites returns the sites whose cards go to one of the spots that is holds for.
func (l layout) sites(holds func(moderation.Spot) bool) []moderation.SiteID {
	sites := []moderation.SiteID{}
	for _, p := range l.placements {
		if slices.ContainsFunc(l.spotsOf(p), holds) {
			sites = append(sites, p.Site)
		}
	}
	return sites
}

// sitesAt returns the sites whose cards go to a spot.
func (l layout) sitesAt(at moderation.Spot) []moderation.SiteID {
	return l.sites(func(s moderation.Spot) bool { return s == at })
}

// near returns which of some spots are meant where somebody asks for something: the one
// where they ask, or else all in that chat.
func near(spots []moderation.Spot, asked moderation.Spot) []moderation.Spot {
	if slices.Contains(spots, asked) {
		return []moderation.Spot{asked}
	}
	return slices.DeleteFunc(slices.Clone(spots), func(s moderation.Spot) bool { return s.Chat != asked.Chat })
}

// spotFor returns in which spot of a chat the card of a site is to be that somebody
// asks for there: where its cards go, or else where they ask.
func (b *Bot) spotFor(ctx context.Context, site moderation.SiteID, asked moderation.Spot) (at moderation.Spot, goes bool, err error) {
	l, err := b.layout(ctx)
	if err != nil {
		return asked, false, err
	}
	if spots := near(l.spots(site), asked); len(spots) > 0 {
		return spots[0], true, nil
	}
	return asked, false, nil
}

// reach returns what somebody may be told of in a chat, and false where they are told
// of nothing there, for others read it: alone, their own sites; in a chat where
// cards go, those of them whose cards go there.
func (l layout) reach(m moderation.Moderator, chat int64) (sites []moderation.SiteID, ok bool) {
	if chat == m.ID {
		if len(m.Sites) == 0 {
			return nil, true
		}
		return m.Sites, true
	}
	sites = slices.DeleteFunc(l.sites(func(s moderation.Spot) bool { return s.Chat == chat }),
		func(site moderation.SiteID) bool { return !m.Sees(site) })
	return sites, len(sites) > 0 || l.roster.Home.Chat == chat
}

// isOf reports whether a site is among sites; nil are all.
func isOf(site moderation.SiteID, sites []moderation.SiteID) bool {
	return sites == nil || slices.Contains(sites, site)
}

// spotParams returns the parameters of a call that sends something to a spot.
func spotParams(at moderation.Spot) tgbotapi.Params {
	p := tgbotapi.Params{"chat_id": strconv.FormatInt(at.Chat, 10)}
	if at.Topic != 0 {
		p["message_thread_id"] = strconv.Itoa(at.Topic)
	}
	return p
}

// answerParams returns the parameters of a call that answers a message, or only sends
// something where that is 0.
func answerParams(to place) tgbotapi.Params {
	p := spotParams(to.spot())
	if to.message != 0 {
		p["reply_parameters"] = fmt.Sprintf(`{"message_id":%d,"allow_sending_without_reply":true}`, to.message)
	}
	return p
}

// topicOf returns the topic in which an update's message is, which the client does not
// read; 0: none.
func topicOf(raw json.RawMessage) int {
	type message struct {
		Thread  int  `json:"message_thread_id"`
		IsTopic bool `json:"is_topic_message"`
	}
	var u struct {
		Message  message `json:"message"`
		Callback struct {
			Message message `json:"message"`
		} `json:"callback_query"`
	}
	if json.Unmarshal(raw, &u) != nil {
		return 0
	}
	for _, m := range []message{u.Message, u.Callback.Message} {
		if m.IsTopic {
			return m.Thread
		}
	}
	return 0
}
