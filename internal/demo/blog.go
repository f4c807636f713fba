package demo

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// writerCookie tells the blog which comments a browser wrote.
const writerCookie = "gatehouse_demo_writer"

// submitPatience is how long a writer waits for gatehouse's answer before the
// page says that the comment is awaiting moderation.
const submitPatience = 5 * time.Second

// errFull is returned when the blog keeps as many comments as it can.
var errFull = errors.New("the demo's blog is full")

// frontPage is the list of articles.
type frontPage struct {
	Posts []postLine
}

// postLine is one article in the list.
type postLine struct {
	post
	When     string
	Comments string
}

// postPage is one article with what was written below it.
type postPage struct {
	post
	When   string
	Thread thread
	Form   form
}

// showFront shows the list of articles, or with ?part only what changes on it.
func (d *Demo) showFront(w http.ResponseWriter, r *http.Request) {
	l := d.book.read()
	var page frontPage
	for _, p := range d.content.Posts {
		t := threadFor(l, p.Slug, "", d.cfg.Now())
		page.Posts = append(page.Posts, postLine{post: p, When: d.postDate(l, p), Comments: t.Heading})
	}
	name := "front.html"
	if r.URL.Query().Has("part") {
		name = "posts"
	}
	d.show(w, http.StatusOK, name, page)
}

// showPost shows an article. ?reply names the comment that the form answers,
// ?try the example that fills it, ?posted the comment that was just sent; with
// ?part only the comments are shown.
func (d *Demo) showPost(w http.ResponseWriter, r *http.Request) {
	p, ok := d.content.post(r.PathValue("slug"))
	if !ok {
		d.notFound(w, r)
		return
	}
	l, query := d.book.read(), r.URL.Query()
	if query.Has("part") {
		d.show(w, http.StatusOK, "thread", threadFor(l, p.Slug, writerOf(r), d.cfg.Now()))
		return
	}
	f := d.newForm(p.Slug)
	f.Parent = query.Get("reply")
	f.answer(l)
	e := d.content.example(query.Get("try"))
	f.Name, f.Text = e.Author, e.Text
	if i := l.find(query.Get("posted")); i >= 0 && l.Comments[i].Writer == writerOf(r) && l.Comments[i].Writer != "" {
		f.Posted, f.Notice = l.Comments[i].ID, noticeOf(l.Comments[i])
	}
	d.showPostWith(w, r, http.StatusOK, p, f)
}

// showPostWith shows an article with a form that has something to say.
func (d *Demo) showPostWith(w http.ResponseWriter, r *http.Request, status int, p post, f form) {
	l := d.book.read()
	d.show(w, status, "post.html", postPage{post: p, When: d.postDate(l, p), Form: f,
		Thread: threadFor(l, p.Slug, writerOf(r), d.cfg.Now())})
}

// addComment takes the comment form.
func (d *Demo) addComment(w http.ResponseWriter, r *http.Request) {
	p, ok := d.content.post(r.PathValue("slug"))
	if !ok {
		d.notFound(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		f := d.newForm(p.Slug)
		f.Error = "This is more than the form takes. Please write something shorter."
		d.showPostWith(w, r, http.StatusRequestEntityTooLarge, p, f)
		return
	}
	f := d.readForm(r, p.Slug)
	if status := d.refusal(&f); status != 0 {
		d.showPostWith(w, r, status, p, f)
		return
	}
	c := f.comment(d.cfg.Now(), d.rememberWriter(w, r), addressOf(r), r.UserAgent())
	if err := d.post(r.Context(), c); err != nil {
		f.Error = "Your comment could not be kept. Please try again in a moment."
		status := http.StatusInternalServerError
		if errors.Is(err, errFull) {
			f.Error = "This demo keeps 1,000 comments and is full. Start it again to begin anew."
			status = http.StatusServiceUnavailable
		} else {
			d.cfg.Log.Error("comment not kept", "site", d.cfg.Site, "err", err)
		}
		d.showPostWith(w, r, status, p, f)
		return
	}
	http.Redirect(w, r, "/demo/blog/posts/"+p.Slug+"?posted="+url.QueryEscape(c.ID)+"#"+c.ID, http.StatusSeeOther)
}

// refusal says in the form why it can't be taken, and returns the status for
// it, or 0.
func (d *Demo) refusal(f *form) int {
	if !f.answer(d.book.read()) {
		f.Error = "The comment that you answer is no longer there. Send yours again, and it stands by itself."
		return http.StatusConflict
	}
	if !f.check() {
		return http.StatusUnprocessableEntity
	}
	if !d.pace.allows() {
		f.Error = "Too many comments in one minute. Please wait a little and send yours again."
		return http.StatusTooManyRequests
	}
	return 0
}

// post keeps c and hands it in. A comment that is kept but could not be handed
// in is no error: it waits.
func (d *Demo) post(ctx context.Context, c comment) error {
	d.gate.claim(c.ID)
	err := d.book.change(func(l *ledger) error {
		if len(l.Comments) >= maxComments {
			return errFull
		}
		l.Comments = append(l.Comments, c)
		return nil
	})
	if err != nil {
		d.gate.release(c.ID)
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), submitPatience) // also for a reader who leaves
	defer cancel()
	if err := d.gate.handIn(ctx, c.ID); err != nil {
		d.cfg.Log.Warn("comment not handed in yet", "site", d.cfg.Site, "comment", c.ID, "err", err)
		d.gate.hurry()
	}
	return nil
}

// noticeOf returns what a writer is told who has just sent c.
func noticeOf(c comment) string {
	switch c.State {
	case published:
		return "Your comment is published. Thank you."
	case refused:
		return "Your comment was not published."
	default:
		return "Thank you. Your comment is awaiting moderation."
	}
}

// postDate returns when an article was published.
func (d *Demo) postDate(l ledger, p post) string {
	now := d.cfg.Now()
	return l.Since.Add(-time.Duration(p.Age)).In(now.Location()).Format("Monday 2 January")
}

// writerOf returns who a request's browser is to the blog; empty: nobody yet.
func writerOf(r *http.Request) string {
	c, err := r.Cookie(writerCookie)
	if err != nil || c.Value == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(c.Value))
	return hex.EncodeToString(sum[:])
}

// rememberWriter gives the browser its cookie, if it has none, and returns who
// it is to the blog.
func (d *Demo) rememberWriter(w http.ResponseWriter, r *http.Request) string {
	if known := writerOf(r); known != "" {
		return known
	}
	c := &http.Cookie{Name: writerCookie, Value: rand.Text(), Path: "/demo/blog", MaxAge: 30 * 24 * 60 * 60,
		HttpOnly: true, SameSite: http.SameSiteLaxMode}
	http.SetCookie(w, c)
	sum := sha256.Sum256([]byte(c.Value))
	return hex.EncodeToString(sum[:])
}

// addressOf returns the address from which a request came.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}
