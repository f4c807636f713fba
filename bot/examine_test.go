package bot_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gatehouse/bot"
	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// The people and chats of the examinations.
const (
	examinedToken = "42:right"
	mo, bea, joe  = int64(7), int64(8), int64(9)
	examinedMods  = int64(-1001)
	someBot       = int64(99)
)

// knownRoster are Rosters that are only read.
type knownRoster struct {
	bot.Rosters
	roster     moderation.Roster
	placements []moderation.Placement
}

func (k knownRoster) Roster(context.Context) (moderation.Roster, error) { return k.roster, nil }

func (k knownRoster) Placements(context.Context) ([]moderation.Placement, error) {
	return slices.Clone(k.placements), nil
}

// people are moderators of no role in particular.
func people(ids ...int64) (list []bot.Member) {
	for _, id := range ids {
		list = append(list, bot.Member{ID: id})
	}
	return list
}

// examination is what is examined, after which change of the world, and what is
// found: grade, about and a part of the words. Without another home cards go to
// the group mods.
type examination struct {
	change     func(*telegramtest.Server)
	token, url string
	home       string
	travel     string // where the cards of the blog travel go; empty: home
	moderators []bot.Member
	stored     moderation.Roster
	want       []string
}

// What is found of a token, polling and the group where all is well, and where
// nobody is a moderator.
const (
	tokenWell = "ok telegram: the token is that of @gatehouse_bot"
	pollsWell = "ok telegram updates: gatehouse asks for them"
	modsWell  = `ok telegram home: @gatehouse_bot may write in "mods"`
	nobodyYet = "warning telegram moderators: nobody may decide yet: gatehouse serve prints a code"
)

// chatExaminations are those of where cards go.
func chatExaminations() map[string]examination {
	status := func(is string) func(*telegramtest.Server) {
		return func(s *telegramtest.Server) { s.SetStatus(examinedMods, s.Me().ID, is) }
	}
	muted := func(s *telegramtest.Server) { s.Mute(examinedMods, true) }
	both := func(changes ...func(*telegramtest.Server)) func(*telegramtest.Server) {
		return func(s *telegramtest.Server) {
			for _, change := range changes {
				change(s)
			}
		}
	}
	alone := func(finding string) []string { return []string{tokenWell, pollsWell, finding, nobodyYet} }
	return map[string]examination{
		"a wrong token": {token: "42:SEKRIT", want: []string{"failed telegram: ask @BotFather for a good one, and set TELEGRAM_BOT_TOKEN"}},
		"Telegram is away": {change: func(s *telegramtest.Server) { s.Fault("*", -1, telegramtest.BadGateway()) },
			want: []string{"failed telegram: it can't be reached: getMe: no answer of Telegram's, but status 502"}},
		"no chat yet":               {home: " ", want: alone("warning telegram home: prints a code for /pair, or set TELEGRAM_CHAT_ID")},
		"another's chat":            {home: "-200", want: alone("failed telegram home: is the bot @gatehouse_bot a member of it, and is that its number?")},
		"thrown out":                {change: status(telegramtest.Kicked), want: alone("failed telegram home: bot was kicked")},
		"restricted":                {change: func(s *telegramtest.Server) { s.Restrict(examinedMods, s.Me().ID, false) }, want: alone(`failed telegram home: may not write in "mods": allow it to send messages there`)},
		"restricted, may write":     {change: func(s *telegramtest.Server) { s.Restrict(examinedMods, s.Me().ID, true) }, want: alone(modsWell)},
		"only administrators write": {change: muted, want: alone("failed telegram home: make it an administrator")},
		"an administrator there":    {change: both(muted, status(telegramtest.Administrator)), want: alone(modsWell)},
		"a channel": {change: func(s *telegramtest.Server) {
			s.AddChat(telegramtest.Chat{ID: -1009, Type: "channel", Title: "news"}, mo)
		},
			home: "-1009", want: alone(`failed telegram home: "news" is a channel: cards need a group, or each`)},
		"a group that is a supergroup": {change: func(s *telegramtest.Server) {
			s.AddChat(telegramtest.Chat{ID: -300, Type: "group", Title: "old"}, mo)
			s.Upgrade(-300)
		}, home: "-300", want: alone("failed telegram home: the group -300 has become a supergroup: set TELEGRAM_CHAT_ID (or the blog's telegram_chat) to -1000000000300")},
		"a topic":                {home: "-1002/12", want: alone(`ok telegram home: may write in "forum"; cards go to its topic 12`)},
		"a forum without topic":  {home: "-1002", want: alone("warning telegram home: a topic of their own is set as -1002/12")},
		"a topic without forum":  {home: "-1001/12", want: alone(`failed telegram home: "mods" has no topics: set -1001`)},
		"a private chat's topic": {change: talk(mo), home: "7/12", want: alone("failed telegram home: is a private chat and has no topic 12: set 7")},
		"a blog's own chat":      {travel: "-1002/12", want: []string{tokenWell, pollsWell, modsWell, `ok telegram site travel: may write in "forum"`, nobodyYet}},
		"a blog's chat is gone":  {travel: "-200", want: []string{tokenWell, pollsWell, modsWell, "failed telegram site travel: is that its number?", nobodyYet}},
	}
}

