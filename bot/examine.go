package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// Grade is how well something is.
type Grade string

// The grades: well, worth a look, and in the way of moderators.
const (
	Well     Grade = "ok"
	Doubtful Grade = "warning"
	Broken   Grade = "failed"
)

// Finding is what was found of one thing. What is not well says what to do.
type Finding struct {
	About string
	Grade Grade
	Says  string
}

// Examine asks Telegram whether the bot of cfg, its webhook, the chats and the
// moderators are as they must be; without rosters only the first two. Nothing is
// sent to anybody.
func Examine(ctx context.Context, cfg Config, rosters Rosters) []Finding {
	cfg = withDefaults(cfg)
	e := &examiner{cfg: cfg, door: newDoor(cfg), chats: make(map[int64]*chatFound)}
	if !e.bot(ctx) {
		return e.findings
	}
	e.webhook(ctx)
	if rosters == nil {
		e.note("telegram", Doubtful, "chats and moderators are not examined: the database says which they are")
		return e.findings
	}
	l, err := (&Bot{cfg: cfg, rosters: rosters, home: cfg.Home}).layout(ctx)
	if err != nil {
		e.note("telegram", Broken, "read where cards go: %v", err)
		return e.findings
	}
	e.roster, e.places = l.roster, placesOf(l)
	for _, p := range e.places {
		e.place(ctx, p)
	}
	e.nobodies(ctx, rosters)
	for _, m := range e.roster.Moderators {
		if !StandsForMany(m.ID) {
			e.moderator(ctx, m)
		}
	}
	e.roles()
	return e.findings
}

// examinedPlace is where the cards of some blogs go.
type examinedPlace struct {
	of    string // home, or the name of a blog
	sites []moderation.SiteID
	moderation.Destination
}

// placesOf returns where cards go: home, and each place that is a blog's own.
func placesOf(l layout) []examinedPlace {
	home := examinedPlace{of: "home", Destination: l.roster.Home}
	var own []examinedPlace
	for _, p := range l.placements {
		if p.To == l.roster.Home {
			home.sites = append(home.sites, p.Site)
			continue
		}
		own = append(own, examinedPlace{"site " + p.Name, []moderation.SiteID{p.Site}, p.To})
	}
	return append([]examinedPlace{home}, own...)
}

// examiner collects findings.
type examiner struct {
	cfg      Config
	door     *door
	me       tgbotapi.User
	roster   moderation.Roster
	places   []examinedPlace
	chats    map[int64]*chatFound
	findings []Finding
}

// note adds a finding.
func (e *examiner) note(about string, g Grade, format string, args ...any) {
	e.findings = append(e.findings, Finding{about, g, fmt.Sprintf(format, args...)})
}

// bot examines the token, and reports false where Telegram can't be asked for more.
func (e *examiner) bot(ctx context.Context) bool {
	err := e.door.call(ctx, "getMe", nil, &e.me)
	switch {
	case isTokenRefused(err):
		e.note("telegram", Broken, "the token is not known there; ask @BotFather for a good one, and set TELEGRAM_BOT_TOKEN to it: %v", err)
	case err != nil:
		e.note("telegram", Broken, "it can't be reached: %v", err)
	default:
		e.note("telegram", Well, "the token is that of @%s", e.me.UserName)
	}
	return err == nil
}

// webhook compares how Telegram hands out updates with how serve takes them.
func (e *examiner) webhook(ctx context.Context) {
	const about = "telegram updates"
	var info tgbotapi.WebhookInfo
	if err := e.door.call(ctx, "getWebhookInfo", nil, &info); err != nil {
		e.note(about, Broken, "%v", err)
		return
	}
	want := e.cfg.Webhook.URL
	if want != "" {
		if err := CheckWebhook(e.cfg.Webhook, e.cfg.APIURL); err != nil {
			e.note(about, Broken, "%v", err)
			return
		}
	}
	failed := time.Unix(int64(info.LastErrorDate), 0)
	switch {
	case want == "" && info.URL != "":
		e.note(about, Doubtful, "a webhook is set (%s), and gatehouse is to ask for updates: serve removes it; if it comes again, another program uses the token", info.URL)
	case want == "":
		e.note(about, Well, "gatehouse asks for them; %d wait", info.PendingUpdateCount)
	case info.URL == "":
		e.note(about, Doubtful, "the webhook %s is not set: serve sets it when it starts; while it runs, another program with the token takes it away", want)
	case info.URL != want:
		e.note(about, Doubtful, "the webhook is %s, not %s: serve sets it when it starts; while it runs, another program uses the token", info.URL, want)
	case info.PendingUpdateCount > 0 && e.cfg.Now().Sub(failed) < keptByTelegram:
		e.note(about, Broken, "Telegram can't bring them to %s (%s, at %s); %d wait: the address must lead to POST /telegram/webhook of gatehouse serve",
			want, e.door.strip(info.LastErrorMessage), failed.UTC().Format("2006-01-02 15:04 UTC"), info.PendingUpdateCount)
	case !strings.HasSuffix(want, webhookPath):
		e.note(about, Doubtful, "Telegram brings them to %s, which does not end in %s: does the proxy lead it there? %d wait", want, webhookPath, info.PendingUpdateCount)
	default:
		e.note(about, Well, "Telegram brings them to %s; %d wait", want, info.PendingUpdateCount)
	}
}

