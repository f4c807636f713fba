package demo

import (
	"cmp"
	"fmt"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/moderation"
)

// What the form takes. Lengths are in characters, maxForm in bytes.
const (
	maxName        = 80
	maxEmail       = 254
	maxText        = 5000
	maxForm        = 64 << 10
	maxComments    = 1000
	postsPerMinute = 30
)

// form is the comment form: what was typed, and what is wrong with it.
type form struct {
	Slug    string
	Parent  string // the comment to be answered
	ReplyTo string // who wrote that one
	Name    string
	Email   string
	Text    string
	Website string // for people, a hidden field
	Opened  int64  // when the form was shown, in milliseconds since 1970

	NameError  string
	EmailError string
	TextError  string
	Error      string // what is wrong with none of the fields
	Notice     string // what became of the comment that was sent
	Posted     string // its id

	Examples []example
	MaxName  int
	MaxText  int
}

// newForm returns an empty form below the article called slug.
func (d *Demo) newForm(slug string) form {
	return form{Slug: slug, Opened: d.cfg.Now().UnixMilli(), Examples: d.content.Examples, MaxName: maxName, MaxText: maxText}
}

// readForm returns what was typed, tidied; r.Form has been parsed.
func (d *Demo) readForm(r *http.Request, slug string) form {
	f := d.newForm(slug)
	f.Parent = r.PostFormValue("parent")
	f.Name = strings.Join(strings.Fields(printable(r.PostFormValue("name"))), " ")
	f.Email = strings.TrimSpace(printable(r.PostFormValue("email")))
	f.Text = strings.TrimSpace(printable(strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n")))
	f.Website = r.PostFormValue("website")
	if opened, err := strconv.ParseInt(r.PostFormValue("opened"), 10, 64); err == nil {
		f.Opened = opened
	}
	return f
}

// printable returns s without what can't be shown: control characters other than
// tabs and ends of lines, and bytes that are not UTF-8.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// check says beside each field what is wrong with it, and whether all is well.
func (f *form) check() bool {
	switch n := utf8.RuneCountInString(f.Name); {
	case n == 0:
		f.NameError = "Please write a name. Any name will do."
	case n > maxName:
		f.NameError = fmt.Sprintf("A name has at most %d characters, and this one has %d.", maxName, n)
	}
	if f.Email != "" {
		if a, err := mail.ParseAddress(f.Email); err != nil || a.Address != f.Email || len(f.Email) > maxEmail {
			f.EmailError = "This is not an e-mail address. You may leave it empty."
		}
	}
	switch n := utf8.RuneCountInString(f.Text); {
	case n == 0:
		f.TextError = "There is no comment yet. Please write one."
	case n > maxText:
		f.TextError = fmt.Sprintf("A comment has at most %d characters, and this one has %d.", maxText, n)
	}
	return f.NameError+f.EmailError+f.TextError == ""
}

// answer names in the form whom it answers, and says whether that comment can
// be answered.
func (f *form) answer(l ledger) bool {
	if f.Parent == "" {
		return true
	}
	i := l.find(f.Parent)
	if i < 0 || l.Comments[i].Post != f.Slug || l.Comments[i].State != published {
		f.Parent = ""
		return false
	}
	f.ReplyTo = l.Comments[i].Author
	return true
}

// comment returns what the form says as a comment that waits.
func (f *form) comment(now time.Time, writer, address, agent string) comment {
	elapsed := max(now.UnixMilli()-cmp.Or(f.Opened, now.UnixMilli()), 0)
	return comment{ID: newID(), Post: f.Slug, Parent: f.Parent, Author: f.Name, Text: f.Text, At: now, State: waiting,
		Writer: writer, Sender: &sender{Email: f.Email, Address: address, Agent: agent, Honeypot: f.Website, ElapsedMS: elapsed}}
}

// pace says how often comments may be posted, all writers together.
type pace struct {
	limit int // per minute
	now   moderation.Clock

	mu    sync.Mutex
	since time.Time
	count int
}

// allows counts a comment in, or says that there were too many.
func (p *pace) allows() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); now.Sub(p.since) >= time.Minute {
		p.since, p.count = now, 0
	}
	p.count++
	return p.count <= p.limit
}
