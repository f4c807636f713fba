package telegramtest_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
)

// clock is a clock that is put forward by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// timed is a server with a clock that is put forward by hand.
func timed(t *testing.T, options ...telegramtest.Option) (*telegramtest.Server, string, *clock) {
	t.Helper()
	c := &clock{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	s, address := telegram(t, append(options, telegramtest.WithClock(c.now))...)
	return s, address, c
}

// text sends a text to a chat.
func text(t *testing.T, address string, chat int64) answer {
	t.Helper()
	return post(t, address, "sendMessage", "chat_id", strconv.FormatInt(chat, 10), "text", "x")
}

func TestFlood(t *testing.T) {
	s, address, c := timed(t)
	s.Say(anna, anna, "/start")
	card := send(t, address, "text", "card")
	s.FaultIn(group, "sendMessage", 1, telegramtest.Flood(30))
	if a := text(t, address, anna); !a.OK {
		t.Errorf("another chat gets %+v", a)
	}
	for _, pass := range []time.Duration{0, 10 * time.Second, 9500 * time.Millisecond} {
		c.pass(pass)
		a := text(t, address, group)
		if left := 30 - int(c.now().Sub(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))/time.Second); a.Code != 429 || a.Parameters.RetryAfter != left {
			t.Errorf("after %v it gets %+v, want retry_after %d", pass, a, left)
		}
	}
	if a := post(t, address, "editMessageText", "chat_id", "-100", "message_id", strconv.Itoa(card), "text", "y"); a.Code != 429 {
		t.Errorf("an edit gets %+v", a)
	}
	if n := s.Limited(); n != 4 {
		t.Errorf("%d calls were refused", n)
	}
	c.pass(10500 * time.Millisecond)
	if a := text(t, address, group); !a.OK {
		t.Errorf("afterwards it gets %+v", a)
	}
	s.Fault("getMe", 1, telegramtest.Flood(5))
	post(t, address, "getMe")
	if a := post(t, address, "getMe"); a.Code != 429 {
		t.Errorf("a closed method gives %+v", a)
	}
	s.ClearFaults()
	if a := post(t, address, "getMe"); !a.OK {
		t.Errorf("a method that is open again gives %+v", a)
	}
}

func TestFaultIn(t *testing.T) {
	s, address := telegram(t)
	s.Say(anna, anna, "/start")
	s.FaultIn(anna, "*", 2, telegramtest.ServerError())
	got := []int{text(t, address, group).Code, text(t, address, anna).Code, post(t, address, "getMe").Code,
		post(t, address, "getChat", "chat_id", "1001").Code, text(t, address, anna).Code}
	want := []int{0, 500, 0, 500, 0}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("codes %v, want %v", got, want)
		}
	}
}

// TestLimits sends as fast as Telegram allows, and a little faster.
func TestLimits(t *testing.T) {
	s, address, c := timed(t, telegramtest.WithLimits())
	s.Say(anna, anna, "/start")
	try := func(what string, chat int64, wait int) {
		t.Helper()
		if a := text(t, address, chat); a.Parameters.RetryAfter != wait || a.OK != (wait == 0) {
			t.Fatalf("%s: %+v, want retry_after %d", what, a, wait)
		}
	}
	for range 6 {
		try("a short burst", group, 0)
	}
	try("one more", group, 1)
	try("another chat", anna, 0)
	for range 14 {
		c.pass(time.Second)
		try("one a second", group, 0)
	}
	c.pass(time.Second)
	try("the 21st of a minute", group, 45)
	c.pass(45 * time.Second)
	for range 5 {
		try("a minute later", group, 0)
	}
	if n := s.Limited(); n != 2 {
		t.Errorf("%d calls were refused", n)
	}
}

// TestLimitOfAll sends to many chats at once.
func TestLimitOfAll(t *testing.T) {
	s, address, c := timed(t, telegramtest.WithLimits())
	for i := range int64(31) {
		s.AddUser(telegramtest.User{ID: 2000 + i})
		s.Say(2000+i, 2000+i, "/start")
	}
	for i := range int64(30) {
		if a := text(t, address, 2000+i); !a.OK {
			t.Fatalf("chat %d: %+v", i, a)
		}
	}
	if a := text(t, address, 2030); a.Parameters.RetryAfter != 1 {
		t.Errorf("the 31st of a second: %+v", a)
	}
	c.pass(time.Second)
	if a := text(t, address, 2030); !a.OK {
		t.Errorf("a second later: %+v", a)
	}
}
