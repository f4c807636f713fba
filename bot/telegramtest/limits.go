package telegramtest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Telegram's limits on what a bot sends
// (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
const (
	maxPerSecond   = 30 // in all chats together
	maxBurst       = 6  // in one chat at once; then one a second
	maxGroupMinute = 20 // messages a minute in one group
)

// WithLimits makes the server refuse with code 429 what is sent faster than
// Telegram allows, by its clock: 30 messages and edits a second in all, one a
// second in a chat after a short burst, and 20 messages a minute in a group.
func WithLimits() Option {
	return func(s *Server) { s.sent = make(map[string]*sent) }
}

// sent is when things were sent to a chat, or to all of them.
type sent struct {
	all      []time.Time // messages and edits, of the last second
	messages []time.Time // of the last minute
	free     time.Time   // when the whole burst is there again
}

// Limited returns how many calls were refused because of [WithLimits] or
// [Flood].
func (s *Server) Limited() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limited
}

// meet returns the fault that a call meets: a closed gate before a planned one
// before a limit. s.mu is held.
func (s *Server) meet(method string, p params) Fault {
	method = strings.ToLower(method)
	key, now := cmp.Or(p.text("chat_id"), method), s.now()
	if wait := s.gates[key].Sub(now); wait > 0 {
		return s.limit(wait)
	}
	f := s.takeFault(method, p)
	switch wait := s.tooFast(method, p.text("chat_id"), now); {
	case f.flood > 0:
		wait = time.Duration(f.flood) * time.Second
		s.gates[key] = now.Add(wait)
		return s.limit(wait)
	case f == (Fault{}) && wait > 0:
		return s.limit(wait)
	}
	return f
}

// limit refuses a call, which may come again after wait.
func (s *Server) limit(wait time.Duration) Fault {
	s.limited++
	return TooMany(int((wait + time.Second - 1) / time.Second))
}

// tooFast returns how long a call comes too early, or counts it. s.mu is held.
func (s *Server) tooFast(method, chat string, now time.Time) time.Duration {
	sends, edits := strings.HasPrefix(method, "send"), strings.HasPrefix(method, "editmessage")
	if s.sent == nil || !sends && !edits {
		return 0
	}
	all, here := s.sentTo(""), s.sentTo(chat)
	all.all = since(all.all, now.Add(-time.Second))
	here.messages = since(here.messages, now.Add(-time.Minute))
	here.free = later(here.free, now)
	wait := max(
		over(all.all, maxPerSecond, time.Second, now),
		here.free.Add(time.Second).Sub(now)-maxBurst*time.Second)
	if sends && strings.HasPrefix(chat, "-") {
		wait = max(wait, over(here.messages, maxGroupMinute, time.Minute, now))
	}
	if wait > 0 {
		return wait
	}
	all.all = append(all.all, now)
	here.free = here.free.Add(time.Second)
	if sends {
		here.messages = append(here.messages, now)
	}
	return 0
}

// sentTo returns what was sent to a chat. s.mu is held.
func (s *Server) sentTo(chat string) *sent {
	if s.sent[chat] == nil {
		s.sent[chat] = new(sent)
	}
	return s.sent[chat]
}

// since returns what is after a time, of times in order.
func since(list []time.Time, from time.Time) []time.Time {
	return slices.DeleteFunc(list, func(at time.Time) bool { return !at.After(from) })
}

// over returns how long it takes until fewer than most times lie in the window.
func over(list []time.Time, most int, window time.Duration, now time.Time) time.Duration {
	if len(list) < most {
		return 0
	}
	return list[len(list)-most].Add(window).Sub(now)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
