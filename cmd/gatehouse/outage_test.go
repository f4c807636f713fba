package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
)

// outage is a way in which Telegram fails, with what must have come of it.
type outage struct {
	name      string
	happens   func(*outageStage)
	held      int    // comments that wait
	decided   int    // decisions, none of which is lost or taken twice
	orphans   int    // cards whose sending was never answered, or that can't be edited
	telegrams string // the spots of its cards; empty: the group
}

// outageStage is a conversation that does not show what is said.
type outageStage struct {
	*conversation
	queries []string
}

// outages is the table of how Telegram fails.
func outages() []outage {
	wait := func(s *outageStage) {
		s.comes("You worthless moron")
		s.quiet()
	}
	broken := func(f telegramtest.Fault) func(*outageStage) {
		return func(s *outageStage) {
			for _, method := range []string{"sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates", "getWebhookInfo"} {
				s.telegram.Fault(method, 2, f)
			}
			wait(s)
			s.recovers()
			s.taps(1, "Spam", 1001)
			s.recovers()
		}
	}
	return []outage{
		{name: "an hour without Telegram", happens: (*outageStage).hourWithout, held: 7, decided: 1},
		{name: "429 for minutes", held: 1, decided: 1, happens: func(s *outageStage) {
			s.telegram.FaultIn(-100, "sendMessage", 1, telegramtest.Flood(180))
			wait(s)
			s.passes(time.Minute)
			s.wantCards(1, 0)
			s.passes(2*time.Minute + 5*time.Second)
			s.taps(1, "Spam", 1001)
		}},
		{name: "429 for one call", held: 1, decided: 1, happens: broken(telegramtest.TooMany(1))},
		{name: "502 pages", held: 1, decided: 1, happens: broken(telegramtest.BadGateway())},
		{name: "server errors", held: 1, decided: 1, happens: broken(telegramtest.ServerError())},
		{name: "cut before it took effect", held: 1, decided: 1, happens: broken(telegramtest.CutBefore())},
		{name: "cut after the sending took effect", held: 1, decided: 1, orphans: 1, happens: (*outageStage).orphan},
		{name: "cut after the edit and the answer took effect", held: 1, decided: 1, happens: func(s *outageStage) {
			wait(s)
			s.telegram.Fault("editMessageText", 1, telegramtest.CutAfter())
			s.telegram.Fault("answerCallbackQuery", 1, telegramtest.CutAfter())
			s.taps(1, "Spam", 1001)
			s.recovers()
		}},
		{name: "updates twice", held: 1, decided: 1, happens: func(s *outageStage) { s.again(telegramtest.Duplicate()) }},
		{name: "updates in another order", held: 1, decided: 1, happens: func(s *outageStage) { s.again(telegramtest.Reorder()) }},
		{name: "updates that seem not to arrive", held: 1, decided: 1, happens: func(s *outageStage) { s.again(telegramtest.CutAfter()) }},
		{name: "an expired tap", held: 1, decided: 1, happens: (*outageStage).expired},
		{name: "a card that can't be edited", held: 1, decided: 1, orphans: 1, happens: (*outageStage).frozen},
		{name: "the group is a supergroup", held: 2, decided: 1, happens: (*outageStage).upgraded},
		{name: "thrown out and let in", held: 1, decided: 1, happens: (*outageStage).thrownOut},
		{name: "blocked and unblocked", held: 1, decided: 1, telegrams: "each", happens: (*outageStage).blocked},
		{name: "the token is revoked", held: 1, decided: 1, happens: (*outageStage).revoked},
	}
}

