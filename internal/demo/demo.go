// Package demo is what `gatehouse serve --demo` adds: a small blog, and the
// phone on which its moderator taps, side by side. [New] makes it, and
// [Demo.Handler] and [Demo.Run] are all that is wired.
//
// The blog is a blog like any other: it hands each comment in at gatehouse's
// signed door, and shows what the answer and the later decisions say. The phone
// is the face of a [telegramtest.Server]. The package judges nothing and knows
// nothing of gatehouse's database.
package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// Config is what the demo is given. Site, GateURL, Sign and Verify are required.
type Config struct {
	Site    string // the site's name at gatehouse
	GateURL string // where gatehouse listens, as http://host:port

	// Sign returns the headers of Standard Webhooks for a message to gatehouse.
	Sign func(id string, at time.Time, body []byte) (http.Header, error)
	// Verify refuses a message that gatehouse did not sign.
	Verify func(h http.Header, body []byte) error

	Phone     *telegramtest.Server // nil: cards go to real Telegram
	Chat      int64                // the chat that the phone shows
	Moderator telegramtest.User    // who holds it
	Notice    func() string        // what the phone's page says where Phone is nil

	File   string           // where the blog keeps its comments; empty: in memory
	Log    *slog.Logger     // nil: slog.Default
	Now    moderation.Clock // nil: time.Now
	Client *http.Client     // nil: one that waits ten seconds for an answer
}

// Demo is the blog and the phone. It is safe for concurrent use.
type Demo struct {
	cfg     Config
	content content
	pages   *template.Template
	book    *book
	gate    *gate
	pace    pace
	ended   chan struct{} // closed when Run ends: pages stop listening
	handler http.Handler
}

// New returns a demo, with the comments that its file keeps. A file that is
// there and can't be read is an error.
func New(cfg Config) (*Demo, error) {
	if cfg.Site == "" || cfg.GateURL == "" || cfg.Sign == nil || cfg.Verify == nil {
		return nil, errors.New("make demo: site, address, signing and verifying are required")
	}
	cfg.Log = cmp.Or(cfg.Log, slog.Default())
	cfg.Client = cmp.Or(cfg.Client, &http.Client{Timeout: 10 * time.Second})
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Notice == nil {
		cfg.Notice = func() string { return "" }
	}
	c, err := loadContent()
	if err != nil {
		return nil, err
	}
	pages, err := template.ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the demo's templates: %w", err)
	}
	b, err := openBook(cfg.File, func() ledger { return c.first(cfg.Now()) })
	if err != nil {
		return nil, err
	}
	d := &Demo{cfg: cfg, content: c, pages: pages, book: b, ended: make(chan struct{})}
	d.pace.limit, d.pace.now = postsPerMinute, cfg.Now
	d.gate = &gate{cfg: cfg, book: b, titles: c.titles(), wake: make(chan struct{}, 1),
		waits: make(map[string]wait), busy: make(map[string]bool)}
	d.handler = d.routes()
	return d, nil
}

// Handler serves everything below /demo; mount it at /demo and at /demo/.
func (d *Demo) Handler() http.Handler { return d.handler }

// Run hands in what gatehouse has not answered for, again and again, until ctx
// ends; then it lets go of the pages that listen for changes. It is to be called
// once, when gatehouse listens.
func (d *Demo) Run(ctx context.Context) error {
	defer close(d.ended)
	return d.gate.run(ctx)
}

// routes is the table of the demo's addresses.
func (d *Demo) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /demo", d.showBoth)
	mux.Handle("GET /demo/{$}", http.RedirectHandler("/demo", http.StatusMovedPermanently))
	mux.HandleFunc("GET /demo/assets/{name}", showAsset)

	mux.HandleFunc("GET /demo/blog", d.showFront)
	mux.Handle("GET /demo/blog/{$}", http.RedirectHandler("/demo/blog", http.StatusMovedPermanently))
	mux.HandleFunc("GET /demo/blog/posts/{slug}", d.showPost)
	mux.HandleFunc("POST /demo/blog/posts/{slug}", d.addComment)
	mux.HandleFunc("GET /demo/blog/events", d.tellBlog)
	mux.HandleFunc("POST /demo/blog/decisions", d.takeDecision)

	mux.HandleFunc("GET /demo/phone", d.showPhone)
	mux.HandleFunc("GET /demo/phone/events", d.tellPhone)
	mux.HandleFunc("GET /demo/phone/files/{message}/{file}", d.showFile)
	mux.HandleFunc("POST /demo/phone/press", d.press)
	mux.HandleFunc("POST /demo/phone/say", d.say)
	mux.HandleFunc("/demo/", d.notFound)
	return guard(mux)
}