// moderatorExaminations are those of who may decide.
func moderatorExaminations() map[string]examination {
	with := func(findings ...string) []string {
		return append([]string{tokenWell, pollsWell, modsWell}, findings...)
	}
	stored := moderation.Roster{Moderators: []moderation.Moderator{{ID: mo}, {ID: 1087968824}}}
	return map[string]examination{
		"all is well":    {moderators: people(mo, bea), want: with(`ok moderator 7: senior; Mo is in "mods"`, `ok moderator 8: Bea`)},
		"a private chat": {change: talk(mo), home: "7", moderators: people(mo), want: []string{tokenWell, pollsWell, `ok telegram home: cards go to "Mo" alone`, "ok moderator 7: cards reach them alone"}},
		"each alone": {change: talk(mo), home: "each", moderators: append(people(mo, bea), bot.Member{ID: joe, Role: moderation.RoleObserver}),
			want: []string{tokenWell, pollsWell, "ok telegram home: cards go to each moderator alone", "ok moderator 7: cards reach them alone",
				"failed moderator 8: they send /start to @gatehouse_bot", "ok moderator 9: no cards go to observers alone"}},
		"elsewhere": {moderators: people(mo, joe, 555),
			want: with("ok moderator 7: ", `warning moderator 9: not a member of "mods": add them`, `warning moderator 555: Telegram knows nobody of that number in "mods"`)},
		"no people":         {moderators: people(mo, 1087968824, someBot), want: with("failed moderator 1087968824: take it out", "ok moderator 7: ", "failed moderator 99: @helper is a bot")},
		"no people, stored": {stored: stored, want: with("failed moderator 1087968824: take it out", "ok moderator 7: ")},
		"observers only": {moderators: []bot.Member{{ID: mo, Role: moderation.RoleObserver}},
			want: with("ok moderator 7: observer; Mo", "failed telegram moderators: nobody may decide: all 1 are observers")},
		"a blog without moderator": {travel: "-1002/12", moderators: []bot.Member{{ID: mo, Blogs: []string{"blog"}}, {ID: bea, Role: moderation.RoleObserver}},
			want: with(`ok telegram site travel: "forum"`, `ok moderator 7: Mo is in "mods"`, `warning moderator 8: not a member of "forum"`,
				"failed telegram moderators: nobody may decide on what goes to site travel: give a moderator that blog")},
		"an unknown blog": {moderators: []bot.Member{{ID: mo}, {ID: bea, Blogs: []string{"blgo"}}},
			want: with("ok moderator 7: ", "warning moderator 8: a blog of theirs is not there", "warning moderator 8: no cards go to where they are")},
	}
}

// webhookExaminations are those of how updates come.
func webhookExaminations() map[string]examination {
	const address = "https://gatehouse.example/telegram/webhook"
	with := func(finding string) []string { return []string{tokenWell, finding, modsWell, nobodyYet} }
	return map[string]examination{
		"a webhook is left":         {change: hook("https://old.example/telegram/webhook"), want: with("warning telegram updates: a webhook is set (https://old.example/telegram/webhook), and gatehouse is to ask")},
		"a webhook":                 {change: hook(address), url: address, want: with("ok telegram updates: Telegram brings them to " + address + "; 0 wait")},
		"a webhook elsewhere":       {change: hook("https://old.example/telegram/webhook"), url: address, want: with("warning telegram updates: the webhook is https://old.example/telegram/webhook, not " + address)},
		"no webhook yet":            {url: address, want: with("warning telegram updates: is not set: serve sets it when it starts")},
		"another path":              {change: hook("https://gatehouse.example/tg"), url: "https://gatehouse.example/tg", want: with("warning telegram updates: does not end in /telegram/webhook")},
		"a webhook with a password": {url: "https://a:b@gatehouse.example/telegram/webhook", want: with("failed telegram updates: may have no name, password")},
	}
}