// TestTelegramFails plays the table, once asking for updates and once with a
// webhook: no decision is lost or taken twice, no card comes twice but orphans, and
// the token is nowhere.
func TestTelegramFails(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the table of failures takes about a minute")
	}
	for _, webhook := range []bool{false, true} {
		for _, o := range outages() {
			t.Run(fmt.Sprintf("%s, webhook %v", o.name, webhook), func(t *testing.T) {
				t.Parallel()
				s := &outageStage{conversation: &conversation{seen: make(map[[2]int64]string), stage: newStage(t)}}
				s.cast = invite(s.telegram)
				settings := "chat_id=mods moderators=[Anna,Bert]"
				if o.telegrams != "" {
					settings = "chat_id=" + o.telegrams + " moderators=[Anna,Bert]"
				}
				s.cast.configure(t, &s.config.Telegram, settings)
				if webhook {
					s.bring()
				}
				s.start()
				s.site("blog")
				s.quiet()
				o.happens(s)
				s.telegram.ClearFaults()
				s.untilTrouble("none", func(is string) bool { return is == "" })
				s.recovers()
				s.want(o)
			})
		}
	}
}

// bring has Telegram bring updates.
func (s *outageStage) bring() {
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: s.address})
	}})
	s.t.Cleanup(front.Close)
	s.t.Cleanup(s.telegram.Close)
	s.config.Telegram.WebhookURL = front.URL + "/telegram/webhook"
	s.config.Telegram.WebhookSecret = "TESTHOOKSECRET"
}

// comes posts comments that are held.
func (s *outageStage) comes(texts ...string) {
	for i, text := range texts {
		if said := s.comment([]string{fmt.Sprint("Troll", len(s.posted), i), text}); !strings.HasSuffix(said, "hold") {
			s.t.Fatalf("%q: %s", text, said)
		}
	}
}

// passes lets time go by, and what is due be done.
func (s *outageStage) passes(d time.Duration) {
	s.pass(d)
	s.quiet()
	if err := s.gate.bot.Tick(s.t.Context()); err != nil {
		s.t.Log("tick:", err)
	}
	s.quiet()
}

// recovers lets the pauses after failures go by.
func (s *outageStage) recovers() {
	for range 4 {
		s.passes(30 * time.Second)
	}
}

// taps a button of the newest card of a comment.
func (s *outageStage) taps(n int, button string, who int64) {
	s.t.Helper()
	chat, message := s.messageOf(fmt.Sprint(n), "Anna", "", button)
	query, err := s.telegram.Press(chat, message, button, who)
	if err != nil {
		s.t.Fatal(err)
	}
	s.queries = append(s.queries, query)
}

// cards returns the messages that show a comment.
func (s *outageStage) cards(n int) (list []telegramtest.Message) {
	for _, at := range s.cast {
		for _, m := range s.telegram.Messages(at.chat) {
			last := m.Text[strings.LastIndexByte(m.Text, '\n')+1:]
			if at.topic == 0 && !m.Deleted && m.From.IsBot && len(m.Buttons) > 0 && strings.HasPrefix(last+" ", fmt.Sprintf("#%d ", n)) {
				list = append(list, m)
			}
		}
	}
	return list
}

func (s *outageStage) wantCards(n, want int) {
	s.t.Helper()
	if got := s.cards(n); len(got) != want {
		s.t.Errorf("%d cards of #%d, want %d: %+v", len(got), n, want, got)
	}
}

// want checks what holds after every outage.
func (s *outageStage) want(o outage) {
	s.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.config.Data, "gatehouse.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	for query, want := range map[string]int{
		`SELECT count(*) FROM decisions`: o.decided,
		`SELECT count(*) FROM comments`:  o.held,
		`SELECT count(*) FROM cases k JOIN cards c ON c.case_id = k.id WHERE c.version < k.version`: 0,
		`SELECT count(*) FROM deliveries WHERE kind = 'card' AND state <> 'sent'`:                   0,
	} {
		var got int
		if err := db.QueryRowContext(s.t.Context(), query).Scan(&got); err != nil || got != want {
			s.t.Errorf("%s: %d, %v; want %d", query, got, err, want)
		}
	}
	orphans, shown := 0, 0
	spots := 1
	if o.telegrams == "each" {
		spots = 2
	}
	for n := range o.held {
		cards := s.cards(n + 1)
		shown += min(len(cards), spots)
		orphans += max(0, len(cards)-spots)
	}
	if shown == 0 || orphans != o.orphans {
		s.t.Errorf("%d cards and %d more, want %d", shown, orphans, o.orphans)
	}
	s.wantNoSecrets()
}