// chatFound is what Telegram says of a chat.
type chatFound struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name"`
	IsForum     bool   `json:"is_forum"`
	Permissions *struct {
		CanSendMessages bool `json:"can_send_messages"`
	} `json:"permissions"` // of members who are no administrators

	err error // why it can't be seen
}

// name returns what people call the chat.
func (c *chatFound) name() string {
	return cmp.Or(c.Title, strings.TrimSpace(c.FirstName+" "+c.LastName))
}

// isGroup reports whether people talk with one another there.
func (c *chatFound) isGroup() bool { return c.Type == "group" || c.Type == "supergroup" }

// chat asks once for a chat.
func (e *examiner) chat(ctx context.Context, id int64) *chatFound {
	found, ok := e.chats[id]
	if !ok {
		found = &chatFound{}
		found.err = e.door.call(ctx, "getChat", chatParam(id), found)
		e.chats[id] = found
	}
	return found
}

// member asks what somebody is in a chat.
func (e *examiner) member(ctx context.Context, chat, user int64) (m tgbotapi.ChatMember, err error) {
	p := chatParam(chat)
	p.AddNonZero64("user_id", user)
	return m, e.door.call(ctx, "getChatMember", p, &m)
}

// chatParam names a chat.
func chatParam(chat int64) tgbotapi.Params {
	return tgbotapi.Params{"chat_id": strconv.FormatInt(chat, 10)}
}

// place examines whether the bot may write where cards go.
func (e *examiner) place(ctx context.Context, p examinedPlace) {
	about := "telegram " + p.of
	switch {
	case p.Each:
		e.note(about, Well, "cards go to each moderator alone")
		return
	case p.Chat == 0:
		if len(p.sites) > 0 || len(e.places) == 1 {
			e.note(about, Doubtful, "no chat is set: gatehouse serve prints a code for /pair, or set TELEGRAM_CHAT_ID")
		}
		return
	}
	c := e.chat(ctx, p.Chat)
	if c.err != nil {
		e.note(about, Broken, "%s", e.unseen(p.Chat, c.err))
		return
	}
	switch {
	case c.Type == "channel":
		e.note(about, Broken, "%q is a channel: cards need a group, or each", c.name())
	case !c.isGroup() && p.Topic != 0:
		e.note(about, Broken, "%q is a private chat and has no topic %d: set %d", c.name(), p.Topic, p.Chat)
	case !c.isGroup():
		e.note(about, Well, "cards go to %q alone", c.name())
	default:
		e.group(ctx, about, p, c)
	}
}

// unseen says why a chat can't be seen, and what to do.
func (e *examiner) unseen(chat int64, err error) string {
	if to, moved := movedTo(err); moved {
		return fmt.Sprintf("the group %d has become a supergroup: set TELEGRAM_CHAT_ID (or the blog's telegram_chat) to %d", chat, to)
	}
	return fmt.Sprintf("ask Telegram for chat %d: %v; is the bot @%s a member of it, and is that its number?", chat, err, e.me.UserName)
}

// group examines the bot's rights in a group, and the topic.
func (e *examiner) group(ctx context.Context, about string, p examinedPlace, c *chatFound) {
	m, err := e.member(ctx, p.Chat, e.me.ID)
	muted := c.Permissions != nil && !c.Permissions.CanSendMessages
	switch {
	case err != nil:
		e.note(about, Broken, "ask Telegram for the bot's rights in %q: %v", c.name(), err)
	case m.Status == "restricted" && !m.CanSendMessages, m.Status == "member" && muted:
		e.note(about, Broken, "the bot may not write in %q: allow it to send messages there, or make it an administrator", c.name())
	case !mayWrite(m):
		e.note(about, Broken, "the bot is not in %q (%s): add it to the chat", c.name(), m.Status)
	case p.Topic != 0 && !c.IsForum:
		e.note(about, Broken, "%q has no topics: set %d, or switch topics on", c.name(), p.Chat)
	case p.Topic == 0 && c.IsForum:
		e.note(about, Doubtful, "@%s may write in %q, where cards go among everything else, into General: a topic of their own is set as %d/12, the number of its link", e.me.UserName, c.name(), p.Chat)
	case p.Topic != 0:
		e.note(about, Well, "@%s may write in %q; cards go to its topic %d", e.me.UserName, c.name(), p.Topic)
	default:
		e.note(about, Well, "@%s may write in %q", e.me.UserName, c.name())
	}
}

