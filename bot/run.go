package bot

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// keptByTelegram is how long Telegram keeps updates that nobody asks for. An
// offset older than that confirms nothing, and must not be used: after a week
// without updates their numbers begin anew anywhere.
const keptByTelegram = 24 * time.Hour

// allowedUpdates are the kinds of update that Telegram is asked for.
const allowedUpdates = `["message","callback_query","my_chat_member"]`

// Run listens to Telegram until ctx ends, which is no error. Nothing that
// Telegram or the network does ends it: it logs what to do, and tries again
// after growing pauses.
func (b *Bot) Run(ctx context.Context) error {
	if !b.greet(ctx) {
		return nil
	}
	b.offerCommands(ctx)
	var clock sync.WaitGroup
	defer clock.Wait()
	clock.Go(func() { b.keepTime(ctx) })
	clock.Go(func() { b.keepPromises(ctx) })
	if b.hook != nil {
		b.hook.run(ctx)
		return nil
	}
	l := newListener(b)
	l.resume(ctx)
	l.listen(ctx)
	return nil
}

// greet asks Telegram who the bot is until it answers, and reports false where
// ctx ended first.
func (b *Bot) greet(ctx context.Context) bool {
	again := b.newPause()
	for ctx.Err() == nil {
		var self tgbotapi.User
		err := b.door.call(ctx, "getMe", nil, &self)
		if err == nil {
			b.mu.Lock()
			b.self = self
			b.mu.Unlock()
			b.troubles.set(troubleReaching, "")
			b.log.Info("Telegram knows the bot", "bot", self.UserName)
			return true
		}
		b.complain(ctx, again, err)
		again.wait(ctx, err)
	}
	return false
}

// complain logs why Telegram can't be used, and what to do.
func (b *Bot) complain(ctx context.Context, p *pause, err error) {
	if p.failures == 0 {
		p.since = b.cfg.Now()
	}
	level, why := slog.LevelError, ""
	switch {
	case ctx.Err() != nil:
		return
	case isTokenRefused(err):
		why = "Telegram refuses the bot's token: set TELEGRAM_BOT_TOKEN to the one that @BotFather gave, and start again (a file of TELEGRAM_BOT_TOKEN_FILE is read again by itself); until then cards wait, and `gatehouse queue` lists them"
	case says(err, "terminated by other getUpdates"):
		why = "another program listens with the bot's token: stop it, or give it a bot of its own"
	case says(err, "bad webhook"):
		why = "Telegram does not take the webhook: TELEGRAM_WEBHOOK_URL must be an https address that Telegram can reach, on port 443, 80, 88 or 8443; without it gatehouse asks for updates itself"
	default:
		level, why = slog.LevelWarn, "Telegram can't be reached"
	}
	b.log.Log(ctx, level, why, "attempt", p.failures+1, "err", err)
	b.troubles.set(troubleReaching, why+" ("+err.Error()+")")
}

// recovered ends a time of failures.
func (b *Bot) recovered(ctx context.Context, p *pause) {
	if p.failures == 0 {
		return
	}
	p.failures = 0
	b.behind.Store(true)
	b.troubles.set(troubleReaching, "")
	b.log.Info("Telegram is back")
	b.afterOutage(ctx, p.since)
}

// listener takes updates one after another.
type listener struct {
	*inbox
	pause  *pause
	next   int       // the number after that of the update taken last
	at     time.Time // when that was; zero: none is known of
	unsaid bool      // an update is done and not confirmed yet
}

// newListener returns a listener that knows of no update.
func newListener(b *Bot) *listener {
	return &listener{inbox: newInbox(b), pause: b.newPause()}
}

// resume goes on after the update that was done last, also by an earlier process.
// Where that is not known Telegram gives all that was not confirmed, and what is
// done is left alone.
func (l *listener) resume(ctx context.Context) {
	last, at, err := l.cfg.Updates.LastUpdate(ctx, l.queue)
	switch {
	case err == nil:
		l.next, l.at = last+1, at
	case !errors.Is(err, moderation.ErrNotFound):
		l.log.Warn("last update not known", "err", err)
	}
}

