package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

const (
	// maxTries is how often an update is tried that Telegram itself keeps from
	// being done: whoever sent it gets no answer, but others wait behind it.
	maxTries = 4
	// reassureAfter is how many tries a tap that waits for the store stays
	// without an answer.
	reassureAfter = 3
	// longestStorePause bounds the pauses between tries of the store.
	longestStorePause = 10 * time.Second
	// keptUpdates is how many updates are remembered so that one which Telegram
	// delivers twice is not answered twice.
	keptUpdates = 256
	// farewell is how long what is in hand may take once the program is to end,
	// and how long the last confirmation.
	farewell = 2 * time.Second
)

// Run listens to Telegram until ctx ends, which is no error. Nothing that
// Telegram or the network does ends it: it logs what to do, and tries again
// after growing pauses.
func (b *Bot) Run(ctx context.Context) error {
	if !b.greet(ctx) {
		return nil
	}
	b.offerCommands(ctx)
	l := listener{Bot: b, pause: b.newPause()}
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
	switch {
	case ctx.Err() != nil:
	case isTokenRefused(err):
		b.log.Error("Telegram refuses the bot's token: set TELEGRAM_BOT_TOKEN to the one that @BotFather gave, and start again; until then cards wait, and `gatehouse queue` lists them",
			"attempt", p.failures+1, "err", err)
	case says(err, "terminated by other getUpdates"):
		b.log.Error("another program listens with the bot's token: stop it, or give it a bot of its own", "attempt", p.failures+1, "err", err)
	default:
		b.log.Warn("Telegram can't be reached", "attempt", p.failures+1, "err", err)
	}
}

// listener takes updates one after another.
type listener struct {
	*Bot
	pause  *pause
	offset int // of the next update; 0: whatever is not confirmed
	recent []int
	unsaid bool // an update is done and not confirmed yet
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
		l.recovered()
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
		"offset":          strconv.Itoa(l.offset),
		"timeout":         strconv.Itoa(int(wait / time.Second)),
		"allowed_updates": `["message","callback_query"]`,
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

// recovered ends a time of failures.
func (l *listener) recovered() {
	if l.pause.failures == 0 {
		return
	}
	l.pause.failures = 0
	l.behind.Store(true)
	l.log.Info("Telegram is back")
}

// take handles one update, and reports false where ctx ended before it was done.
func (l *listener) take(ctx context.Context, raw json.RawMessage) bool {
	var head struct {
		ID int `json:"update_id"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		l.log.Error("update skipped: it has no number", "err", err)
		return true
	}
	if !l.isRecent(head.ID) && !l.carryOut(ctx, head.ID, raw) {
		return false
	}
	l.offset, l.unsaid = head.ID+1, true
	return true
}

// isRecent reports whether an update has been handled. Telegram may deliver one
// again, and its numbers may begin anew anywhere, so greater is not newer.
func (l *listener) isRecent(id int) bool {
	for _, r := range l.recent {
		if r == id {
			return true
		}
	}
	return false
}

// carryOut handles an update until that succeeds, and reports false where ctx
// ended first. One that is refused is given up, and one that Telegram does not
// let succeed after some tries; for the store there is no end of waiting, since
// a decision must not be lost.
func (l *listener) carryOut(ctx context.Context, id int, raw json.RawMessage) bool {
	again := l.newPause()
	again.max = min(again.max, longestStorePause)
	inHand, done := lingering(ctx)
	defer done()
	for {
		err := l.try(inHand, id, raw)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return false
		}
		tries := again.failures + 1
		if moderation.IsRefusal(err) || isTelegrams(err) && tries >= maxTries {
			l.log.Error("update given up", "update", id, "attempt", tries, "err", err)
			break
		}
		l.log.Warn("update not done, to be tried again", "update", id, "attempt", tries, "err", err)
		if tries == reassureAfter && !isTelegrams(err) {
			l.reassure(inHand, raw)
		}
		again.wait(ctx, err)
	}
	if l.recent = append(l.recent, id); len(l.recent) > keptUpdates {
		l.recent = l.recent[1:]
	}
	return true
}

// reassure answers a tap that waits for the store: else it is made again and
// again.
func (l *listener) reassure(ctx context.Context, raw json.RawMessage) {
	var u tgbotapi.Update
	if json.Unmarshal(raw, &u) == nil && u.CallbackQuery != nil {
		l.answer(ctx, u.CallbackQuery.ID, "The database can't be used at the moment. This tap is kept, and done once it can.")
	}
}

// lingering returns a context that ends a moment after ctx, so that what is
// begun can be completed.
func lingering(ctx context.Context) (context.Context, context.CancelFunc) {
	later, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(farewell, cancel) })
	return later, func() {
		stop()
		cancel()
	}
}

// try handles an update once. One that can't be read, or makes a handler panic,
// is logged and counts as done.
func (l *listener) try(ctx context.Context, id int, raw json.RawMessage) (err error) {
	defer func() {
		if p := recover(); p != nil {
			l.log.Error("update skipped: its handler panicked", "update", id, "err", l.door.strip(fmt.Sprint(p)), "stack", string(debug.Stack()))
			err = nil
		}
	}()
	var u tgbotapi.Update
	if err := json.Unmarshal(raw, &u); err != nil {
		l.log.Error("update skipped: it can't be read", "update", id, "err", err)
		return nil
	}
	switch {
	case u.CallbackQuery != nil:
		return l.handleTap(ctx, u.CallbackQuery)
	case u.Message != nil:
		return l.handleMessage(ctx, id, u.Message)
	}
	return nil
}

// confirm tells Telegram what has been done, so that it is not delivered again
// at the next start.
func (l *listener) confirm(ctx context.Context) {
	if !l.unsaid {
		return
	}
	err := l.door.callWithin(context.WithoutCancel(ctx), farewell, "getUpdates", tgbotapi.Params{
		"offset": strconv.Itoa(l.offset), "timeout": "0", "limit": "1",
	}, nil)
	if err != nil {
		l.log.Info("last updates not confirmed", "err", err)
	}
}

// pause is a wait after a failure; each is twice as long as the one before.
type pause struct {
	min, max time.Duration
	failures int
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
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
