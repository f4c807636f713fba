package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// maxAnswer bounds an answer of Telegram's, in bytes: a hundred updates, each
// with a long message and the one it replies to.
const maxAnswer = 16 << 20

// door is the one way to Telegram. Nothing that comes out of it shows the token.
type door struct {
	endpoint string // as the client wants it, with %s for token and method
	token    *rotating
	patience time.Duration
	client   *http.Client
	// noted hears what became of each call; nil: nobody does.
	noted func(ctx context.Context, method string, p tgbotapi.Params, err error)
}

// endpoint returns the form of address that the client takes.
func endpoint(base string) string {
	return strings.ReplaceAll(strings.TrimRight(base, "/"), "%", "%%") + "/bot%s/%s"
}

// unreachableError says that Telegram gave no answer of its own: the network, a
// proxy, or the end of the caller's patience.
type unreachableError struct {
	why   string
	cause error // context.Canceled or context.DeadlineExceeded; nil: neither
}

// Error says what happened instead.
func (e *unreachableError) Error() string { return e.why }

// Unwrap returns the context's error, if that was it.
func (e *unreachableError) Unwrap() error { return e.cause }

// doFunc makes a function an HTTP client for one call.
type doFunc func(*http.Request) (*http.Response, error)

// Do calls f.
func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// call calls a method and decodes the result into out, unless that is nil. The
// error is a [*tgbotapi.Error] where Telegram refused, and an unreachableError
// where it did not answer.
func (d *door) call(ctx context.Context, method string, p tgbotapi.Params, out any) error {
	return d.callWithin(ctx, d.patience, method, p, out)
}

// callWithin is call with another patience.
func (d *door) callWithin(ctx context.Context, patience time.Duration, method string, p tgbotapi.Params, out any) error {
	return d.through(ctx, patience, method, p, out, func(api *tgbotapi.BotAPI) (*tgbotapi.APIResponse, error) {
		return api.MakeRequest(method, p)
	})
}

// through makes a request by the client, tells whoever notes what became of it,
// and decodes the result into out, unless that is nil.
func (d *door) through(ctx context.Context, patience time.Duration, method string, p tgbotapi.Params, out any,
	request func(*tgbotapi.BotAPI) (*tgbotapi.APIResponse, error),
) error {
	resp, err := d.ask(ctx, patience, request)
	if err != nil {
		err = fmt.Errorf("%s: %w", method, d.clean(err))
	}
	if d.noted != nil {
		d.noted(ctx, method, p, err)
	}
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(resp.Result, out); err != nil {
		return fmt.Errorf("%s: read the answer: %w", method, err)
	}
	return nil
}

// ask makes a request within some time.
func (d *door) ask(ctx context.Context, patience time.Duration, request func(*tgbotapi.BotAPI) (*tgbotapi.APIResponse, error)) (*tgbotapi.APIResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// Any token must give a valid address: the client's error on an invalid one
	// shows it.
	api := &tgbotapi.BotAPI{
		Token:  url.PathEscape(d.token.now().Reveal()),
		Client: doFunc(func(r *http.Request) (*http.Response, error) { return d.do(r.WithContext(ctx)) }),
	}
	api.SetAPIEndpoint(d.endpoint)
	return request(api)
}

// do makes one request, and gives an answer back only when it is Telegram's.
func (d *door) do(r *http.Request) (*http.Response, error) {
	resp, err := d.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxAnswer {
		return nil, &unreachableError{why: fmt.Sprintf("an answer of more than %d bytes", maxAnswer)}
	}
	var envelope struct {
		OK *bool `json:"ok"`
	}
	if json.Unmarshal(body, &envelope) != nil || envelope.OK == nil {
		return nil, &unreachableError{why: "no answer of Telegram's, but status " + resp.Status}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// clean returns err without the token, which network errors have in their
// address.
func (d *door) clean(err error) error {
	var refused *tgbotapi.Error
	if errors.As(err, &refused) {
		c := *refused
		c.Message = d.strip(c.Message)
		if c.MigrateToChatID != 0 {
			c.Message += fmt.Sprintf(" (the chat is %d now)", c.MigrateToChatID)
		}
		return &c
	}
	var away *unreachableError
	if errors.As(err, &away) {
		return away
	}
	away = &unreachableError{why: d.strip(innermost(err).Error())}
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, cause) {
			away.cause = cause
		}
	}
	return away
}

