package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// raidSheet says what a raid is and asks what to do with all of it that waits; with
// published, what the machine published of it is meant, too.
func raidSheet(raid moderation.Raid, published bool) (*sheet, keyboard) {
	s := (&sheet{}).own(raidMark, " ", oneLine(raid.Site.Name, maxName), ": ")
	drawRaid(s, raid)
	s.own(".\n")
	if raid.First.Case.ID == 0 {
		return s.own(count(raid.Published, "is published.", "are published.")), nil
	}
	s.own("The first, by ")
	drawMate(s, raid.First)
	if raid.Odd.Comment != 0 {
		s.own("\nThe most different one, ", likeness(raid.Odd.Alike), ", by ")
		drawMate(s, raid.Odd)
	}
	if raid.Published > 0 {
		s.own("\n", count(raid.Published, "more of it is published.", "more of it are published."))
	}
	s.own("\nWhat is to become of ", all(raid, published), "?")
	if raid.Waiting > 1 || published {
		s.own(" Of those that say nearly the same, one teaches.")
	}
	return s, raidKeyboard(raid, published)
}

// all says what an order about a raid is about.
func all(raid moderation.Raid, published bool) string {
	words := "the one that waits"
	if raid.Waiting > 1 {
		words = fmt.Sprintf("all %d that wait", raid.Waiting)
	}
	if published {
		words += fmt.Sprintf(" and %d published without a question", raid.Unasked)
	}
	return words
}

// raidKeyboard has the answers to the question of a raid.
func raidKeyboard(raid moderation.Raid, published bool) keyboard {
	v, upTo := mateView(raid.First), 2*int64(raid.UpTo)
	if published {
		upTo++
	}
	k := keyboard{
		row(key(verbAllSpam, v, upTo), key(verbAllAbuse, v, upTo)),
		row(key(verbAllHide, v, upTo)),
	}
	if !published { // which is on the page already
		k[1] = append(k[1], key(verbAllApprove, v, upTo))
	}
	if raid.Unasked > 0 {
		box, toggled := "☐", int64(2)
		if published {
			box, toggled = "☑", 1
		}
		k = append(k, row(labelled(fmt.Sprintf("%s and take down %d published", box, raid.Unasked), verbRaid, v, toggled)))
	}
	return append(k, row(key(verbDiffer, v, 0), key(verbRaidLeave, v, 0)))
}

// tapRaid asks what to do with a raid; with a number, anew and with (2) or without (1)
// what is published of it.
func (b *Bot) tapRaid(ctx context.Context, t tap) (string, error) {
	at, ok := t.place()
	if !ok {
		return "Send /raid " + t.view.Case.Comment.String() + " instead.", nil
	}
	raid, notice, err := b.raidOf(ctx, t)
	if err != nil || notice != "" {
		return notice, err
	}
	if raid.Waiting == 0 {
		return "Nothing of it waits any more.", nil
	}
	s, k := raidSheet(raid, t.Number == 2)
	if t.Number != 0 {
		b.rewrite(ctx, at, s, k)
		return "", nil
	}
	return "", b.replyWith(ctx, at, s, k)
}

// raidOf returns the raid that a tapped card is about, or what to tell where it is
// about none any more.
func (b *Bot) raidOf(ctx context.Context, t tap) (raid moderation.Raid, notice string, err error) {
	raid, err = b.raids.RaidOf(ctx, t.view.Case.Comment)
	if errors.Is(err, moderation.ErrNotFound) {
		return raid, "This comment is no part of a raid any more. /raids lists those that wait.", nil
	}
	return raid, "", err
}

// tapAll decides all of a raid that was counted.
func (b *Bot) tapAll(ctx context.Context, t tap) (string, error) {
	raid, notice, err := b.raidOf(ctx, t)
	if err != nil || notice != "" {
		return notice, err
	}
	out, err := b.desk.DecideCluster(ctx, moderation.ClusterOrder{
		Cluster: raid.ID, Choice: raidChoices()[t.Verb], By: actor(t.user), Via: via, Key: "telegram:" + t.query,
		UpTo: moderation.Change(t.Number / 2), Published: t.Number%2 == 1,
	})
	if err != nil {
		return b.refusedRaid(err, t.user)
	}
	if at, ok := t.place(); ok {
		s, k, err := b.raidDone(ctx, t, out)
		if err != nil {
			return "", err
		}
		b.rewrite(ctx, at, s, k)
	}
	if out.Decided == 0 {
		return "Nothing of it waited any more.", nil
	}
	words := wordsOf(out.Order.Choice)
	return fmt.Sprintf("%s %s: %d", words.mark, words.done, out.Decided), nil
}

// refusedRaid says why an order about a raid was refused. The message that was tapped
// is no card, and so is not to be drawn again as one.
func (b *Bot) refusedRaid(err error, user *tgbotapi.User) (string, error) {
	if notice, known := b.explain(err, actor(user)); known {
		return notice, nil
	}
	return "", err
}

// raidChoices are what the answers decide.
func raidChoices() map[string]moderation.Choice {
	return map[string]moderation.Choice{verbAllSpam: moderation.ChooseSpam, verbAllAbuse: moderation.ChooseAbuse, verbAllHide: moderation.ChooseReject, verbAllApprove: moderation.ChooseApprove}
}

