package bot

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// elsewhere is the chat of a second blog in the tests.
const elsewhere = int64(-777)

// twoBlogs is a stage with a second blog, "garden", whose cards go elsewhere.
func twoBlogs(t *testing.T, change ...func(*Config)) *stage {
	t.Helper()
	s := newStage(t, change...)
	s.telegram.AddChat(telegramtest.Chat{ID: elsewhere, Title: "garden"}, anna, bert)
	s.store.sites = append(s.store.sites, moderation.Site{ID: 2, Name: "garden", Mode: moderation.ModeNormal,
		Cards: moderation.Destination{Spot: moderation.Spot{Chat: elsewhere}}})
	return s
}

// heldIn makes a comment on the second blog wait.
func (s *stage) heldIn(id moderation.CommentID, author, body string) {
	v := abusive(id, author, body)
	v.Site = moderation.Site{ID: 2, Name: "garden"}
	s.store.hold(v)
}

// called returns how often the bot called a method for a chat.
func (s *stage) called(method string, chat int64) (n int) {
	for _, c := range s.telegram.Calls() {
		if c.Method == method && c.Params["chat_id"] == strconv.FormatInt(chat, 10) {
			n++
		}
	}
	return n
}

// TestOneChatRests shows that a chat which wants nothing for a while keeps no other
// chat waiting, and is left alone until then.
func TestOneChatRests(t *testing.T) {
	s := twoBlogs(t)
	s.telegram.FaultIn(mods, "sendMessage", 1, telegramtest.TooMany(300))
	s.start()
	s.held(17, "Troll", "You moron")
	s.until("a refusal", func() bool { return s.called("sendMessage", mods) == 1 })
	s.heldIn(18, "Gnome", "You worthless moron")
	s.until("a card elsewhere", func() bool { return len(s.cards(elsewhere)) == 1 })
	s.held(19, "Other", "You worthless thing")
	s.pass(299 * time.Second)
	s.heldIn(20, "Gnome", "You idiot")
	s.until("a second card elsewhere", func() bool { return len(s.cards(elsewhere)) == 2 })
	if sent := s.called("sendMessage", mods); sent != 1 || len(s.cards(mods)) != 0 {
		t.Errorf("%d messages were sent to the chat that wants none", sent)
	}
	s.pass(2 * time.Second)
	s.until("both cards", func() bool { return len(s.cards(mods)) == 2 })
}

// TestDigestAfterOutage shows that after a time without Telegram one message sums up
// what came, and a few cards follow.
func TestDigestAfterOutage(t *testing.T) {
	s := newStage(t, func(c *Config) { c.OpenCards = 2 })
	s.start()
	s.until("a long poll", func() bool {
		calls := s.telegram.Calls()
		return len(calls) > 0 && calls[len(calls)-1].Method == "getUpdates"
	})
	s.telegram.Fault("*", -1, telegramtest.BadGateway())
	s.telegram.Say(mods, anna, "hm") // ends the long poll
	s.until("a failure", func() bool { return strings.Contains(s.log.String(), "Telegram can't be reached") })
	for id := range moderation.CommentID(30) {
		s.held(100+id, "Troll", "You moron, that was the "+id.String()+"th time")
	}
	s.pass(11 * time.Minute)
	s.telegram.ClearFaults()
	s.card("30 wait now")
	s.quiet()
	if list := s.cards(mods); len(list) != 3 {
		t.Errorf("%d messages after the outage, want the digest and two cards", len(list))
	}
}

// TestUrgentComesToAFullChat shows that what is urgent comes also where far more cards
// stand than may, as after an update from a version without a limit.
func TestUrgentComesToAFullChat(t *testing.T) {
	s := newStage(t, func(c *Config) { c.OpenCards = 1 })
	for id := range moderation.CommentID(5) {
		at := s.held(10+id, "Troll", "You moron")
		if err := s.store.PutCard(t.Context(), moderation.Card{Case: at, Chat: mods, Message: int(id) + 1, Version: 1}, true); err != nil {
			t.Fatal(err)
		}
	}
	s.start()
	urgent := abusive(30, "Killer", "I will find you")
	urgent.Verdict.Reasons[0].Urgent = true
	s.store.hold(urgent)
	s.card("#30")
	second := abusive(31, "Killer", "I will find you, too")
	second.Verdict.Reasons[0].Urgent = true
	s.store.hold(second)
	s.held(32, "Other", "You worthless moron")
	s.quiet()
	if list := s.cards(mods); len(list) != 1 {
		t.Errorf("%d cards came, want the first urgent one", len(list))
	}
}

// TestRosterRoles shows whose role counts as what.
func TestRosterRoles(t *testing.T) {
	people := func(roles ...moderation.Role) (r moderation.Roster) {
		for i, role := range roles {
			r.Moderators = append(r.Moderators, moderation.Moderator{ID: int64(i + 1), Role: role})
		}
		return r
	}
	tests := map[string]struct {
		roster moderation.Roster
		user   int64
		want   moderation.Role
	}{
		"nobody is called senior: all are":       {people("", ""), 2, moderation.RoleSenior},
		"also who is called moderator":           {people(moderation.RoleModerator), 1, moderation.RoleSenior},
		"but no observer":                        {people("", moderation.RoleObserver), 2, moderation.RoleObserver},
		"somebody is: the others are not":        {people(moderation.RoleSenior, ""), 2, moderation.RoleModerator},
		"somebody is":                            {people(moderation.RoleSenior, ""), 1, moderation.RoleSenior},
		"a stranger":                             {people("", ""), 3, ""},
		"a stranger to an empty list":            {people(), 1, ""},
		"an observer where there is nobody else": {people(moderation.RoleObserver), 1, moderation.RoleObserver},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, found := test.roster.Find(test.user)
			if m.Role != test.want || found != (test.want != "") {
				t.Errorf("role %q, %v; want %q", m.Role, found, test.want)
			}
		})
	}
}