// wantNoSecrets looks for the token and the webhook's secret in the log and in
// whatever is in the data folder.
func (s *outageStage) wantNoSecrets() {
	s.t.Helper()
	places := map[string]string{"the log": s.log.String()}
	err := filepath.WalkDir(s.config.Data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		places[path] = string(data)
		return err
	})
	if err != nil || len(places) < 3 {
		s.t.Errorf("looked into %d places: %v", len(places), err)
	}
	for place, text := range places {
		for _, secret := range []string{"TESTSECRETTOKEN", "TESTHOOKSECRET"} {
			if strings.Contains(text, secret) {
				s.t.Errorf("%s has %s", place, secret)
			}
		}
	}
}

// hourWithout is a long outage in which much comes: a few cards follow, and one
// message that says how much it was.
func (s *outageStage) hourWithout() {
	s.comes("You worthless moron")
	s.quiet()
	s.telegram.Fault("*", -1, telegramtest.BadGateway())
	s.taps(1, "Spam", 1001)
	s.comes("A curse on you, stupid idiot")
	s.trouble("can't be reached")
	s.comes("Nobody wants you here, idiot", "Shut up, you stupid pig", "What a pathetic worm you are, moron", "I hate you, fucking idiot", "You are a stupid bastard")
	for range 12 {
		s.pass(5 * time.Minute)
		s.gate.bell.Ring()
	}
	s.telegram.ClearFaults()
	s.untilTrouble("none", func(is string) bool { return is == "" })
	s.recovers()
	digests := 0
	for _, m := range s.telegram.Messages(-100) {
		if strings.HasPrefix(m.Text, "🗞") {
			digests++
		}
	}
	if n := len(s.open()); digests != 1 || n != 5 {
		s.t.Errorf("%d digests and %d open cards after the outage", digests, n)
	}
}

// open returns the comments of which a card with all buttons stands somewhere.
func (s *outageStage) open() (list []int) {
	for n := range len(s.posted) {
		if slices.ContainsFunc(s.cards(n+1), func(m telegramtest.Message) bool { return hasButton(m, "Approve") }) {
			list = append(list, n+1)
		}
	}
	return list
}

// untilTrouble waits until the bot knows of trouble, or of none.
func (s *outageStage) untilTrouble(what string, holds func(is string) bool) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(s.gate.bot.Trouble()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("trouble %q, want %s", s.gate.bot.Trouble(), what)
		}
	}
}

// trouble waits until the bot knows of trouble, which takes nothing out of rotation.
func (s *outageStage) trouble(says string) {
	s.t.Helper()
	s.untilTrouble(says, func(is string) bool { return strings.Contains(is, says) })
	r, err := http.Get("http://" + s.address + "/readyz") //nolint:noctx // loopback
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		s.t.Errorf("/readyz answers %s", r.Status)
	}
}

// orphan taps a card of which the service does not know.
func (s *outageStage) orphan() {
	s.telegram.Fault("sendMessage", 1, telegramtest.CutAfter())
	s.comes("You worthless moron")
	s.recovers()
	cards := s.cards(1)
	if len(cards) != 2 {
		s.t.Fatalf("cards %+v", cards)
	}
	if _, err := s.telegram.Press(-100, cards[0].ID, "Spam", 1001); err != nil {
		s.t.Fatal(err)
	}
	s.recovers()
	for _, m := range s.cards(1) {
		if !hasButton(m, "Undo") {
			s.t.Errorf("card %d has %v", m.ID, m.Buttons)
		}
	}
}

