// Package bot is Telegram: the cards that show what waits for a moderator, the
// buttons below them, and the commands. [New] makes the [Bot]; [Bot.Run] listens
// to people, and [Bot.Send] brings a card to what its case is.
//
// The package decides nothing: it hands a person's choice to the [Desk], and
// says what became of it. It keeps nothing but which message shows which case.
package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
	"golang.org/x/time/rate"

	"gatehouse/internal/moderation"
)

// Desk carries out what people order; [moderation.Service] is one.
type Desk interface {
	Bench
	Register
	Dial
	RaidDesk
	Decide(context.Context, moderation.Order) (moderation.Outcome, error)
	Undo(context.Context, moderation.UndoOrder) (moderation.Outcome, error)
	AddToPersona(context.Context, moderation.PersonaOrder) (moderation.Persona, error)
}

// Bench is where authors are banned and trusted. What does not stand gives
// [moderation.ErrNotFound].
type Bench interface {
	Mark(ctx context.Context, m moderation.Mark, sweep bool) (moderation.Marked, error)
	Lift(ctx context.Context, l moderation.Lift, restore bool) (moderation.Lifted, error)
	Waiting(context.Context, moderation.Mark) (int, error)
}

// Register says what is known of authors.
type Register interface {
	TraceOf(context.Context, moderation.CommentID) (moderation.Trace, error)
	StandingMarks(context.Context, moderation.SiteID) ([]moderation.Mark, error)
}

// Dial says and changes how strict blogs are.
type Dial interface {
	TurnMode(context.Context, moderation.ModeChange) (moderation.ModeChange, error)
	EndMode(context.Context, moderation.ModeEnd) (moderation.ModeChange, error)
	Modes(context.Context, moderation.SiteID) ([]moderation.ModeChange, error)
}

// Blogs is which blogs there are.
type Blogs interface {
	Sites(context.Context) ([]moderation.Site, error)
	// StandingMode returns a change of mode that may be ended at a time;
	// [moderation.ErrNotFound] for any other.
	StandingMode(context.Context, moderation.ModeID, time.Time) (moderation.ModeChange, moderation.Site, error)
}

// Files is what the bot reads, and the notes and looks that it leaves there.
type Files interface {
	Cases
	Blogs
	Diary
	Digests
	Archive
	RaidRecords
}

// Cases is what waits, and what waited. A case or comment that is not there
// gives [moderation.ErrNotFound].
type Cases interface {
	Case(context.Context, moderation.CaseID) (moderation.CaseView, error)
	// OpenCases returns open cases of some sites (nil: of all), urgent and old ones
	// first, at most limit, without their authors' standing, and how many are open in all.
	OpenCases(ctx context.Context, sites []moderation.SiteID, limit int) (views []moderation.CaseView, total int, err error)
}

// Archive is what people look up of comments; see [moderation.Browser].
type Archive interface {
	Comments
	Lists
	Relations
	Authors(ctx context.Context, sites []moderation.SiteID, name string, limit int) ([]moderation.AuthorRecord, error)
	PutNote(context.Context, moderation.Note) error
	// WorstCases returns open cases, those first that the model is surest of.
	WorstCases(ctx context.Context, sites []moderation.SiteID, limit int) ([]moderation.CaseView, error)
}

// Comments shows comments, whether they ever waited or not.
type Comments interface {
	View(context.Context, moderation.CommentID) (moderation.CaseView, error)
	// Look returns a case of the comment for a card to show, and makes one where there
	// is none.
	Look(context.Context, moderation.CommentID, time.Time) (moderation.CaseID, error)
}

// Lists lists comments of some sites (nil: of all), the newest first.
type Lists interface {
	Published(ctx context.Context, sites []moderation.SiteID, limit int) ([]moderation.CaseView, error)
	Decided(ctx context.Context, sites []moderation.SiteID, limit int) ([]moderation.CaseView, error)
	Find(ctx context.Context, sites []moderation.SiteID, words string, limit int) ([]moderation.CaseView, error)
}

