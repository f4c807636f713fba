package bot

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// MaxUpdate bounds what Telegram may bring at once, in bytes.
const MaxUpdate = 1 << 20

const (
	// webhookPath is where the program serves [Bot.Webhook].
	webhookPath = "/telegram/webhook"
	// secretHeader is where Telegram says who it is.
	secretHeader = "X-Telegram-Bot-Api-Secret-Token"
	// webhookPatience is how long Telegram waits for an update to be done before
	// it is told to come again; with [farewell] it is less than a server's last
	// requests are given when the program is to end.
	webhookPatience = 6 * time.Second
	// webhookConnections is how many updates Telegram may bring at a time: they
	// are done one after another.
	webhookConnections = 2
)

// Webhook is where Telegram brings updates. The zero Webhook is nowhere: the bot
// asks for them.
type Webhook struct {
	URL    string            // as Telegram sees it
	Secret moderation.Secret // A-Z, a-z, 0-9, _ and -; empty: another one at each start
}

// hook takes the updates that Telegram brings.
type hook struct {
	*inbox
	secret   *rotating
	renewed  atomic.Bool // Telegram does not know the secret in force
	patience time.Duration
	turns    turns
	doubts   chan struct{} // a call has failed: is Telegram there?
	ready    atomic.Bool   // Telegram has told who the bot is
	last     atomic.Int64  // when an update was done, in Unix seconds; 0: none since the start
}

// newHook returns the hook of a bot that has a webhook.
func newHook(b *Bot) (*hook, error) {
	if err := CheckWebhook(b.cfg.Webhook, b.cfg.APIURL); err != nil {
		return nil, err
	}
	return &hook{inbox: newInbox(b), secret: newRotating(cmp.Or(b.cfg.Webhook.Secret, moderation.NewSecret(rand.Text()))), patience: webhookPatience, doubts: make(chan struct{}, 1)}, nil
}

// CheckWebhook says what the Bot API server at an address (empty: Telegram's)
// would not take, and what to write instead; [moderation.ErrInvalid].
func CheckWebhook(w Webhook, server string) error {
	u, err := url.Parse(w.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%w: the webhook's address is none like https://gatehouse.example/telegram/webhook", moderation.ErrInvalid)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%w: the webhook's address may have no name, password, query or fragment: Telegram shows it, and has TELEGRAM_WEBHOOK_SECRET to prove itself", moderation.ErrInvalid)
	}
	// A Bot API server of one's own calls any port, and without TLS.
	if server == "" || server == telegramServer {
		if u.Scheme != "https" {
			return fmt.Errorf("%w: Telegram brings updates to https addresses only, not to %s", moderation.ErrInvalid, w.URL)
		}
		if port := cmp.Or(u.Port(), "443"); !slices.Contains([]string{"443", "80", "88", "8443"}, port) {
			return fmt.Errorf("%w: Telegram brings updates to ports 443, 80, 88 and 8443 only, not to %s: put a proxy with TLS on one of these before gatehouse", moderation.ErrInvalid, port)
		}
	}
	secret := w.Secret.Reveal()
	if len(secret) > 256 || strings.Trim(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return fmt.Errorf("%w: the webhook's secret may have up to 256 of A-Z, a-z, 0-9, _ and -, and nothing else", moderation.ErrInvalid)
	}
	return nil
}

// Webhook returns the handler that takes updates from Telegram; nil where the bot
// asks for them. An update that is not done in time is refused with
// [moderation.ErrNotReady], so that Telegram brings it again.
func (b *Bot) Webhook() func(http.ResponseWriter, *http.Request) error {
	if b.hook == nil {
		return nil
	}
	return b.hook.serve
}

// serve takes an update. Whoever does not know the secret hears nothing.
func (h *hook) serve(w http.ResponseWriter, r *http.Request) error {
	if !h.isTelegram(r) {
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	if v, ok := w.(interface{ Vouch(site string) error }); ok {
		v.Vouch("") //nolint:errcheck // what no site asks for is not counted
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxUpdate))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return fmt.Errorf("%w: an update of more than %d bytes", moderation.ErrTooLarge, MaxUpdate)
	}
	if err != nil {
		return fmt.Errorf("%w: the update did not arrive whole", moderation.ErrInvalid)
	}
	id, err := numberOf(raw)
	if err != nil { // brought again it would be the same
		h.log.Error("update skipped: it has no number", "err", err)
		return nil
	}
	if !h.ready.Load() {
		return fmt.Errorf("%w: the bot does not know who it is yet", moderation.ErrNotReady)
	}
	// What is begun is completed, though nobody may be left to hear of it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), h.patience)
	defer cancel()
	if !h.inTurn(ctx, id, raw) {
		return fmt.Errorf("%w: update %d is not done", moderation.ErrNotReady, id)
	}
	h.last.Store(h.cfg.Now().Unix())
	return nil
}