// again delivers a tap and a command in a strange way, and wants one answer each.
func (s *outageStage) again(f telegramtest.Fault) {
	s.comes("You worthless moron")
	s.quiet()
	s.telegram.Fault("getUpdates", 3, f)
	s.telegram.Fault("webhook", 3, f)
	s.taps(1, "Spam", 1001)
	s.telegram.Say(-100, 1002, "/help")
	s.recovers()
	answers, replies := 0, 0
	for _, c := range s.telegram.Calls() {
		switch {
		case c.Method == "answerCallbackQuery":
			answers++
		case c.Method == "sendMessage" && c.Params["reply_parameters"] != "":
			replies++
		}
	}
	if answers != 1 || replies != 1 {
		s.t.Errorf("%d answers to a tap and %d to a command", answers, replies)
	}
}

// expired is a tap that nobody can answer any more.
func (s *outageStage) expired() {
	s.comes("You worthless moron")
	s.quiet()
	s.telegram.Fault("getUpdates", -1, telegramtest.CutBefore())
	s.telegram.Fault("webhook", -1, telegramtest.CutBefore())
	s.telegram.Fault("answerCallbackQuery", 1, telegramtest.Refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid"))
	s.taps(1, "Spam", 1001)
	s.telegram.ClearFaults()
	s.telegram.Expire(s.queries[0])
	s.recovers()
}

// frozen is a card that stays as it is, and another one in its place.
func (s *outageStage) frozen() {
	s.comes("You worthless moron")
	s.quiet()
	old := s.cards(1)[0]
	s.telegram.Freeze(-100, old.ID)
	s.edit([]string{"1", "You worthless idiot, you moron"})
	s.recovers()
	s.taps(1, "Spam", 1001)
	s.recovers()
	if _, err := s.telegram.Press(-100, old.ID, "Approve", 1002); err != nil {
		s.t.Fatal(err)
	}
}

// upgraded moves the group to another number.
func (s *outageStage) upgraded() {
	s.comes("You worthless moron")
	s.quiet()
	s.cast = append(s.cast, spot{name: "mods+", chat: s.telegram.Upgrade(-100)})
	s.cast = slices.DeleteFunc(s.cast, func(at spot) bool { return at.name == "mods" })
	s.comes("Nobody wants you here, idiot")
	s.recovers()
	s.wantCards(1, 1)
	s.wantCards(2, 1)
	s.taps(1, "Spam", 1001)
}

// thrownOut brings the group up to date at once when the bot is let in again.
func (s *outageStage) thrownOut() {
	s.telegram.SetStatus(-100, s.telegram.Me().ID, telegramtest.Kicked)
	s.trouble("add the bot to the chat again")
	s.comes("You worthless moron")
	s.recovers()
	s.wantCards(1, 0)
	if n := strings.Count(s.log.String(), "takes no cards"); n != 1 {
		s.t.Errorf("the log says %d times that the chat takes no cards", n)
	}
	s.telegram.SetStatus(-100, s.telegram.Me().ID, telegramtest.Member)
	s.quiet()
	s.until("a card", func() bool { return len(s.cards(1)) == 1 })
	s.taps(1, "Spam", 1001)
}

// blocked is one of two moderators who want no more of the bot's messages.
func (s *outageStage) blocked() {
	for _, who := range []int64{1001, 1002} {
		s.telegram.Say(who, who, "/start")
	}
	s.quiet()
	s.telegram.Block(1001)
	s.trouble("unblocks it")
	s.comes("You worthless moron")
	s.recovers()
	s.wantCards(1, 1)
	s.telegram.Unblock(1001)
	s.quiet()
	s.until("a second card", func() bool { return len(s.cards(1)) == 2 })
	s.taps(1, "Spam", 1002)
}

// revoked is a token that counts no more for a while.
func (s *outageStage) revoked() {
	s.telegram.Fault("*", -1, telegramtest.Unauthorized())
	s.telegram.Say(-100, 1002, "hello") // which ends a call for updates that waits
	s.comes("You worthless moron")
	s.trouble("Telegram refuses the bot's token")
	s.telegram.ClearFaults()
	s.recovers()
	s.until("a card", func() bool { return len(s.cards(1)) == 1 })
	s.taps(1, "Spam", 1001)
}
