package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/bot/telegramtest"
)

// answerPatience is how long a tap waits for the bot's answer, and replyPatience
// how long a page without script waits for the reply to what was said.
const (
	answerPatience = 5 * time.Second
	replyPatience  = 1500 * time.Millisecond
)

// maxSaid is the longest message of a moderator, in characters, as in Telegram.
const maxSaid = 4096

// phonePage is the chat between the moderator and the bot.
type phonePage struct {
	Title    string
	Items    []chatItem
	Empty    string // said where there is no message
	Toast    string
	Answered *chatItem // what the next message is to answer; nil: nothing
	Commands []telegramtest.Command
}

// chatItem is a message, or the day on which the next ones were sent.
type chatItem struct {
	ID      string
	Day     string // set: only a day
	Number  int
	Out     bool // the moderator's
	From    string
	Gist    string // the message in a line
	Answers int    // the message that it answers
	Quote   string // the gist of that; empty: it answers nothing
	Body    template.HTML
	Photo   *attachment // nil: none
	File    *attachment // nil: none
	Rows    [][]telegramtest.Button
	At      time.Time
	Clock   string
	Edited  bool
	Decided bool
	Version string
}

// tapAnswer is what the phone's script is told after a tap or a message.
type tapAnswer struct {
	Text  string `json:"text"`
	Alert bool   `json:"alert"`
}

// showPhone shows the chat; with ?part messages and menu only, with ?tap the
// answer to that tap, and with ?reply a form that answers that message.
func (d *Demo) showPhone(w http.ResponseWriter, r *http.Request) {
	if d.cfg.Phone == nil {
		d.show(w, http.StatusOK, "real.html", d.cfg.Notice())
		return
	}
	page := d.chat()
	if r.URL.Query().Has("part") {
		d.show(w, http.StatusOK, "part", page)
		return
	}
	if m, ok := d.message(r.URL.Query().Get("reply")); ok {
		item := chatItemOf(m, m.Date)
		page.Answered = &item
	}
	if tap := r.URL.Query().Get("tap"); tap != "" {
		page.Toast, _, _ = d.cfg.Phone.Answer(tap)
	}
	d.show(w, http.StatusOK, "phone.html", page)
}

// chat returns the chat as it is.
func (d *Demo) chat() phonePage {
	page := phonePage{Title: "Gatehouse", Commands: d.cfg.Phone.CommandsFor(d.cfg.Chat, d.cfg.Moderator.ID),
		Empty: "Nothing waits. Write something rude on the blog, and it turns up here."}
	messages := d.cfg.Phone.Messages(d.cfg.Chat)
	gists := make(map[int]string, len(messages))
	now, day := d.cfg.Now(), ""
	for _, m := range messages {
		if m.Deleted {
			continue
		}
		at := m.Date.In(now.Location())
		if today := at.Format("2006-01-02"); today != day {
			day = today
			page.Items = append(page.Items, chatItem{ID: "day-" + day, Day: dayName(at, now)})
		}
		if m.From.IsBot {
			page.Title = m.From.FirstName
		}
		item := chatItemOf(m, at)
		item.Answers, item.Quote, gists[m.ID] = m.ReplyTo, gists[m.ReplyTo], item.Gist
		page.Items = append(page.Items, item)
	}
	return page
}

// chatItemOf returns m as the phone shows it.
func chatItemOf(m telegramtest.Message, at time.Time) chatItem {
	look := fnv.New64a()
	fmt.Fprint(look, m.HTML, m.Buttons, m.Edited)
	item := chatItem{
		ID: "m" + strconv.Itoa(m.ID), Number: m.ID, Out: !m.From.IsBot, At: at, Clock: at.Format("15:04"),
		From: m.From.FirstName, Gist: gistOf(m), Photo: attachmentOf(m, m.Photo), File: attachmentOf(m, m.Document),
		Body:   template.HTML(m.HTML), //nolint:gosec // the server escaped all but Telegram's tags
		Edited: m.Edited, Rows: m.Buttons,
	}
	for _, a := range []*attachment{item.Photo, item.File} {
		if a != nil {
			fmt.Fprint(look, a.URL)
		}
	}
	item.Version = strconv.FormatUint(look.Sum64(), 36)
	for _, row := range m.Buttons {
		for _, b := range row {
			item.Decided = item.Decided || strings.Contains(b.Text, "Undo")
		}
	}
	return item
}

