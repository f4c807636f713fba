package bot

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
)

// fakeUpdates are Updates that live and fail with the pretended store.
type fakeUpdates struct {
	store *fake
	kept  volatileUpdates
}

func (f *fakeUpdates) UpdateDone(ctx context.Context, queue string, number int) (done bool, err error) {
	err = f.store.read(func() error {
		done, err = f.kept.UpdateDone(ctx, queue, number)
		return err
	})
	return done, err
}

func (f *fakeUpdates) MarkUpdate(ctx context.Context, queue string, number int) error {
	return f.store.write(func() error { return f.kept.MarkUpdate(ctx, queue, number) })
}

func (f *fakeUpdates) LastUpdate(ctx context.Context, queue string) (number int, at time.Time, err error) {
	err = f.store.read(func() error {
		number, at, err = f.kept.LastUpdate(ctx, queue)
		return err
	})
	return number, at, err
}

// offsets returns the offsets that the bot asked with.
func (s *stage) offsets() (list []string) {
	for _, c := range s.telegram.Calls() {
		if c.Method == "getUpdates" {
			list = append(list, c.Params["offset"])
		}
	}
	return list
}

// TestRestartAnswersNothingAgain ends the program after an answer and before
// Telegram hears that the command is done.
func TestRestartAnswersNothingAgain(t *testing.T) {
	s := newStage(t)
	s.start()
	s.until("a call that waits", func() bool { return len(s.offsets()) == 1 })
	s.telegram.Fault("getUpdates", -1, telegramtest.CutBefore())
	s.telegram.Say(mods, anna, "/queue")
	s.card("Nothing waits")
	s.stop()
	s.telegram.ClearFaults()
	if s.telegram.Pending() != 1 {
		t.Fatalf("%d updates wait", s.telegram.Pending())
	}
	asked := len(s.offsets())
	s.start()
	s.quiet()
	if after := s.offsets()[asked:]; after[0] == "0" {
		t.Errorf("offsets %v", after)
	}
	if list := s.cards(mods); len(list) != 1 {
		t.Errorf("the chat shows %+v", list)
	}
}

// TestConfirmationIsLost delivers again what is done, to the same process and to
// the next one.
func TestConfirmationIsLost(t *testing.T) {
	s := newStage(t)
	s.start()
	s.quiet()
	s.telegram.Fault("getUpdates", 1, telegramtest.Duplicate())
	s.telegram.Say(mods, anna, "/queue")
	s.card("Nothing waits")
	s.stop()
	s.telegram.Fault("getUpdates", 1, telegramtest.Duplicate())
	s.start()
	s.telegram.Say(mods, anna, "/queue")
	s.until("another answer", func() bool { return len(s.cards(mods)) >= 2 })
	s.quiet()
	if list := s.cards(mods); len(list) != 2 {
		t.Errorf("%d answers to two commands", len(list))
	}
}

// TestFullDiskAnswersOnce can't write down that a command is done: it is answered
// once all the same, and written down when there is room.
func TestFullDiskAnswersOnce(t *testing.T) {
	s := newStage(t)
	s.start()
	s.quiet()
	s.fill(errFull)
	s.telegram.Fault("getUpdates", 1, telegramtest.Duplicate())
	s.telegram.Say(mods, anna, "/queue")
	s.logged("can't be written down yet")
	s.telegram.Say(mods, anna, "/help")
	s.card("/queue")
	s.quiet()
	s.fill(nil)
	s.telegram.Say(mods, anna, "/help")
	s.until("another answer", func() bool { return len(s.cards(mods)) == 3 })
	s.quiet()
	kept := s.cfg.Updates.(*fakeUpdates)
	s.until("three updates written down", func() bool {
		kept.kept.mu.Lock()
		defer kept.kept.mu.Unlock()
		return len(kept.kept.done) == 3
	})
	if n := len(s.cards(mods)); n != 3 {
		t.Errorf("%d answers to three commands", n)
	}
}

// TestOldOffsetIsNotUsed confirms nothing by a number that may have become
// meaningless.
func TestOldOffsetIsNotUsed(t *testing.T) {
	for name, tt := range map[string]struct {
		queue string
		since time.Duration
		want  int
	}{
		"an hour ago":    {"42@api.telegram.org", time.Hour, 901},
		"a day ago":      {"42@api.telegram.org", 24 * time.Hour, 0},
		"another bot":    {"43@api.telegram.org", time.Hour, 0},
		"another server": {"42@localhost:8081", time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.cfg.APIURL = "https://api.telegram.org"
			if err := s.cfg.Updates.MarkUpdate(t.Context(), tt.queue, 900); err != nil {
				t.Fatal(err)
			}
			s.pass(tt.since)
			b, err := New(s.cfg, s.store, s.store, s.store, s.store)
			if err != nil {
				t.Fatal(err)
			}
			l := newListener(b)
			l.resume(t.Context())
			if got := l.offset(); got != tt.want {
				t.Errorf("offset %d, want %d", got, tt.want)
			}
		})
	}
}

// TestNumbersBeginAnew takes updates with smaller numbers than those before.
func TestNumbersBeginAnew(t *testing.T) {
	s := newStage(t)
	b, err := New(s.cfg, s.store, s.store, s.store, s.store)
	if err != nil {
		t.Fatal(err)
	}
	l := newListener(b)
	for _, n := range []string{"900", "901", "5", "6", "5"} {
		say := `{"update_id": ` + n + `, "message": {"message_id": 1, "date": 1, "text": "/queue", "from": {"id": 1001, "first_name": "Anna"}, "chat": {"id": -100, "type": "group", "title": "mods"}}}`
		if !l.take(t.Context(), json.RawMessage(say)) {
			t.Errorf("update %s is not taken", n)
		}
	}
	if n := len(s.cards(mods)); n != 4 {
		t.Errorf("%d answers to four commands", n)
	}
	if l.offset() != 6 {
		t.Errorf("offset %d", l.offset())
	}
}