// nobodies finds moderators who are no people.
func (e *examiner) nobodies(ctx context.Context, rosters Rosters) {
	var ids []int64
	for _, m := range e.roster.Moderators {
		ids = append(ids, m.ID)
	}
	if len(e.cfg.Moderators) == 0 { // the roster that counts is without those that are stored
		if stored, err := rosters.Roster(ctx); err == nil {
			for _, m := range stored.Moderators {
				ids = append(ids, m.ID)
			}
		}
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if StandsForMany(id) {
			e.note(fmt.Sprintf("moderator %d", id), Broken, "this is no person but an account of Telegram's own, in whose name anybody may write: it is ignored; take it out")
		}
	}
}

// moderator examines whether a moderator sees cards and can decide.
func (e *examiner) moderator(ctx context.Context, m moderation.Moderator) {
	about := fmt.Sprintf("moderator %d", m.ID)
	if slices.Contains(m.Sites, noSite) {
		e.note(about, Doubtful, "a blog of theirs is not there: gatehouse sites list has the names for TELEGRAM_MODERATORS")
	}
	var in, out []string
	alone := false
	for _, p := range e.places {
		if !e.sees(m, p) {
			continue
		}
		if c := e.chats[p.Chat]; !p.Each && c != nil && c.err == nil && c.isGroup() {
			is, says := e.memberOf(ctx, m, p, c)
			if is == Broken {
				e.note(about, Broken, "%s", says)
				return
			}
			if is == Well {
				in = append(in, says)
			} else {
				out = append(out, says)
			}
			continue
		}
		alone = alone || p.Each && m.Role != moderation.RoleObserver || p.Chat == m.ID
	}
	if alone {
		if c := e.chat(ctx, m.ID); c.err != nil {
			e.note(about, Broken, "cards can't be brought to them alone (%v): they send /start to @%s", c.err, e.me.UserName)
			return
		}
		in = append(in, "cards reach them alone")
	}
	e.noteModerator(about, m, in, out)
}

// noteModerator says where a moderator sees cards, and where not.
func (e *examiner) noteModerator(about string, m moderation.Moderator, in, out []string) {
	counts, _ := e.roster.Find(m.ID)
	switch {
	case len(out) > 0:
		e.note(about, Doubtful, "%s; until then they see no cards there", strings.Join(slices.Compact(out), "; "))
	case len(in) == 0 && counts.Role == moderation.RoleObserver:
		e.note(about, Well, "%s; no cards go to observers alone", counts.Role)
	case len(in) == 0:
		e.note(about, Doubtful, "%s, and no cards go to where they are", counts.Role)
	default:
		e.note(about, Well, "%s; %s", counts.Role, strings.Join(slices.Compact(in), "; "))
	}
}

// sees reports whether a moderator is there for one of a place's blogs.
func (e *examiner) sees(m moderation.Moderator, p examinedPlace) bool {
	return len(p.sites) == 0 || slices.ContainsFunc(p.sites, m.Sees)
}

// memberOf says whether a moderator is in a group. Broken is whoever can never
// decide.
func (e *examiner) memberOf(ctx context.Context, m moderation.Moderator, p examinedPlace, c *chatFound) (Grade, string) {
	is, err := e.member(ctx, p.Chat, m.ID)
	switch {
	case err != nil && !isTransient(err):
		return Doubtful, fmt.Sprintf("Telegram knows nobody of that number in %q (%v): /start tells everybody their own", c.name(), err)
	case err != nil:
		return Doubtful, err.Error()
	case is.User != nil && is.User.IsBot:
		return Broken, fmt.Sprintf("@%s is a bot, and bots decide nothing: take it out", is.User.UserName)
	case is.IsAnonymous:
		return Doubtful, fmt.Sprintf("an anonymous administrator of %q, whose commands nobody can tell from others': switch off \"Remain anonymous\"", c.name())
	case is.Status == "left" || is.Status == "kicked":
		return Doubtful, fmt.Sprintf("not a member of %q: add them", c.name())
	case is.User != nil:
		return Well, fmt.Sprintf("%s is in %q", actor(is.User).Name, c.name())
	}
	return Well, fmt.Sprintf("in %q", c.name())
}

// roles examines whether somebody may decide, on each blog.
func (e *examiner) roles() {
	const about = "telegram moderators"
	if len(e.roster.Moderators) == 0 {
		e.note(about, Doubtful, "nobody may decide yet: gatehouse serve prints a code for /pair, which makes the first one, or set TELEGRAM_MODERATORS")
		return
	}
	decides := func(sees func(moderation.Moderator) bool) bool {
		return slices.ContainsFunc(e.roster.Moderators, func(m moderation.Moderator) bool {
			found, _ := e.roster.Find(m.ID)
			return !StandsForMany(m.ID) && sees(m) && found.Role.Allows(moderation.RoleModerator)
		})
	}
	if !decides(func(moderation.Moderator) bool { return true }) {
		e.note(about, Broken, "nobody may decide: all %d are observers or no people; make one a moderator, as TELEGRAM_MODERATORS=1001:moderator", len(e.roster.Moderators))
		return
	}
	for _, p := range e.places {
		for _, site := range p.sites {
			if !decides(func(m moderation.Moderator) bool { return m.Sees(site) }) {
				e.note(about, Broken, "nobody may decide on what goes to %s: give a moderator that blog", p.of)
			}
		}
	}
}