// TestQuiet shows which times are quiet.
func TestQuiet(t *testing.T) {
	tests := []struct {
		hours, at string
		want      bool
	}{
		{"22:00-07:00", "21:59", false}, {"22:00-07:00", "22:00", true}, {"22:00-07:00", "03:00", true}, {"22:00-07:00", "07:00", false},
		{"12:30-13:00", "12:45", true}, {"12:30-13:00", "13:00", false}, {"12:30-13:00", "00:00", false}, {"", "00:00", false},
	}
	for _, test := range tests {
		q, err := ParseQuiet(test.hours)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse("15:04", test.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.At(at); got != test.want {
			t.Errorf("%q at %s is quiet: %v", test.hours, test.at, got)
		}
	}
	for _, bad := range []string{"22", "22:00", "22:00-", "25:00-07:00", "07:00-07:00", "a-b"} {
		if q, err := ParseQuiet(bad); !moderation.IsRefusal(err) {
			t.Errorf("%q is read as %+v, %v", bad, q, err)
		}
	}
}

// TestPace shows that a group gets no more than twenty messages in any minute, of which
// some are kept for answers, and that a call which would have to wait long is put off at once.
func TestPace(t *testing.T) {
	b, err := New(Config{Token: moderation.NewSecret(testToken)}, nil, nil, nil, newFake(time.Now))
	if err != nil {
		t.Fatal(err)
	}
	b.pace.overall = rate.NewLimiter(rate.Inf, 1)
	b.pace.chat(mods).calls = rate.NewLimiter(rate.Inf, 1)
	send := func(kind kindOfCall) (sent int) {
		for sent < 100 && b.pace.wait(t.Context(), mods, kind) == nil {
			sent++
		}
		return sent
	}
	if cards, answers := send(message), send(answer); cards != groupMinute-groupAnswers || answers != groupAnswers {
		t.Errorf("%d cards and %d answers go to a group at once", cards, answers)
	}
	err = b.pace.wait(t.Context(), mods, answer)
	after, ok := retryAfter(err)
	if !ok || after <= 50*time.Second || after > time.Minute {
		t.Errorf("the next one: %v, %s", err, after)
	}
	if recoverable, later := forOutbox(err); !recoverable || later == nil {
		t.Errorf("the outbox is told %v, %v", recoverable, later)
	}
	if err := b.pace.wait(t.Context(), mods, edit); err != nil {
		t.Errorf("an edit has to wait: %v", err)
	}
	if err := b.pace.wait(t.Context(), anna, message); err != nil {
		t.Errorf("another chat has to wait: %v", err)
	}
	c := b.pace.chat(mods)
	if rest := c.full(c.minute[0].Add(time.Minute), answer); rest != 0 {
		t.Errorf("a minute later it is full for %s", rest)
	}
}

// TestPaceOfManyAtOnce shows that those who wait for their turn at the same time do not
// get more messages through than one after another.
func TestPaceOfManyAtOnce(t *testing.T) {
	b, err := New(Config{Token: moderation.NewSecret(testToken)}, nil, nil, nil, newFake(time.Now))
	if err != nil {
		t.Fatal(err)
	}
	b.pace.overall = rate.NewLimiter(rate.Inf, 1)
	b.pace.chat(mods).calls = rate.NewLimiter(rate.Every(20*time.Millisecond), 1)
	var sent atomic.Int64
	var waiting sync.WaitGroup
	for range 60 {
		waiting.Go(func() {
			if b.pace.wait(t.Context(), mods, answer) == nil {
				sent.Add(1)
			}
		})
	}
	waiting.Wait()
	if sent.Load() != groupMinute {
		t.Errorf("%d messages went to a group at once", sent.Load())
	}
}

// TestAnswersInABusyGroup shows that what people ask in a group which gets no more
// cards for the moment is answered, and that nobody elsewhere waits for it.
func TestAnswersInABusyGroup(t *testing.T) {
	s := twoBlogs(t)
	s.start()
	s.until("a long poll", func() bool { return len(s.telegram.Calls()) > 1 })
	s.telegram.FaultIn(mods, "sendMessage", 1, telegramtest.TooMany(300))
	s.telegram.Say(mods, anna, "/queue")
	s.until("a refusal", func() bool { return s.called("sendMessage", mods) == 1 })
	s.telegram.Say(elsewhere, anna, "/queue")
	s.until("an answer elsewhere", func() bool { return len(s.cards(elsewhere)) == 1 })
	s.held(17, "Troll", "You moron")
	s.telegram.Say(mods, anna, "/help")
	s.until("every update done", func() bool { return s.telegram.Pending() == 0 })
	if sent := s.called("sendMessage", mods); sent != 1 {
		t.Errorf("%d messages went to the chat that wants none", sent)
	}
	s.pass(301 * time.Second)
	s.card("Nothing waits.")
	s.card("/queue worst")
	s.card("#17")
}