// innermost returns what is wrong, without the address.
func innermost(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// strip takes the token out of a text, also in the form that it has in an
// address.
func (d *door) strip(s string) string {
	for _, known := range d.token.known() {
		token := known.Reveal()
		s = strings.NewReplacer(token, known.String(), url.PathEscape(token), known.String()).Replace(s)
	}
	return s
}

// refusal returns what Telegram refused with, if it did.
func refusal(err error) (*tgbotapi.Error, bool) {
	var refused *tgbotapi.Error
	ok := errors.As(err, &refused)
	return refused, ok
}

// says reports whether Telegram refused with words that contain one of parts.
func says(err error, parts ...string) bool {
	refused, ok := refusal(err)
	if !ok {
		return false
	}
	message := strings.ToLower(refused.Message)
	for _, part := range parts {
		if strings.Contains(message, strings.ToLower(part)) {
			return true
		}
	}
	return false
}

// isUnmodified reports whether an edit changed nothing.
func isUnmodified(err error) bool { return says(err, "message is not modified") }

// isGone reports whether a message can't be edited any more.
func isGone(err error) bool {
	return says(err, "message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID")
}

// isExpired reports whether a tap can't be answered any more.
func isExpired(err error) bool { return says(err, "query is too old", "query ID is invalid") }

// isContent reports whether Telegram refused a message for what is in it, so
// that it would refuse it again.
func isContent(err error) bool {
	return says(err, "can't parse", "message is too long", "MESSAGE_TOO_LONG", "caption is too long", "MEDIA_CAPTION_TOO_LONG", "must be non-empty", "text is empty",
		"must be encoded in UTF-8", "BUTTON_", "ENTIT", "reply markup is too long")
}

// isOutside reports whether the bot has no place in a chat: it was never in it,
// or was thrown out.
func isOutside(err error) bool {
	refused, ok := refusal(err)
	return ok && (refused.Code == http.StatusForbidden || says(err, "chat not found", "chat_id is empty"))
}

// isSilenced reports whether the bot is in a chat and may not write there, or not
// where it should.
func isSilenced(err error) bool {
	return says(err, "not enough rights to send", "have no rights to send", "CHAT_WRITE_FORBIDDEN", "CHAT_RESTRICTED",
		"need administrator rights in the channel", "TOPIC_CLOSED", "TOPIC_DELETED", "message thread not found")
}

// isTokenRefused reports whether Telegram does not know the token. It answers
// 404 where the token can't be one at all.
func isTokenRefused(err error) bool {
	refused, ok := refusal(err)
	return ok && (refused.Code == http.StatusUnauthorized || refused.Code == http.StatusNotFound)
}

// retryAfter returns how long Telegram asks to wait.
func retryAfter(err error) (time.Duration, bool) {
	var resting *restingError
	if errors.As(err, &resting) {
		return resting.after, true
	}
	refused, ok := refusal(err)
	if !ok || refused.Code != http.StatusTooManyRequests && refused.RetryAfter == 0 {
		return 0, false
	}
	return time.Duration(max(refused.RetryAfter, 1)) * time.Second, true
}

// isTransient reports whether the same call may work in a moment: there was no
// answer, or Telegram itself failed.
func isTransient(err error) bool {
	if refused, ok := refusal(err); ok {
		return refused.Code >= http.StatusInternalServerError || refused.Code == 0
	}
	var away *unreachableError
	return errors.As(err, &away)
}

// isTelegrams reports whether Telegram or the way to it is what failed.
func isTelegrams(err error) bool {
	_, refused := refusal(err)
	var away *unreachableError
	var resting *restingError
	return refused || errors.As(err, &away) || errors.As(err, &resting)
}

// forOutbox returns err as the outbox wants it: whether to try again, and when.
func forOutbox(err error) (recoverable bool, later error) {
	if err == nil {
		return false, nil
	}
	if after, ok := retryAfter(err); ok {
		return true, &moderation.LaterError{After: after, Alone: true, Err: err}
	}
	return !isContent(err) && !moderation.IsRefusal(err), err
}