// isTelegram reports whether the request has the secret.
func (h *hook) isTelegram(r *http.Request) bool {
	// Hashes have one length, of which the comparison tells nothing.
	got, is := sha256.Sum256([]byte(r.Header.Get(secretHeader))), 0
	for _, s := range h.secret.taken() {
		want := sha256.Sum256([]byte(s.Reveal()))
		is |= subtle.ConstantTimeCompare(got[:], want[:])
	}
	return is == 1
}

// inTurn carries out an update when it is its turn, and reports whether it is done
// and that is written down.
func (h *hook) inTurn(ctx context.Context, id int, raw []byte) bool {
	leave, ok := h.turns.enter(ctx, id)
	if !ok {
		return false
	}
	defer leave()
	return h.carryOut(ctx, id, raw) && !slices.Contains(h.unmarked, id)
}

// run has Telegram bring updates to the hook until ctx ends, and looks after
// that: another program may take the webhook away.
func (h *hook) run(ctx context.Context) {
	h.ready.Store(true)
	again, registered := h.newPause(), time.Time{}
	for ctx.Err() == nil {
		err := h.look(ctx, &registered)
		if err != nil {
			h.complain(ctx, again, err)
			again.wait(ctx, err)
			continue
		}
		h.recovered(ctx, again)
		if err := h.catchUp(ctx); err != nil {
			h.log.Error("cards not brought up to date", "err", err)
		}
		h.rest(ctx)
	}
}

// rest waits until it is time to look again.
func (h *hook) rest(ctx context.Context) {
	timer := time.NewTimer(h.cfg.PollTimeout)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.doubts:
	case <-ctx.Done():
	}
}

// doubt has the hook look soon whether Telegram is there: nothing else tells it of an
// outage.
func (h *hook) doubt() {
	select {
	case h.doubts <- struct{}{}:
	default:
	}
}

// look registers the webhook where it is not, or was not yet by this process, and
// notes whether Telegram can bring what it has.
func (h *hook) look(ctx context.Context, registered *time.Time) error {
	var info tgbotapi.WebhookInfo
	if !registered.IsZero() {
		if err := h.door.call(ctx, "getWebhookInfo", nil, &info); err != nil {
			return err
		}
		if info.URL != h.cfg.Webhook.URL {
			h.log.Warn("the bot's webhook is gone, and is set again: does another program use the bot's token?", "webhook", info.URL)
		}
	}
	if renewed := h.renewed.Swap(false); renewed || info.URL != h.cfg.Webhook.URL {
		if err := h.register(ctx); err != nil {
			h.renewed.Store(renewed)
			return err
		}
		*registered = h.cfg.Now()
		return nil
	}
	h.note(info, *registered)
	return nil
}

// register tells Telegram where to bring updates.
func (h *hook) register(ctx context.Context) error {
	secret := h.secret.now()
	p := tgbotapi.Params{"url": h.cfg.Webhook.URL, "secret_token": secret.Reveal(), "allowed_updates": allowedUpdates}
	p.AddNonZero("max_connections", webhookConnections)
	if err := h.door.call(ctx, "setWebhook", p, nil); err != nil {
		return err
	}
	if secret == h.secret.now() {
		h.secret.retire()
	}
	h.log.Info("Telegram brings what moderators do", "webhook", h.cfg.Webhook.URL)
	return nil
}

// note says so where Telegram could not bring what it has, since the last time
// that it could.
func (h *hook) note(info tgbotapi.WebhookInfo, registered time.Time) {
	since := max(registered.Unix(), h.last.Load())
	says := ""
	if info.PendingUpdateCount > 0 && int64(info.LastErrorDate) > since {
		says = fmt.Sprintf("Telegram can't bring what moderators do to %s: %s; %d updates wait there", h.cfg.Webhook.URL,
			h.door.strip(info.LastErrorMessage), info.PendingUpdateCount)
	}
	if h.troubles.set(troubleWebhook, says) && says != "" {
		h.log.Error(says + "; the address must lead to POST /telegram/webhook of this gatehouse")
	}
}

// turns let one update at a time in, and of those that wait the one with the
// smallest number. The zero turns are free.
type turns struct {
	mu      sync.Mutex
	taken   bool
	waiting []turn // by number
}

// turn is an update that waits.
type turn struct {
	number int
	come   chan struct{} // closed when it has come
}

// enter waits for an update's turn, and returns how to end it; false where ctx
// ended first.
func (t *turns) enter(ctx context.Context, number int) (leave func(), ok bool) {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return t.leave, true
	}
	mine := turn{number, make(chan struct{})}
	i, _ := slices.BinarySearchFunc(t.waiting, number+1, func(w turn, n int) int { return cmp.Compare(w.number, n) })
	t.waiting = slices.Insert(t.waiting, i, mine)
	t.mu.Unlock()
	select {
	case <-mine.come:
		return t.leave, true
	case <-ctx.Done():
	}
	t.mu.Lock()
	i = slices.IndexFunc(t.waiting, func(w turn) bool { return w.come == mine.come })
	if i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 { // it came at the same moment
		t.leave()
	}
	return nil, false
}

// leave gives the turn to the next one.
func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.taken = false
		return
	}
	close(t.waiting[0].come)
	t.waiting = t.waiting[1:]
}