// Relations finds what belongs to a comment.
type Relations interface {
	Thread(context.Context, moderation.CommentID, int) ([]moderation.CaseView, error)
	Similar(context.Context, moderation.CommentID, int) ([]moderation.Likeness, error)
	ByAuthor(context.Context, moderation.CommentID, int) ([]moderation.CaseView, error)
}

// Cards remembers which message shows which case.
type Cards interface {
	CardsOf(context.Context, moderation.CaseID) ([]moderation.Card, error)
	// PutCard adds a card, or replaces the one with that chat and message; waits says
	// whether it shows an open case.
	PutCard(ctx context.Context, c moderation.Card, waits bool) error
	DropCard(ctx context.Context, chat int64, message int) error
}

// ShownCases finds what a message shows; [moderation.ErrNotFound].
type ShownCases interface {
	CaseShown(ctx context.Context, chat int64, message int) (moderation.CaseID, error)
}

// StaleCards finds what the chats do not show as it is.
type StaleCards interface {
	// EnqueueStale adds a delivery for every card that shows an older version of its
	// case, and returns how many.
	EnqueueStale(context.Context) (int, error)
}

// CardStore is all that is stored of cards.
type CardStore interface {
	Cards
	StaleCards
	ShownCases
	Board
}

// Rosters remembers where cards go and who may decide.
type Rosters interface {
	Roster(context.Context) (moderation.Roster, error)
	Pair(context.Context, moderation.Roster) error
	// Placements returns where each site says that its cards go.
	Placements(context.Context) ([]moderation.Placement, error)
	// MoveChat makes what was for a chat be for another one, which it has become, and
	// forgets the cards in it. It reports whether cards went there.
	MoveChat(ctx context.Context, from, to int64) (was bool, err error)
}

// What holds where [Config] says nothing.
const (
	DefaultOpenCards   = 5
	DefaultRemindAfter = 4 * time.Hour
	DefaultPerSecond   = 30 // messages: Telegram's own limit
)

// Config is how a bot is set up. Token is required.
type Config struct {
	Token  moderation.Secret
	APIURL string // http://host:port of a Bot API server; empty: Telegram's

	// Home is where the cards of sites go that have no place of their own, and
	// Moderators who may look and decide. Each wins over the stored roster where it
	// is set.
	Home       moderation.Destination
	Moderators []Member

	OpenCards   int            // how many cards of open cases a spot shows at a time; 0: DefaultOpenCards
	Quiet       Quiet          // hours without new cards
	RemindAfter time.Duration  // how long something waits before people are reminded; 0: DefaultRemindAfter, below 0: never
	Zone        *time.Location // the moderators'; nil: UTC

	Webhook Webhook
	Updates Updates // nil: a restart forgets which updates are done

	Log     *slog.Logger // nil: slog.Default
	Metrics Metrics
	Now     moderation.Clock // nil: time.Now

	Timeout     time.Duration // of one call; 0: 15 seconds
	PollTimeout time.Duration // how long getUpdates waits at Telegram; 0: 50 seconds, which is its most
	PerSecond   float64       // messages and edits in all chats; 0: 30, below 0: no limit
	// PauseMin and PauseMax bound the pauses after failures, which double; 0:
	// half a second and a minute.
	PauseMin, PauseMax time.Duration
	Tick               time.Duration // how often what the time brings is looked at; 0: 20 seconds
}