// talk has somebody write to the bot.
func talk(user int64) func(*telegramtest.Server) {
	return func(s *telegramtest.Server) { s.Say(user, user, "/start") }
}

// hook has a webhook be set.
func hook(address string) func(*telegramtest.Server) {
	return func(s *telegramtest.Server) {
		r := httptest.NewRequest(http.MethodGet, "/bot"+examinedToken+"/setWebhook?url="+address, nil) //nolint:noctx // answered in memory
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
}

func TestExamine(t *testing.T) {
	for of, table := range map[string]map[string]examination{
		"chat": chatExaminations(), "moderators": moderatorExaminations(), "webhook": webhookExaminations(),
	} {
		for name, tt := range table {
			t.Run(of+" "+name, func(t *testing.T) { examine(t, tt) })
		}
	}
}

// examine makes one examination.
func examine(t *testing.T, tt examination) {
	s := telegramtest.New(examinedToken)
	defer s.Close()
	for id, name := range map[int64]string{mo: "Mo", bea: "Bea", joe: "Joe"} {
		s.AddUser(telegramtest.User{ID: id, FirstName: name})
	}
	s.AddUser(telegramtest.User{ID: someBot, FirstName: "Helper", Username: "helper", IsBot: true})
	s.AddChat(telegramtest.Chat{ID: examinedMods, Type: "supergroup", Title: "mods"}, mo, bea, someBot)
	s.AddChat(telegramtest.Chat{ID: -1002, Type: "supergroup", Title: "forum", Forum: true}, mo)
	if tt.change != nil {
		tt.change(s)
	}
	api := httptest.NewServer(s)
	defer api.Close()
	before := len(s.Calls())
	c := bot.Config{Token: moderation.NewSecret(cmp.Or(tt.token, examinedToken)), APIURL: api.URL, Webhook: bot.Webhook{URL: tt.url}, Moderators: tt.moderators}
	var err error
	if c.Home, err = moderation.ParseDestination(cmp.Or(tt.home, "-1001")); err != nil {
		t.Fatal(err)
	}
	travel, err := moderation.ParseDestination(tt.travel)
	if err != nil {
		t.Fatal(err)
	}
	known := knownRoster{roster: tt.stored, placements: []moderation.Placement{{Site: 1, Name: "blog"}, {Site: 2, Name: "travel", To: travel}}}
	wantFound(t, bot.Examine(t.Context(), c, known), tt.want)
	for _, call := range s.Calls()[before:] {
		if !strings.HasPrefix(strings.ToLower(call.Method), "get") || call.Method == "getUpdates" {
			t.Errorf("called %s", call.Method)
		}
	}
}

// TestExamineAWebhookThatFails says what Telegram says of it.
func TestExamineAWebhookThatFails(t *testing.T) {
	s := telegramtest.New(examinedToken, telegramtest.PlainWebhooks())
	defer s.Close()
	s.AddUser(telegramtest.User{ID: mo, FirstName: "Mo"})
	const address = "http://127.0.0.1:1/telegram/webhook"
	hook(address)(s)
	talk(mo)(s)
	info := func() string {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/bot"+examinedToken+"/getWebhookInfo", nil)) //nolint:noctx // answered in memory
		return w.Body.String()
	}
	if err := s.Until(t.Context(), func() bool { return strings.Contains(info(), "last_error_message") }); err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(s)
	defer api.Close()
	found := bot.Examine(t.Context(), bot.Config{Token: moderation.NewSecret(examinedToken), APIURL: api.URL, Webhook: bot.Webhook{URL: address}}, nil)
	wantFound(t, found, []string{"ok telegram: ", "failed telegram updates: Telegram can't bring them to " + address + " (Connection refused",
		"warning telegram: chats and moderators are not examined"})
}

// wantFound compares findings with "grade about: part of the words".
func wantFound(t *testing.T, found []bot.Finding, want []string) {
	t.Helper()
	var all []string
	same := len(found) == len(want)
	for i, f := range found {
		all = append(all, fmt.Sprintf("%s %s: %s", f.Grade, f.About, f.Says))
		if i < len(want) {
			head, part, _ := strings.Cut(want[i], ": ")
			same = same && strings.HasPrefix(all[i], head+": ") && strings.Contains(f.Says, part)
		}
		if strings.Contains(f.Says, "SEKRIT") {
			t.Error("the token is shown")
		}
	}
	if !same {
		t.Errorf("found\n\t%s\nwant\n\t%s", strings.Join(all, "\n\t"), strings.Join(want, "\n\t"))
	}
}
