package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// Updates remembers which of Telegram's updates are done, so that what is
// delivered again is not carried out again. A queue is a bot at one server:
// another server gives the same bot's updates other numbers.
type Updates interface {
	UpdateDone(ctx context.Context, queue string, number int) (bool, error)
	MarkUpdate(ctx context.Context, queue string, number int) error
	// LastUpdate returns the update that was marked last, and when;
	// [moderation.ErrNotFound].
	LastUpdate(ctx context.Context, queue string) (number int, at time.Time, err error)
}

const (
	// maxTries is how often an update is tried that Telegram itself keeps from
	// being done: whoever sent it gets no answer, but others wait behind it.
	maxTries = 4
	// reassureAfter is how many tries a tap that waits for the store stays
	// without an answer.
	reassureAfter = 3
	// longestStorePause bounds the pauses between tries of the store.
	longestStorePause = 10 * time.Second
	// farewell is how long what is in hand may take once the program is to end,
	// and how long the last confirmation.
	farewell = 2 * time.Second
)

// inbox carries out updates, whichever way they come: each once, and one at a
// time, which is for its user to see to.
type inbox struct {
	*Bot
	queue    string
	tries    map[int]int // of updates that failed
	unmarked []int       // done, and the store could not take that: oldest first
}

// newInbox returns the inbox of a bot.
func newInbox(b *Bot) *inbox {
	return &inbox{Bot: b, queue: queueOf(b.cfg), tries: make(map[int]int)}
}

// queueOf names the queue of the bot that cfg describes, without its secret:
// 42@api.telegram.org.
func queueOf(cfg Config) string {
	id, _, _ := strings.Cut(cfg.Token.Reveal(), ":")
	host := cfg.APIURL
	if u, err := url.Parse(cfg.APIURL); err == nil {
		host = u.Host
	}
	return id + "@" + host
}

// numberOf reads the number of an update.
func numberOf(raw json.RawMessage) (int, error) {
	var head struct {
		ID *int `json:"update_id"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return 0, err
	}
	if head.ID == nil {
		return 0, errors.New("update_id is missing")
	}
	return *head.ID, nil
}

// carryOut handles an update until that succeeds, and reports false where ctx
// ended first. One that is refused is given up, and one that Telegram does not
// let succeed after some tries; for the store there is no end of waiting, since
// a decision must not be lost. One that is done already is left alone.
func (in *inbox) carryOut(ctx context.Context, id int, raw json.RawMessage) bool {
	again := in.newPause()
	again.max = min(again.max, longestStorePause)
	inHand, done := lingering(ctx)
	defer done()
	for {
		seen, err := in.attempt(inHand, id, raw)
		if seen {
			return true
		}
		if err == nil {
			break
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			return false
		}
		in.tries[id]++
		tries := in.tries[id]
		// Nobody waits for a chat that takes nothing for a while: what was asked for
		// there is done, and could not be told.
		_, later := retryAfter(err)
		if later || moderation.IsRefusal(err) || isTelegrams(err) && tries >= maxTries {
			in.log.Error("update given up", "update", id, "attempt", tries, "err", err)
			break
		}
		in.log.Warn("update not done, to be tried again", "update", id, "attempt", tries, "err", err)
		if tries == reassureAfter && !isTelegrams(err) {
			in.reassure(inHand, raw)
		}
		if again.wait(ctx, err); ctx.Err() != nil {
			return false
		}
	}
	if inHand.Err() != nil && tapIn(raw) != nil {
		return false // its answer may be missing: another try gives it, and decides nothing twice
	}
	delete(in.tries, id)
	in.unmarked = append(in.unmarked, id)
	in.markAll(inHand)
	return true
}

// markAll writes down what is done. What the store does not take stays in
// memory: a command that was answered must not be answered again because of it.
func (in *inbox) markAll(ctx context.Context) {
	for len(in.unmarked) > 0 {
		if err := in.cfg.Updates.MarkUpdate(ctx, in.queue, in.unmarked[0]); err != nil {
			in.log.Warn("update done, which can't be written down yet", "update", in.unmarked[0], "err", err)
			return
		}
		in.unmarked = in.unmarked[1:]
	}
}

// reassure answers a tap that waits for the store: else it is made again and
// again.
func (in *inbox) reassure(ctx context.Context, raw json.RawMessage) {
	if q := tapIn(raw); q != nil {
		in.answer(ctx, q.ID, "The database can't be used at the moment. This tap is kept, and done once it can.")
	}
}

// tapIn returns the tap that an update is; nil: it is something else.
func tapIn(raw json.RawMessage) *tgbotapi.CallbackQuery {
	var u tgbotapi.Update
	if json.Unmarshal(raw, &u) != nil {
		return nil
	}
	return u.CallbackQuery
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

// attempt handles an update once, unless it is done already.
func (in *inbox) attempt(ctx context.Context, id int, raw json.RawMessage) (seen bool, err error) {
	if slices.Contains(in.unmarked, id) {
		in.markAll(ctx)
		return true, nil
	}
	if seen, err = in.cfg.Updates.UpdateDone(ctx, in.queue, id); seen || err != nil {
		return seen, err
	}
	return false, in.try(ctx, id, raw)
}

// try handles an update. One that can't be read, or makes a handler panic, is
// logged and counts as done.
func (in *inbox) try(ctx context.Context, id int, raw json.RawMessage) (err error) {
	defer func() {
		if p := recover(); p != nil {
			in.log.Error("update skipped: its handler panicked", "update", id, "err", in.door.strip(fmt.Sprint(p)), "stack", string(debug.Stack()))
			err = nil
		}
	}()
	var u tgbotapi.Update
	if err := json.Unmarshal(raw, &u); err != nil {
		in.log.Error("update skipped: it can't be read", "update", id, "err", err)
		return nil
	}
	switch {
	case u.CallbackQuery != nil:
		return in.handleTap(ctx, u.CallbackQuery, topicOf(raw))
	case u.Message != nil:
		return in.handleMessage(ctx, u.Message, topicOf(raw))
	case u.MyChatMember != nil:
		return in.handleMember(ctx, u.MyChatMember)
	}
	return nil
}

// keptUpdates is how many updates are remembered where nothing is stored.
const keptUpdates = 4096

// volatileUpdates are Updates that a restart forgets.
type volatileUpdates struct {
	now moderation.Clock

	mu   sync.Mutex
	done []volatileUpdate // oldest first
}

// volatileUpdate is an update that is done.
type volatileUpdate struct {
	queue  string
	number int
	at     time.Time
}

// UpdateDone reports whether an update is marked.
func (v *volatileUpdates) UpdateDone(_ context.Context, queue string, number int) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.ContainsFunc(v.done, func(u volatileUpdate) bool { return u.queue == queue && u.number == number }), nil
}

// MarkUpdate marks an update.
func (v *volatileUpdates) MarkUpdate(_ context.Context, queue string, number int) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.done = append(v.done, volatileUpdate{queue, number, v.now()})
	if len(v.done) > keptUpdates {
		v.done = v.done[1:]
	}
	return nil
}

// LastUpdate returns the update that was marked last.
func (v *volatileUpdates) LastUpdate(_ context.Context, queue string) (int, time.Time, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, u := range slices.Backward(v.done) {
		if u.queue == queue {
			return u.number, u.at, nil
		}
	}
	return 0, time.Time{}, moderation.ErrNotFound
}