// Bot is the moderators' side of Telegram. It is safe for concurrent use.
type Bot struct {
	cfg     Config
	log     *slog.Logger
	door    *door
	desk    Desk
	cases   Cases
	blogs   Blogs
	diary   Diary
	cards   CardStore
	rosters Rosters
	pairing *pairing
	board   Board
	raids   RaidRecords
	digests Digests
	archive Archive
	pace    pacer
	busy    keyedLocks[moderation.CaseID] // one at a time draws the cards of a case
	filling keyedLocks[moderation.Spot]   // one at a time fills a spot

	hook     *hook // nil: the bot asks for updates
	troubles troubles
	menus    menus
	late     chan func(context.Context) error // answers whose chats take nothing at the moment

	unstored unstored
	behind   atomic.Bool // the chats may not show what waits
	moving   sync.Mutex  // one at a time follows a chat to its new number

	mu   sync.Mutex
	self tgbotapi.User          // the bot itself; zero until Telegram told
	home moderation.Destination // as configured, or what that chat has become
}

// telegramServer is Telegram's own Bot API server.
const telegramServer = "https://api.telegram.org"

// storeTimeout is how long New waits for the roster.
const storeTimeout = 10 * time.Second

// New returns a bot. It reads the roster and talks to nobody yet.
func New(cfg Config, desk Desk, files Files, cards CardStore, rosters Rosters) (*Bot, error) {
	if cfg.Token.Reveal() == "" {
		return nil, errors.New("make bot: the token is missing")
	}
	cfg = withDefaults(cfg)
	if u, err := url.Parse(cfg.APIURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("make bot: the Bot API server %q is no address like http://host:port", cfg.APIURL)
	}
	b := &Bot{
		cfg: cfg, log: cfg.Log, door: newDoor(cfg),
		desk: desk, cases: files, blogs: files, diary: files, digests: files, raids: files, archive: files, cards: cards, board: cards, rosters: rosters, home: cfg.Home,
		late: make(chan func(context.Context) error, lateAnswers),
	}
	b.pace.now = cfg.Now
	if cfg.PerSecond > 0 {
		b.pace.overall = rate.NewLimiter(rate.Limit(cfg.PerSecond), 1)
	}
	b.door.noted = b.noteCall
	b.behind.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	r, err := b.callRoll(ctx)
	if err != nil {
		return nil, fmt.Errorf("make bot: %w", err)
	}
	if cfg.Webhook != (Webhook{}) {
		if b.hook, err = newHook(b); err != nil {
			return nil, fmt.Errorf("make bot: %w", err)
		}
	}
	b.pairing = newPairing(!r.Home.IsSet() || len(r.Moderators) == 0)
	return b, nil
}

// withDefaults fills in what is not set.
func withDefaults(cfg Config) Config {
	cfg.APIURL = cmp.Or(cfg.APIURL, telegramServer)
	cfg.Log = cmp.Or(cfg.Log, slog.Default())
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Updates == nil {
		cfg.Updates = &volatileUpdates{now: cfg.Now}
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, 15*time.Second)
	cfg.PollTimeout = cmp.Or(cfg.PollTimeout, 50*time.Second)
	cfg.PerSecond = cmp.Or(cfg.PerSecond, DefaultPerSecond)
	cfg.PauseMin = cmp.Or(cfg.PauseMin, 500*time.Millisecond)
	cfg.PauseMax = cmp.Or(cfg.PauseMax, time.Minute)
	cfg.OpenCards = cmp.Or(cfg.OpenCards, DefaultOpenCards)
	cfg.RemindAfter = cmp.Or(cfg.RemindAfter, DefaultRemindAfter)
	cfg.Zone = cmp.Or(cfg.Zone, time.UTC)
	cfg.Tick = cmp.Or(cfg.Tick, 20*time.Second)
	return cfg
}

// newDoor returns the way to Telegram that cfg describes.
func newDoor(cfg Config) *door {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	return &door{
		endpoint: endpoint(cfg.APIURL),
		token:    newRotating(cfg.Token),
		patience: cfg.Timeout,
		client: &http.Client{
			Transport: transport,
			// A redirect would carry the token to wherever it points.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// PairingCode returns the code that /pair takes, or nothing where a chat and its
// moderators are known.
func (b *Bot) PairingCode() string { return b.pairing.open() }

// me returns the bot itself; zero until Telegram told.
func (b *Bot) me() tgbotapi.User {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.self
}