// offset is the number of the first update that is not confirmed; 0: whatever is
// not.
func (l *listener) offset() int {
	if l.cfg.Now().Sub(l.at) >= keptByTelegram {
		return 0
	}
	return l.next
}

// listen takes updates until ctx ends. Asking for the next ones confirms those
// before.
func (l *listener) listen(ctx context.Context) {
	for ctx.Err() == nil {
		l.reconcileIfBehind(ctx)
		updates, err := l.updates(ctx)
		if err != nil {
			l.failed(ctx, err)
			continue
		}
		l.recovered(ctx, l.pause)
		for _, raw := range updates {
			if !l.take(ctx, raw) {
				break
			}
		}
	}
	l.confirm(ctx)
}

// reconcileIfBehind brings the chats up to date after a start or a time without
// Telegram: what the outbox gave up on meanwhile is delivered after all.
func (l *listener) reconcileIfBehind(ctx context.Context) {
	if l.pause.failures > 0 {
		return
	}
	if err := l.catchUp(ctx); err != nil {
		l.log.Error("cards not brought up to date", "err", err)
	}
}

// updates waits for updates; after a failure it only looks whether Telegram is
// back.
func (l *listener) updates(ctx context.Context) ([]json.RawMessage, error) {
	wait := l.cfg.PollTimeout
	if l.pause.failures > 0 {
		wait = 0
	}
	var list []json.RawMessage
	err := l.door.callWithin(ctx, wait+l.cfg.Timeout, "getUpdates", tgbotapi.Params{
		"offset":          strconv.Itoa(l.offset()),
		"timeout":         strconv.Itoa(int(wait / time.Second)),
		"allowed_updates": allowedUpdates,
	}, &list)
	if err == nil {
		l.unsaid = false
	}
	return list, err
}

// failed does what can be done about a failed getUpdates, and waits.
func (l *listener) failed(ctx context.Context, err error) {
	l.complain(ctx, l.pause, err)
	if says(err, "webhook is active") {
		l.log.Warn("the bot had a webhook, which is removed now: gatehouse asks for updates itself")
		if err := l.door.call(ctx, "deleteWebhook", nil, nil); err == nil {
			return
		}
	}
	l.pause.wait(ctx, err)
}

// take handles one update, and reports false where ctx ended before it was done.
func (l *listener) take(ctx context.Context, raw json.RawMessage) bool {
	id, err := numberOf(raw)
	if err != nil {
		l.log.Error("update skipped: it has no number", "err", err)
		return true
	}
	if !l.carryOut(ctx, id, raw) {
		return false
	}
	l.next, l.at, l.unsaid = id+1, l.cfg.Now(), true
	return true
}

// confirm tells Telegram what has been done, so that it is not delivered again
// at the next start.
func (l *listener) confirm(ctx context.Context) {
	if !l.unsaid {
		return
	}
	err := l.door.callWithin(context.WithoutCancel(ctx), farewell, "getUpdates", tgbotapi.Params{
		"offset": strconv.Itoa(l.offset()), "timeout": "0", "limit": "1",
	}, nil)
	if err != nil {
		l.log.Info("last updates not confirmed", "err", err)
	}
}

// pause is a wait after a failure; each is twice as long as the one before.
type pause struct {
	min, max time.Duration
	failures int
	since    time.Time // of the first of them
}

// newPause returns the pauses that the bot makes.
func (b *Bot) newPause() *pause { return &pause{min: b.cfg.PauseMin, max: b.cfg.PauseMax} }

// wait waits after err, as long as Telegram asks where it does, or until ctx
// ends. A fifth of jitter keeps programs from marching in step.
func (p *pause) wait(ctx context.Context, err error) {
	d := p.max
	if p.failures < 20 {
		d = min(p.min<<p.failures, p.max)
	}
	p.failures++
	d = time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
	if after, ok := retryAfter(err); ok {
		d = max(d, after)
	}
	sleep(ctx, d)
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
