package bot

import (
	"context"
	"errors"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// listedMarks is how many marks /bans tells; each has a button.
const listedMarks = 20

// bans lists who is banned and who is trusted.
func (b *Bot) bans(ctx context.Context, r request) error {
	s, k, err := b.listMarks(ctx, r.sites)
	if err != nil {
		return err
	}
	err = b.replyWith(ctx, r.place(), s, k)
	if err == nil || isTransient(err) || ctx.Err() != nil {
		return err
	}
	b.log.Warn("command not answered", "command", r.name, "err", err)
	return nil
}

// listedFor returns the sites of which a list that was tapped may tell.
func (b *Bot) listedFor(ctx context.Context, t handleTap) []moderation.SiteID {
	at, ok := t.place()
	if !ok {
		return []moderation.SiteID{t.Site}
	}
	l, err := b.layout(ctx)
	if err != nil {
		return []moderation.SiteID{t.Site}
	}
	sites, _ := l.reach(t.person, at.chat)
	return sites
}

// siteMark is a mark with what people call its site.
type siteMark struct {
	moderation.Mark
	site string
}

// standingMarks returns the marks of some sites (nil: of all) in the order of the list.
func (b *Bot) standingMarks(ctx context.Context, of []moderation.SiteID) ([]siteMark, error) {
	sites, err := b.blogs.Sites(ctx)
	if err != nil {
		return nil, err
	}
	var list []siteMark
	for _, site := range sites {
		if !isOf(site.ID, of) {
			continue
		}
		marks, err := b.desk.StandingMarks(ctx, site.ID)
		if err != nil {
			return nil, err
		}
		for _, m := range marks {
			list = append(list, siteMark{m, oneLine(site.Name, maxName)})
		}
	}
	return list, nil
}

// listMarks draws the list of some sites; nil: of all.
func (b *Bot) listMarks(ctx context.Context, of []moderation.SiteID) (*sheet, keyboard, error) {
	list, err := b.standingMarks(ctx, of)
	if err != nil {
		return nil, nil, err
	}
	s, k := b.sheet(), keyboard{}
	for i, m := range list {
		number := strconv.Itoa(i + 1)
		item := b.sheet().own(number, ". ")
		item.entities = s.entities
		drawMark(item, m.Mark, m.site)
		if item.own("\n"); i == listedMarks || s.units+item.units > maxText-listReserve {
			s.own("and ", strconv.Itoa(len(list)-i), " more: gatehouse authors list")
			break
		}
		item.entities -= s.entities
		s.append(item)
		if i%3 == 0 {
			k = append(k, nil)
		}
		k[len(k)-1] = append(k[len(k)-1], markHandle(verbAsk, m.Mark).button("Lift "+number))
	}
	if len(list) == 0 {
		s.own("Nobody is banned, and nobody trusted by hand.")
	}
	return s, k, nil
}

// tapAskLift asks whether a mark of the list is to be lifted: with what it goes by, and
// until when, it can't be put back by a tap.
func (b *Bot) tapAskLift(ctx context.Context, t handleTap) (string, error) {
	list, err := b.standingMarks(ctx, b.listedFor(ctx, t))
	if err != nil {
		return "", err
	}
	for _, m := range list {
		if markHandle(verbAsk, m.Mark) != t.handle {
			continue
		}
		s := b.sheet().own("Lift this? It has no undo: ")
		drawMark(s, m.Mark, m.site)
		t.tell(ctx, b, s, keyboard{row(markHandle(verbLift, m.Mark).button("Lift it"), markHandle(verbMarks, m.Mark).button("Back"))})
		return "", nil
	}
	return "", moderation.ErrAlreadyDecided
}

// tapMarks goes back to the list.
func (b *Bot) tapMarks(ctx context.Context, t handleTap) (string, error) {
	s, k, err := b.listMarks(ctx, b.listedFor(ctx, t))
	if err == nil {
		t.tell(ctx, b, s, k)
	}
	return "", err
}

// tapLift lifts a mark of the list, and brings the list up to date.
func (b *Bot) tapLift(ctx context.Context, t handleTap) (string, error) {
	lifted, err := b.lift(ctx, t)
	if err != nil {
		return "", err
	}
	s, k, err := b.listMarks(ctx, b.listedFor(ctx, t))
	if err != nil {
		return "", err
	}
	t.tell(ctx, b, s, k)
	if lifted.Still.ID != 0 {
		return "Lifted; another one about the same stands", nil
	}
	return oneLine(lifted.Mark.Shown, maxName) + " is " + markedWord(lifted.Mark.Kind) + " no more", nil
}

// tapUnmark takes back the mark of which a message says that it was made, and what
// was rejected with it.
func (b *Bot) tapUnmark(ctx context.Context, t handleTap) (string, error) {
	lifted, err := b.lift(ctx, t)
	if err != nil {
		return "", err
	}
	s := b.sheet().own("↩️ ").name(oneLine(lifted.Mark.Shown, maxName)).own(" is ", markedWord(lifted.Mark.Kind), " no more · ").passage(actorName(actor(t.user)))
	if lifted.Still.ID != 0 {
		site, err := b.siteName(ctx, t.Site)
		if err != nil {
			return "", err
		}
		s = b.sheet().own("↩️ Taken back by ").passage(actorName(actor(t.user))).own(", but about the same stands another: ")
		drawMark(s, lifted.Still, site)
	}
	if lifted.Restored > 0 {
		s.own("\n", count(lifted.Restored, "comment waits again.", "comments wait again."))
	}
	t.tell(ctx, b, s, nil)
	return "↩️ Undone", nil
}

// lift lifts the mark of a handle, if it is the one that the handle was made for.
func (b *Bot) lift(ctx context.Context, t handleTap) (moderation.Lifted, error) {
	lifted, err := b.desk.Lift(ctx, moderation.Lift{Site: t.Site, ID: moderation.MarkID(t.Number), By: actor(t.user), MadeAt: time.UnixMilli(t.At)},
		t.Verb == verbUnmark)
	if errors.Is(err, moderation.ErrNotFound) {
		return lifted, moderation.ErrAlreadyDecided
	}
	return lifted, err
}

// siteName returns what people call a site.
func (b *Bot) siteName(ctx context.Context, id moderation.SiteID) (string, error) {
	sites, err := b.blogs.Sites(ctx)
	for _, s := range sites {
		if s.ID == id {
			return oneLine(s.Name, maxName), nil
		}
	}
	return "the blog", err
}

// row is buttons beside one another.
func row(buttons ...tgbotapi.InlineKeyboardButton) []tgbotapi.InlineKeyboardButton { return buttons }
