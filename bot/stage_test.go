package bot

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

const (
	testToken = "42:TESTSECRETTOKEN"
	mods      = int64(-100)
	anna      = int64(1001)
	bert      = int64(1002)
	stranger  = int64(6666)
)

// stage is a bot between a pretended Telegram and a pretended store.
type stage struct {
	t        *testing.T
	telegram *telegramtest.Server
	store    *fake
	bot      *Bot
	cfg      Config
	log      *syncBuffer
	stop     func() // stops the bot as the end of its program does

	mu  sync.Mutex
	now time.Time
}

// syncBuffer is a log that many write.
type syncBuffer struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{} // closed at the next line
}

// next returns a channel that is closed at the next line.
func (b *syncBuffer) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.changed
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// newStage returns a stage whose bot does not run yet. Without a change of its
// configuration, Anna and Bert are moderators in the group mods.
func newStage(t *testing.T, change ...func(*Config)) *stage {
	t.Helper()
	s := &stage{t: t, log: &syncBuffer{}, now: time.Date(2026, 1, 2, 13, 4, 5, 0, time.UTC)}
	s.telegram = telegramtest.New(testToken, telegramtest.WithClock(s.clock))
	s.telegram.AddUser(telegramtest.User{ID: anna, FirstName: "Anna"})
	s.telegram.AddUser(telegramtest.User{ID: bert, FirstName: "Bert", LastName: "B."})
	s.telegram.AddUser(telegramtest.User{ID: stranger, FirstName: "Mallory"})
	s.telegram.AddChat(telegramtest.Chat{ID: mods, Title: "mods"}, anna, bert)
	s.store = newFake(s.clock)
	server := httptest.NewServer(s.telegram)
	t.Cleanup(server.Close)
	s.cfg = Config{
		Token: moderation.NewSecret(testToken), APIURL: server.URL, Home: moderation.Destination{Spot: moderation.Spot{Chat: mods}}, Moderators: []Member{{ID: anna}, {ID: bert}}, OpenCards: 100,
		Log: slog.New(slog.NewTextHandler(s.log, nil)), Now: s.clock,
		Timeout: 5 * time.Second, PollTimeout: 50 * time.Second, PerSecond: -1,
		PauseMin: time.Millisecond, PauseMax: 10 * time.Millisecond, Tick: 5 * time.Millisecond, RemindAfter: -1,
	}
	s.cfg.Updates = &fakeUpdates{store: s.store, kept: volatileUpdates{now: s.clock}}
	for _, c := range change {
		c(&s.cfg)
	}
	return s
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// flows lets the clock go on, twenty times as fast as real ones, until the test ends.
func (s *stage) flows() {
	ticker, ended := time.NewTicker(5*time.Millisecond), make(chan struct{})
	s.t.Cleanup(func() { close(ended); ticker.Stop() })
	go func() {
		for {
			select {
			case <-ticker.C:
				s.pass(100 * time.Millisecond)
			case <-ended:
				return
			}
		}
	}()
}

// start runs a new bot over what the store keeps.
func (s *stage) start() {
	s.t.Helper()
	var err error
	if s.bot, err = New(s.cfg, s.store, s.store, s.store, s.store); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.bot.Run(ctx); err != nil {
			s.t.Errorf("Run: %v", err)
		}
	})
	running.Go(func() { s.store.deliver(ctx, s.bot) })
	s.stop = func() {
		cancel()
		running.Wait()
	}
	s.t.Cleanup(func() {
		s.stop()
		if strings.Contains(s.log.String(), "TESTSECRETTOKEN") {
			s.t.Errorf("the token is in the log:\n%s", s.log)
		}
	})
}

// until waits for a condition that Telegram, the store or the log may bring about.
func (s *stage) until(what string, holds func() bool) {
	s.t.Helper()
	patience := time.NewTimer(20 * time.Second)
	defer patience.Stop()
	for {
		changed, stored, logged := s.telegram.Changed(), s.store.next(), s.log.next()
		if holds() {
			return
		}
		select {
		case <-changed:
		case <-stored:
		case <-logged:
		case <-patience.C:
			log := s.log.String()
			s.t.Fatalf("waited in vain: %s\nlog:\n%s\nchat: %+v", what, log[:min(len(log), 4000)], s.telegram.Messages(mods))
		}
	}
}

// quiet waits until everything that people did is handled and delivered.
func (s *stage) quiet() {
	s.t.Helper()
	s.until("quiet", func() bool { return s.telegram.Pending() == 0 && s.store.idle() })
}

// held makes a comment wait and returns its case.
func (s *stage) held(id moderation.CommentID, author, body string) moderation.CaseID {
	s.store.hold(abusive(id, author, body))
	return moderation.CaseID(id + 100)
}

// abusive is a comment that the classifier flagged.
func abusive(id moderation.CommentID, author, body string) moderation.CaseView {
	return moderation.CaseView{
		Site:     moderation.Site{ID: 1, Name: "blog"},
		Post:     moderation.Post{ID: "p1", URL: "https://blog.example/p1", Title: "A post"},
		Author:   moderation.Author{Name: author},
		Standing: moderation.Standing{Known: true},
		Comment:  moderation.Comment{ID: id, Revision: 1, Text: body},
		Verdict: moderation.Verdict{
			Action: moderation.Hold, Model: "starter-1", Rules: "builtin-1",
			Scores: moderation.Probabilities{OK: 0.05, Spam: 0.03, Abuse: 0.92},
			Reasons: []moderation.Reason{{Check: "classifier", Label: moderation.Abuse, Score: 0.92,
				Detail: `words that weighed: "moron", "worthless"; without "moron": abuse 0.12, held from 0.37`}},
			Weights: []moderation.Weight{{Feature: "moron", Label: moderation.Abuse, Weight: 2.3},
				{Feature: "worthless", Label: moderation.Abuse, Weight: 1.9}},
		},
	}
}

// cards returns the messages in a chat that are there.
func (s *stage) cards(chat int64) (list []telegramtest.Message) {
	for _, m := range s.telegram.Messages(chat) {
		if !m.Deleted && m.From.Username == "gatehouse_bot" {
			list = append(list, m)
		}
	}
	return list
}

// card waits for the newest message of the moderators' chat whose text contains
// a string.
func (s *stage) card(needle string) (found telegramtest.Message) {
	s.t.Helper()
	s.until("a message with "+needle, func() bool {
		for _, m := range s.cards(mods) {
			if strings.Contains(m.Text, needle) {
				found = m
			}
		}
		return found.ID != 0
	})
	return found
}

// press taps a button and returns what the bot answers.
func (s *stage) press(message int, button string, user int64) string {
	s.t.Helper()
	query, err := s.telegram.Press(mods, message, button, user)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.answered(query)
}

// answered waits for the answer to a tap.
func (s *stage) answered(query string) (notice string) {
	s.t.Helper()
	s.until("an answer to the tap", func() bool {
		text, _, ok := s.telegram.Answer(query)
		notice = text
		return ok
	})
	return notice
}

// labels returns the texts of a message's buttons.
func labels(m telegramtest.Message) (list []string) {
	for _, row := range m.Buttons {
		for _, b := range row {
			list = append(list, b.Text)
		}
	}
	return list
}
