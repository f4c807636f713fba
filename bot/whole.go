package bot

import (
	"context"
	"fmt"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// isCut reports whether a card does not show the whole text.
func isCut(v moderation.CaseView) bool {
	return drawText(&sheet{}, v, textRoom(v))
}

// tapWhole answers a card with the whole text.
func (b *Bot) tapWhole(ctx context.Context, t tap) (string, error) {
	at, ok := t.place()
	if !ok {
		return "Send /whole " + t.view.Comment.ID.String() + " instead.", nil
	}
	if err := b.sendWhole(ctx, t.view, at); err != nil {
		b.log.Info("text not told", "case", t.Case, "err", err)
		return "Telegram did not take the text. Send /whole " + t.view.Comment.ID.String() + ".", nil
	}
	return "", nil
}

// whole is the command for what [Bot.tapWhole] tells.
func (b *Bot) whole(ctx context.Context, r request) error {
	v, ok, err := b.requested(ctx, r)
	if err != nil || !ok {
		return err
	}
	err = b.sendWhole(ctx, v, r.place())
	if err == nil || isTransient(err) || ctx.Err() != nil {
		return err
	}
	b.log.Warn("command not answered", "command", r.name, "err", err)
	return nil
}

// sendWhole answers a message with the whole text of a comment: as a message where that
// holds it, else as a file.
func (b *Bot) sendWhole(ctx context.Context, v moderation.CaseView, to place) error {
	head := &sheet{}
	head.own("📄 #", v.Comment.ID.String(), " · ")
	drawAuthor(head, v.Author)
	if title := postTitle(v.Post); title != "" {
		head.own(" · ").passage(title)
	}
	body := everyLine(v.Comment.Text)
	if at := v.Comment.PurgedAt; !at.IsZero() {
		return b.reply(ctx, to, head.own("\n", purgedWords(at)))
	}
	if body == "" {
		return b.reply(ctx, to, head.own("\n(nothing that can be seen)"))
	}
	if head.units+1+text.UTF16Len(body) <= maxText {
		return b.reply(ctx, to, head.own("\n").quote(body))
	}
	return b.sendDocument(ctx, to, wholeFile(v, body), head)
}

// wholeFile is the whole text of a comment as a file, with where it is from.
func wholeFile(v moderation.CaseView, body string) file {
	var out strings.Builder
	fmt.Fprintf(&out, "Comment #%s, revision %d\nBlog: %s\nPost: %s\n", v.Comment.ID, v.Comment.Revision, oneLine(v.Site.Name, maxName), postTitle(v.Post))
	if address, ok := webAddress(v.Post.URL); ok {
		out.WriteString(address + "\n")
	}
	writer := &sheet{}
	drawAuthor(writer, v.Author)
	fmt.Fprintf(&out, "Author: %s\n\n%s\n", writer.plain.String(), body)
	return file{name: fileName(v), data: []byte(out.String())}
}

// fileName is what the file of a comment is called: by its number, author and post, of
// letters and digits that no device takes for anything else.
func fileName(v moderation.CaseView) string {
	name := "comment-" + v.Comment.ID.String()
	for _, words := range []string{v.Author.Name, postTitle(v.Post)} {
		words = strings.Map(func(r rune) rune {
			if r == '-' || isWordRune(r) && !isQuote(r) && plainName.MatchString(string(r)) {
				return r
			}
			return '-'
		}, oneLine(words, 30))
		if words = strings.Trim(words, "-"); words != "" {
			name += "-" + words
		}
	}
	return name + ".txt"
}
