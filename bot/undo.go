package bot

import (
	"cmp"
	"context"
	"errors"

	"gatehouse/internal/moderation"
)

// tapUndo takes back the decision that the button names.
func (b *Bot) tapUndo(ctx context.Context, t tap) (string, error) {
	out, err := b.desk.Undo(ctx, moderation.UndoOrder{
		Decision: moderation.DecisionID(t.Number),
		Comment:  t.view.Case.Comment,
		By:       actor(t.user),
		Via:      via,
		Key:      "telegram:" + t.query,
		Own:      !t.person.Role.Allows(leads),
	})
	var decided *moderation.DecidedError
	if errors.As(err, &decided) && decided.Standing.ID == moderation.DecisionID(t.Number) {
		return othersUndo(decided.Standing), nil
	}
	if err != nil {
		return "", err
	}
	return undone(out), nil
}

// mayUndo reports whether somebody may take a decision back: their own, or as a senior
// any.
func mayUndo(m moderation.Moderator, d moderation.Decision) bool {
	return m.Role.Allows(leads) || d.By.ID == actorID(m.ID)
}

// othersUndo says to a moderator why they may not take a decision back.
func othersUndo(d moderation.Decision) string {
	return "That was decided by " + actorName(d.By) + ": they or a senior moderator can take it back."
}

// mayUndoLast reports whether whoever gave the command may take back what stands on a
// comment, and answers where not.
func (b *Bot) mayUndoLast(ctx context.Context, r request, id moderation.CommentID) (bool, error) {
	if r.person.Role.Allows(leads) {
		return true, nil
	}
	v, err := b.archive.View(ctx, id)
	last := cmp.Or(v.Decision, v.Earlier)
	switch {
	case errors.Is(err, moderation.ErrNotFound) || err == nil && last == nil:
		return false, b.replyText(ctx, r, "#"+id.String()+": No decision stands on it.")
	case err != nil:
		return false, err
	case !mayUndo(r.person, *last):
		return false, b.replyText(ctx, r, "#"+id.String()+": "+othersUndo(*last))
	}
	return true, nil
}

// undo is the command that takes back what stands on a comment.
func (b *Bot) undo(ctx context.Context, r request) error {
	id, ok, err := b.asked(ctx, r)
	if err != nil || !ok {
		return err
	}
	if may, err := b.mayUndoLast(ctx, r, id); err != nil || !may {
		return err
	}
	out, err := b.desk.Undo(ctx, moderation.UndoOrder{Comment: id, By: actor(r.message.From), Via: via, Key: r.key()})
	notice := undone(out)
	if err != nil {
		var known bool
		if notice, known = b.explain(err, actor(r.message.From)); !known {
			return err
		}
		if b.isUndecided(ctx, id, err) {
			notice = "No decision stands on it."
		}
	}
	if err := b.followComment(ctx, id); err != nil {
		return err
	}
	return b.replyText(ctx, r, "#"+id.String()+": "+notice)
}

// isUndecided reports whether an undo found nothing because no decision stands on
// a comment that is there.
func (b *Bot) isUndecided(ctx context.Context, id moderation.CommentID, err error) bool {
	if !errors.Is(err, moderation.ErrNotFound) {
		return false
	}
	v, err := b.archive.View(ctx, id)
	return err == nil && v.Decision == nil
}

// undone says what became of an undo.
func undone(o moderation.Outcome) string {
	switch d := o.Decision; {
	case d.Before == d.After:
		return "↩️ Undone. The comment has changed since, and stays as it is."
	case d.After == moderation.Held:
		return "↩️ Undone. It waits again."
	case d.After == moderation.Approved:
		return "↩️ Undone. It is published again."
	}
	return "↩️ Undone."
}

// followComment brings the cards of a comment's case to what it is. A comment
// that never had a case has none; what else fails is made up for by the outbox,
// unless it is the store.
func (b *Bot) followComment(ctx context.Context, id moderation.CommentID) error {
	v, err := b.archive.View(ctx, id)
	if errors.Is(err, moderation.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if v.Case.ID == 0 {
		return nil
	}
	if err := b.follow(ctx, v.Case.ID, nil); err != nil {
		b.log.Info("card not redrawn at once", "case", v.Case.ID, "err", err)
	}
	return nil
}