// gistOf returns a message in a line, as an answer to it quotes it.
func gistOf(m telegramtest.Message) string {
	switch {
	case m.Text != "":
		return firstLine(m.Text)
	case m.Photo != nil:
		return "Picture"
	case m.Document != nil:
		return m.Document.Name
	}
	return ""
}

// maxGist is the longest gist, in characters.
const maxGist = 120

// firstLine returns the start of a text.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if all := []rune(line); len(all) > maxGist {
		return string(all[:maxGist]) + "…"
	}
	return line
}

// dayName returns the day of at as the phone shows it.
func dayName(at, now time.Time) string {
	word, _, _ := strings.Cut(when(at, now), ",")
	return strings.ToUpper(word[:1]) + word[1:]
}

// tellPhone tells the phone's page whenever something in its chat changed.
func (d *Demo) tellPhone(w http.ResponseWriter, r *http.Request) {
	if d.cfg.Phone == nil {
		d.notFound(w, r)
		return
	}
	d.tell(w, r, d.cfg.Phone.Changed)
}

// press taps a button: the fields message and data say which.
func (d *Demo) press(w http.ResponseWriter, r *http.Request) {
	if !d.readPhoneForm(w, r) {
		return
	}
	message, err := strconv.Atoi(r.PostFormValue("message"))
	data := r.PostFormValue("data")
	if err != nil || data == "" {
		http.Error(w, "which button was tapped is missing", http.StatusBadRequest)
		return
	}
	query, err := d.cfg.Phone.PressData(d.cfg.Chat, message, data, d.cfg.Moderator.ID)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerPatience)
	defer cancel()
	var answer tapAnswer
	err = d.cfg.Phone.Until(ctx, func() (done bool) {
		answer.Text, answer.Alert, done = d.cfg.Phone.Answer(query)
		return done
	})
	if err != nil {
		answer.Text = "gatehouse has not answered yet"
	}
	d.answerPhone(w, r, answer, "?tap="+url.QueryEscape(query))
}

// say sends what the moderator typed, or a command of the menu; the field reply
// says which message it answers, if one.
func (d *Demo) say(w http.ResponseWriter, r *http.Request) {
	if !d.readPhoneForm(w, r) {
		return
	}
	text := strings.TrimSpace(printable(cmp.Or(r.PostFormValue("command"), r.PostFormValue("text"))))
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		d.answerPhone(w, r, tapAnswer{}, "")
		return
	case n > maxSaid:
		http.Error(w, fmt.Sprintf("a message has at most %d characters", maxSaid), http.StatusRequestEntityTooLarge)
		return
	}
	answered, _ := d.message(r.PostFormValue("reply"))
	said := d.cfg.Phone.SayInReply(d.cfg.Chat, d.cfg.Moderator.ID, answered.ID, text)
	if said == 0 {
		http.Error(w, "the phone is in no chat with the bot", http.StatusInternalServerError)
		return
	}
	if !wantsJSON(r) { // the page is not renewed by itself: let it have the reply
		ctx, cancel := context.WithTimeout(r.Context(), replyPatience)
		defer cancel()
		_ = d.cfg.Phone.Until(ctx, func() bool { // no reply is no error
			all := d.cfg.Phone.Messages(d.cfg.Chat)
			return len(all) > 0 && all[len(all)-1].ID > said
		})
	}
	d.answerPhone(w, r, tapAnswer{}, "")
}

// readPhoneForm reads the form of a phone that is there, or answers itself.
func (d *Demo) readPhoneForm(w http.ResponseWriter, r *http.Request) bool {
	if d.cfg.Phone == nil {
		d.notFound(w, r)
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "this is more than the phone takes", http.StatusRequestEntityTooLarge)
		return false
	}
	return true
}

// answerPhone tells a script what came of a tap, and sends a page without one
// back to the chat.
func (d *Demo) answerPhone(w http.ResponseWriter, r *http.Request, answer tapAnswer, query string) {
	if !wantsJSON(r) {
		http.Redirect(w, r, "/demo/phone"+query, http.StatusSeeOther)
		return
	}
	body, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // the reader may have gone
}

// wantsJSON says whether a request is a script's.
func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}
