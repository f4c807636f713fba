package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
	"golang.org/x/time/rate"
)

const (
	// A chat takes a call a second, with short bursts, and a group no more than
	// twenty new messages a minute: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
	chatEvery, chatBurst = time.Second, 5
	groupMinute          = 20
	// groupAnswers of those are kept for answers to what people say: cards leave them.
	groupAnswers = 6
	// patienceForPace is how long a call waits for its turn; what would have to wait
	// longer is put off, so that it does not keep other chats waiting.
	patienceForPace = 2 * time.Second
)

// pacer keeps the bot within Telegram's limits, and remembers for how long a chat
// wants nothing. The zero pacer has no limits.
type pacer struct {
	now     func() time.Time
	overall *rate.Limiter // nil: no limits, and only what Telegram asks for counts

	mu    sync.Mutex
	chats map[int64]*chatPace
}

// chatPace is the pace of one chat.
type chatPace struct {
	calls   *rate.Limiter
	minute  []time.Time // when messages were sent to a group in the last minute, the oldest first
	resting time.Time   // Telegram wants nothing there until then
}

// kindOfCall says how a call counts.
type kindOfCall int

// The kinds.
const (
	edit    kindOfCall = iota // of what is there
	message                   // a new one that nobody asked for
	answer                    // a new one that somebody asked for
)

// restingError says that a call has to wait for its chat.
type restingError struct{ after time.Duration }

// Error says how long.
func (e *restingError) Error() string {
	return fmt.Sprintf("the chat takes nothing for %s", e.after.Round(time.Millisecond))
}

// isResting reports whether a call only has to wait for its turn.
func isResting(err error) bool {
	var resting *restingError
	return errors.As(err, &resting)
}

// chat returns the pace of a chat. p.mu is held.
func (p *pacer) chat(id int64) *chatPace {
	if p.chats == nil {
		p.chats = make(map[int64]*chatPace)
	}
	c, ok := p.chats[id]
	if !ok {
		c = &chatPace{calls: rate.NewLimiter(rate.Every(chatEvery), chatBurst)}
		p.chats[id] = c
	}
	return c
}

// wait waits for the turn of a call in a chat, or returns a restingError where that
// takes too long.
func (p *pacer) wait(ctx context.Context, chat int64, kind kindOfCall) error {
	c, rest := p.enter(chat, kind)
	switch {
	case rest > 0:
		return &restingError{rest}
	case p.overall == nil:
		return nil
	}
	err := takeTurns(ctx, []*rate.Limiter{p.overall, c.calls})
	if err != nil && chat < 0 && kind != edit {
		p.leave(c)
	}
	return err
}

// enter returns for how long a chat takes no call of a kind. Where it takes one, a
// group's message counts from now on: many may wait for their turn at the same time.
func (p *pacer) enter(chat int64, kind kindOfCall) (*chatPace, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.chat(chat)
	rest := c.resting.Sub(p.now())
	if rest > 0 || p.overall == nil || chat > 0 || kind == edit {
		return c, rest
	}
	now := time.Now() // as the limiters: a clock that is set right or wrong changes no pace
	if rest = c.full(now, kind); rest <= 0 {
		c.minute = append(c.minute, now)
	}
	return c, rest
}

// leave takes back the newest message of those that count: it was not sent.
func (p *pacer) leave(c *chatPace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(c.minute) > 0 {
		c.minute = c.minute[:len(c.minute)-1]
	}
}

// full returns for how long a group takes no more messages of a kind; 0: it takes one.
func (c *chatPace) full(now time.Time, kind kindOfCall) time.Duration {
	for len(c.minute) > 0 && now.Sub(c.minute[0]) >= time.Minute {
		c.minute = c.minute[1:]
	}
	most := groupMinute
	if kind == message {
		most -= groupAnswers
	}
	if len(c.minute) < most {
		return 0
	}
	return time.Minute - now.Sub(c.minute[len(c.minute)-most])
}

// takeTurns waits until all limiters allow a call, or gives all turns back and says
// how long that would be.
func takeTurns(ctx context.Context, turns []*rate.Limiter) error {
	var longest time.Duration
	var taken []*rate.Reservation
	for _, l := range turns {
		r := l.Reserve()
		taken = append(taken, r)
		longest = max(longest, r.Delay())
	}
	giveBack := func() {
		for _, r := range taken {
			r.Cancel()
		}
	}
	if longest > patienceForPace {
		giveBack()
		return &restingError{longest}
	}
	timer := time.NewTimer(longest)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		giveBack()
		return fmt.Errorf("wait for the pace: %w", ctx.Err())
	}
}

// rest remembers that a chat wants nothing for a while.
func (p *pacer) rest(chat int64, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.chat(chat); p.now().Add(d).After(c.resting) {
		c.resting = p.now().Add(d)
	}
}

// paced is a call in a chat that counts towards Telegram's limits.
func (b *Bot) paced(ctx context.Context, method string, p tgbotapi.Params, out any) error {
	chat, _ := strconv.ParseInt(p["chat_id"], 10, 64)
	if err := b.pace.wait(ctx, chat, kindOf(method, p)); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	err := b.inChat(ctx, method, p, out)
	if after, ok := retryAfter(err); ok {
		b.pace.rest(chat, after)
	}
	return err
}

// kindOf returns how a call counts.
func kindOf(method string, p tgbotapi.Params) kindOfCall {
	switch {
	case !strings.HasPrefix(method, "send"):
		return edit
	case p["reply_parameters"] != "":
		return answer
	}
	return message
}
