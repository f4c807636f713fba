// Package telegramtest is a Bot API server for tests and for the demo: what a
// bot sees of Telegram, held in memory. [New] makes one; it is an
// [http.Handler] that serves /bot<token>/<method>. [Server.Press] and
// [Server.Say] are what people do, [Server.Messages] is what they see, and
// [Server.Fault] makes it fail as Telegram fails.
//
// It follows the Bot API (https://core.telegram.org/bots/api) and words its
// refusals as the server of https://github.com/tdlib/telegram-bot-api does. It
// knows texts, pictures and documents, inline keyboards and callbacks, groups
// and their members, topics of forums, menus of commands, long polling and
// webhooks. It knows no inline mode, no albums and no files that people send; it
// hands the bot every message of a group, as it does with privacy mode off, and
// ignores a method in the answer of a webhook.
package telegramtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// keptCalls is how many calls are remembered for [Server.Calls].
const keptCalls = 20_000

// Server is Telegram as one bot sees it. It is safe for concurrent use.
type Server struct {
	token   string
	now     func() time.Time
	methods map[string]method

	mu          sync.Mutex
	changed     chan struct{}
	me          User
	users       map[int64]User
	chats       map[int64]*room
	nextMessage int
	inbox       inbox
	queries     map[string]*query
	faults      []*plannedFault
	calls       []Call
	commands    map[scope][]Command
	files       map[string]*File
	hook        *webhook // nil: none is set
	hooks       hookRules
	deliveries  sync.WaitGroup
	closed      bool                 // no more deliveries begin
	gates       map[string]time.Time // until when a chat or a method refuses
	sent        map[string]*sent     // by chat; nil: nothing is limited
	limited     int
}

// method is one of the Bot API's methods.
type method func(*Server, context.Context, params) (any, error)

// Option changes a new server.
type Option func(*Server)

// WithClock makes the server take its time from now.
func WithClock(now func() time.Time) Option {
	return func(s *Server) { s.now = now }
}

// New returns a server for the bot with that token. Its numbers (of messages,
// updates and queries) begin at random, so that a program which remembers those
// of an earlier server does not mistake one for the other.
func New(token string, options ...Option) *Server {
	id, _, _ := strings.Cut(token, ":")
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		number = 42
	}
	s := &Server{
		token:       token,
		now:         time.Now,
		methods:     methods(),
		changed:     make(chan struct{}),
		me:          User{ID: number, FirstName: "Gatehouse", Username: "gatehouse_bot", IsBot: true},
		users:       make(map[int64]User),
		chats:       make(map[int64]*room),
		nextMessage: 1 + rand.IntN(1<<24),
		queries:     make(map[string]*query),
		commands:    make(map[scope][]Command),
		files:       make(map[string]*File),
		gates:       make(map[string]time.Time),
	}
	s.inbox.next = 1 + rand.Int64N(1<<30)
	for _, o := range options {
		o(s)
	}
	return s
}

// methods is the table of what the server can do. Telegram does not tell upper
// from lower case in a method's name.
func methods() map[string]method {
	return map[string]method{
		"getme":                  (*Server).getMe,
		"getupdates":             (*Server).getUpdates,
		"setwebhook":             (*Server).setWebhook,
		"deletewebhook":          (*Server).deleteWebhook,
		"getwebhookinfo":         (*Server).getWebhookInfo,
		"sendmessage":            (*Server).sendMessage,
		"sendphoto":              (*Server).sendPhoto,
		"senddocument":           (*Server).sendDocument,
		"editmessagetext":        (*Server).editMessageText,
		"editmessagecaption":     (*Server).editMessageCaption,
		"editmessagemedia":       (*Server).editMessageMedia,
		"editmessagereplymarkup": (*Server).editMessageReplyMarkup,
		"deletemessage":          (*Server).deleteMessage,
		"answercallbackquery":    (*Server).answerCallbackQuery,
		"getchat":                (*Server).getChat,
		"getchatmember":          (*Server).getChatMember,
		"getchatadministrators":  (*Server).getChatAdministrators,
		"leavechat":              (*Server).leaveChat,
		"setmycommands":          (*Server).setMyCommands,
		"getmycommands":          (*Server).getMyCommands,
		"deletemycommands":       (*Server).deleteMyCommands,
	}
}

// Call is one request of the bot's.
type Call struct {
	Method string
	Params map[string]string // values that are no strings, as JSON
}

// Calls returns the bot's latest requests, oldest first, refused and failed ones
// included.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// Changed returns a channel that is closed at the next change: of a message, an
// answer to a tap, the list of commands, the bot's calls, or what it has
// confirmed.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Until waits until holds is true, looking again at every change. It returns
// ctx's error where that ends first.
func (s *Server) Until(ctx context.Context, holds func() bool) error {
	for {
		changed := s.Changed()
		if holds() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// notify wakes whoever waits for a change. s.mu is held.
func (s *Server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// refusalError is an answer with "ok": false.
type refusalError struct {
	code        int
	description string
	retryAfter  int   // seconds; 0: not said
	migrateTo   int64 // the chat to use instead; 0: none
}

// Error returns Telegram's words.
func (r *refusalError) Error() string { return r.description }

// badRequest returns a refusal with code 400.
func badRequest(format string, args ...any) error {
	return &refusalError{code: http.StatusBadRequest, description: "Bad Request: " + fmt.Sprintf(format, args...)}
}

// ServeHTTP answers one call of the bot's.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	switch {
	case !ok || !strings.HasPrefix(r.URL.Path, "/bot"):
		reply(w, nil, &refusalError{code: http.StatusNotFound, description: "Not Found"})
		return
	case token != s.token:
		reply(w, nil, &refusalError{code: http.StatusUnauthorized, description: "Unauthorized"})
		return
	}
	p, err := readParams(w, r)
	if err != nil {
		reply(w, nil, err)
		return
	}
	fault := s.record(name, p)
	if fault.before(w, r) {
		return
	}
	result, err := s.call(context.WithValue(r.Context(), faultKey{}, fault), name, p)
	s.mu.Lock()
	s.notify()
	s.mu.Unlock()
	if fault.after(w) {
		return
	}
	reply(w, result, err)
}

// record notes a call and returns the fault that it meets.
func (s *Server) record(name string, p params) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) == keptCalls {
		s.calls = append(s.calls[:0], s.calls[keptCalls/2:]...)
	}
	s.calls = append(s.calls, Call{Method: name, Params: p.values})
	s.notify()
	return s.meet(name, p)
}

// call carries out a method.
func (s *Server) call(ctx context.Context, name string, p params) (any, error) {
	do, ok := s.methods[strings.ToLower(name)]
	if !ok {
		return nil, &refusalError{code: http.StatusNotFound, description: "Not Found: method not found"}
	}
	return do(s, ctx, p)
}

// reply writes an answer in Telegram's envelope.
func reply(w http.ResponseWriter, result any, err error) {
	status, body := http.StatusOK, map[string]any{"ok": true, "result": result}
	var no *refusalError
	if errors.As(err, &no) {
		status = no.code
		body = map[string]any{"ok": false, "error_code": no.code, "description": no.description}
		switch {
		case no.retryAfter > 0:
			body["parameters"] = map[string]int{"retry_after": no.retryAfter}
		case no.migrateTo != 0:
			body["parameters"] = map[string]int64{"migrate_to_chat_id": no.migrateTo}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that is gone needs no answer
}
