package bot

import (
	"context"
	"fmt"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/text"
)

const (
	// maxCaption is the longest caption of a file, in UTF-16 units.
	maxCaption = 1024
	// uploadRate is how many bytes a second an upload must make, beside the
	// patience of any call.
	uploadRate = 64 << 10
)

// file is what is sent as one.
type file struct {
	name string // with the ending that people's devices go by
	data []byte
}

// upload is call with a file in one field.
func (d *door) upload(ctx context.Context, method string, p tgbotapi.Params, field string, f file, out any) error {
	patience := d.patience + time.Duration(len(f.data))*time.Second/uploadRate
	return d.through(ctx, patience, method, p, out, func(api *tgbotapi.BotAPI) (*tgbotapi.APIResponse, error) {
		resp, err := api.UploadFiles(method, p, []tgbotapi.RequestFile{{Name: field, Data: tgbotapi.FileBytes{Name: f.name, Bytes: f.data}}})
		if refused, ok := refusal(err); ok && refused.Code == 0 {
			refused.Code = resp.ErrorCode // which the client leaves out here, and only here
		}
		return resp, err
	})
}

// sendPhoto sends a picture, in answer to a message unless that is 0; caption may
// be nil.
func (b *Bot) sendPhoto(ctx context.Context, to place, picture file, caption *sheet) error {
	return b.sendFile(ctx, "sendPhoto", "photo", to, picture, caption)
}

// sendDocument is sendPhoto for a file of any kind.
func (b *Bot) sendDocument(ctx context.Context, to place, document file, caption *sheet) error {
	return b.sendFile(ctx, "sendDocument", "document", to, document, caption)
}

// sendFile sends a file at the pace that Telegram allows, later where the chat takes
// nothing at the moment.
func (b *Bot) sendFile(ctx context.Context, method, field string, to place, f file, caption *sheet) error {
	send := func(ctx context.Context) error { return b.sendFileNow(ctx, method, field, to, f, caption) }
	return b.answerLater(send(ctx), send)
}

// sendFileNow sends a file. Where its group turns out to have become a supergroup, it
// goes there.
func (b *Bot) sendFileNow(ctx context.Context, method, field string, to place, f file, caption *sheet) error {
	p := answerParams(to)
	if caption != nil {
		p["caption"], p["parse_mode"] = caption.HTML(), tgbotapi.ModeHTML
	}
	send := func() error {
		if err := b.pace.wait(ctx, to.chat, kindOf(method, p)); err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		err := b.door.upload(ctx, method, p, field, f, nil)
		if after, ok := retryAfter(err); ok {
			b.pace.rest(to.chat, after)
		}
		return err
	}
	err := send()
	if isContent(err) && caption != nil {
		b.log.Warn("Telegram did not take a caption's markup", "err", err)
		p["caption"] = text.Cut(caption.Plain(), maxCaption)
		delete(p, "parse_mode")
		err = send()
	}
	if chat, moved := movedTo(err); moved {
		if err := b.move(ctx, to.chat, chat); err != nil {
			return fmt.Errorf("%s: follow chat %d to %d: %w", method, to.chat, chat, err)
		}
		p["chat_id"] = strconv.FormatInt(chat, 10)
		delete(p, "reply_parameters")
		err = send()
	}
	return err
}