// raidDone says what became of an order about a raid.
func (b *Bot) raidDone(ctx context.Context, t tap, out moderation.ClusterOutcome) (*sheet, keyboard, error) {
	words := wordsOf(out.Order.Choice)
	s := b.sheet()
	if out.Decided == 0 {
		s.own("Nothing of the raid of #", t.view.Case.Comment.String(), " waited any more.")
	} else {
		s.own(words.mark, " ").bold(words.done).own(": ", count(out.Decided, "comment of the raid", "comments of the raid"), " of #", t.view.Case.Comment.String(),
			" by ").passage(actorName(out.Order.By))
		s.own(" · ", s.stamp(out.Order.At), "\n", taughtWords(out))
	}
	if out.Others > 0 && out.Standing != nil {
		s.own("\n", count(out.Others, "was decided by others before: ", "were decided by others before, the last one: "),
			wordsOf(out.Standing.Choice).done, " by ").passage(actorName(out.Standing.By)).own(".")
	}
	var k keyboard
	if out.More > 0 {
		s.own("\n", count(out.More, "more waits: it came or was edited", "more wait: they came or were edited"), " after you were asked.")
		rest, err := b.raids.Raid(ctx, out.Order.Cluster)
		if err != nil {
			return nil, nil, err
		}
		if rest.First.Case.ID != 0 {
			k = append(k, row(labelled("🗑 And "+count(rest.Waiting, "that waits", "that wait")+" …", verbRaid, mateView(rest.First), 0)))
		}
	}
	if out.Stand > 0 {
		undo := handle{Verb: verbUndoAll, Site: out.Order.Site, Number: int64(out.Order.ID), At: out.Order.At.UnixMilli()}
		k = append(k, row(undo.button("↩️ Undo")))
	}
	return s, k, nil
}

// taughtWords says how many of an order teach.
func taughtWords(out moderation.ClusterOutcome) string {
	_, teaches := out.Order.Choice.Teaches()
	switch {
	case !teaches:
		return "It teaches nothing."
	case out.Taught == 0:
		return "None of them teaches: they say nearly the same as some that did."
	case out.Taught == 1 && out.Decided > 1:
		return "One of them teaches; the others say nearly the same."
	}
	return count(out.Taught, "of them teaches.", "of them teach, as they differ.")
}

// tapUndoAll takes back what an order about a raid did: whose it was, or a senior.
func (b *Bot) tapUndoAll(ctx context.Context, t handleTap) (string, error) {
	id := moderation.ClusterOrderID(t.Number)
	order, err := b.raids.ClusterOrder(ctx, id)
	switch {
	case err != nil:
		return "", err
	case order.Site != t.Site || order.At.UnixMilli() != t.At:
		return foreignCard, nil
	}
	if !mayUndo(t.person, moderation.Decision{By: order.By}) {
		return othersUndo(moderation.Decision{By: order.By}), nil
	}
	undone, err := b.desk.UndoCluster(ctx, moderation.ClusterUndo{Order: id, By: actor(t.user), Via: via, MadeAt: time.UnixMilli(t.At)})
	if err != nil {
		return "", err
	}
	s := (&sheet{}).own("↩️ ").bold("Undone").own(" by ").passage(actorName(actor(t.user))).own(": ",
		count(undone.Restored, "comment is what it was before", "comments are what they were before"), ".")
	if undone.Changed > 0 {
		s.own("\n", count(undone.Changed, "stays as it is: it was edited, withdrawn or decided anew since.", "stay as they are: they were edited, withdrawn or decided anew since."))
	}
	t.tell(ctx, b, s, nil)
	return "↩️ Undone: " + strconv.Itoa(undone.Restored), nil
}

// listedDifferent is how many comments the list of different ones tells; each has a
// button.
const listedDifferent = 12

// tapDiffer lists what of a raid does not say what its first says.
func (b *Bot) tapDiffer(ctx context.Context, t tap) (string, error) {
	at, ok := t.place()
	if !ok {
		return "Send /raid " + t.view.Case.Comment.String() + " instead.", nil
	}
	raid, notice, err := b.raidOf(ctx, t)
	if err != nil || notice != "" {
		return notice, err
	}
	list, n, err := b.raids.Different(ctx, raid.ID, listedDifferent)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "All that wait say nearly the same.", nil
	}
	s := (&sheet{}).bold(count(n, "comment says something else", "comments say something else")).
		own(" than #", raid.First.Comment.String(), ". A tap takes one out of the raid, to be decided alone.")
	k := keyboard{}
	for i, m := range list {
		s.own("\n\n", strconv.Itoa(i+1), ". #", m.Comment.String(), " · ", likeness(m.Alike), "\n")
		drawMate(s, m)
		if i%3 == 0 {
			k = append(k, nil)
		}
		k[len(k)-1] = append(k[len(k)-1], labelled(strconv.Itoa(i+1), verbAlone, mateView(m), 0))
	}
	if n > len(list) {
		s.own("\n\nand ", strconv.Itoa(n-len(list)), " more")
	}
	return "", b.replyWith(ctx, at, s, k)
}

// tapAlone takes a comment out of its raid and brings its card.
func (b *Bot) tapAlone(ctx context.Context, t tap) (string, error) {
	at, ok := t.place()
	if !ok {
		return "", nil
	}
	if err := unchanged(t.view, t.press); err != nil {
		return b.refusedRaid(err, t.user)
	}
	if err := b.desk.LeaveCluster(ctx, t.view.Case.Comment); err != nil {
		return b.refusedRaid(err, t.user)
	}
	spot, _, err := b.spotFor(ctx, t.view.Site.ID, at.spot())
	if err == nil {
		err = b.show1(ctx, t.Case, spot)
	}
	if err != nil {
		b.log.Info("card not shown at once", "case", t.Case, "err", err)
	}
	return "#" + t.view.Case.Comment.String() + " is out of the raid; its card is below.", nil
}

// tapRaidLeave takes the question of a raid back.
func (b *Bot) tapRaidLeave(ctx context.Context, t tap) (string, error) {
	return b.dismiss(ctx, t, "Nothing was decided.")
}
