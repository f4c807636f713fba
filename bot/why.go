package bot

import (
	"cmp"
	"context"
	"fmt"

	"gatehouse/internal/moderation"
)

// How much of a verdict is told.
const (
	whyReasons = 12
	whyWords   = 12
	whyDetail  = 300 // characters of what the classifier says
	// whyReserve is what is left for the words that weighed and the versions, in UTF-16
	// units.
	whyReserve = whyWords*(maxWord+30) + 2*maxName + 200
)

// tapWhy answers a card with everything that spoke for its verdict.
func (b *Bot) tapWhy(ctx context.Context, t tap) (string, error) {
	v := t.view
	if t.message == nil || t.message.Chat == nil {
		return "Send /why " + v.Case.Comment.String() + " instead.", nil
	}
	to := place{t.message.Chat.ID, t.message.MessageID, t.topic}
	if err := b.reply(ctx, to, explanation(v)); err != nil {
		b.log.Info("why not told", "case", t.Case, "err", err)
		return "Telegram did not take the answer. Send /why " + v.Case.Comment.String() + ".", nil
	}
	return "", nil
}

// why is the command for what [Bot.tapWhy] tells.
func (b *Bot) why(ctx context.Context, r request) error {
	v, ok, err := b.requested(ctx, r)
	if err != nil || !ok {
		return err
	}
	return b.replySheet(ctx, r, explanation(v))
}

// explanation writes each reason, the words that weighed and the versions.
func explanation(v moderation.CaseView) *sheet {
	s := &sheet{}
	became := map[moderation.Action]string{moderation.Approve: "published", moderation.Reject: "rejected"}[v.Verdict.Action]
	s.bold("Why #" + v.Case.Comment.String() + " was " + cmp.Or(became, "held")).own("\n")
	for i, r := range v.Verdict.Reasons {
		line := &sheet{entities: s.entities}
		drawOneReason(line, r)
		if i == whyReasons || s.units+line.units > maxText-whyReserve {
			s.own("• and ", count(len(v.Verdict.Reasons)-i, "more reason", "more reasons"), "\n")
			break
		}
		line.entities -= s.entities
		s.append(line)
	}
	if len(v.Verdict.Weights) > 0 {
		s.own("\n").bold("Words that weighed").own("\n")
	}
	for i, w := range v.Verdict.Weights {
		if i == whyWords {
			break
		}
		s.quoted(oneLine(w.Feature, maxWord)).own(fmt.Sprintf(" %+.2f %s\n", w.Weight, w.Label))
	}
	if p := v.Verdict.Scores; p != (moderation.Probabilities{}) {
		s.own("\nok ", percent(p.OK), ", spam ", percent(p.Spam), ", abuse ", percent(p.Abuse), "\n")
	}
	s.own("Model ").foreign(version(v.Verdict.Model)).own(", rules ").foreign(version(v.Verdict.Rules))
	return s
}

// drawOneReason writes a reason on a line of its own.
func drawOneReason(s *sheet, r moderation.Reason) {
	s.own("• ")
	if r.Shadow {
		s.own("in shadow, without effect: ")
	}
	switch {
	case isClassifier(r):
		s.own(percent(r.Score), " ", string(r.Label), " (").foreign(oneLine(r.Check, maxWord)).own(")")
		if r.Detail != "" {
			s.own(": ").foreign(oneLine(r.Detail, whyDetail))
		}
	case r.Rule == moderation.CheckFailed:
		s.foreign(ruleMessage(r))
	default:
		s.foreign(ruleMessage(r)).own(" (").foreign(oneLine(r.Check, maxWord))
		if r.Rule != "" {
			s.own(" ").foreign(oneLine(r.Rule, maxWord))
		}
		if r.Label != "" {
			s.own(", ", string(r.Label))
		}
		s.own(")")
	}
	s.own("\n")
}

// version returns a version, or a word for none.
func version(v string) string {
	if v = oneLine(v, maxName); v != "" {
		return v
	}
	return "none"
}
