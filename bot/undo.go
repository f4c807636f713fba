package bot

import (
	"context"
	"errors"

	"gatehouse/internal/moderation"
)

// tapUndo takes back the decision that the card shows.
func (b *Bot) tapUndo(ctx context.Context, t tap) (string, error) {
	out, err := b.desk.Undo(ctx, moderation.UndoOrder{
		Decision: moderation.DecisionID(t.Number),
		Comment:  t.view.Case.Comment,
		By:       actor(t.user),
		Via:      via,
		Key:      "telegram:" + t.query,
	})
	if err != nil {
		return "", err
	}
	return undone(out), nil
}

// undo is the command that takes back what stands on a comment.
func (b *Bot) undo(ctx context.Context, r request) error {
	id, ok := r.comment()
	if !ok {
		return b.askWhich(ctx, r)
	}
	out, err := b.desk.Undo(ctx, moderation.UndoOrder{Comment: id, By: actor(r.message.From), Via: via, Key: r.key()})
	notice := undone(out)
	if err != nil {
		var known bool
		if notice, known = explain(err, actor(r.message.From)); !known {
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
	v, err := b.cases.CaseOf(ctx, id)
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
	v, err := b.cases.CaseOf(ctx, id)
	if errors.Is(err, moderation.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := b.follow(ctx, v.Case.ID, nil); err != nil {
		b.log.Info("card not redrawn at once", "case", v.Case.ID, "err", err)
	}
	return nil
}
