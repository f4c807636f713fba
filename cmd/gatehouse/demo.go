package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/demo"
	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
)

// The inhabitants of the demo.
const (
	demoSite = "demo"
	demoBot  = "1000001" // the number before the colon of its token
	demoChat = 4001      // a private chat has its person's number
)

// serveDemo runs the service with a small blog and, unless there is a real
// Telegram token, a pretend Telegram.
func serveDemo(a *app, c config, keep bool) error {
	listener, err := listenLoopback(a.ctx, c.Listen)
	if err != nil {
		return err
	}
	if !keep {
		folder, err := os.MkdirTemp("", "gatehouse-demo-")
		if err != nil {
			return errors.Join(fmt.Errorf("make data folder: %w", err), listener.Close())
		}
		defer os.RemoveAll(folder) //nolint:errcheck // the system empties its folder of temporary files
		c.Data = folder
	}
	var phone *telegramtest.Server
	moderator := telegramtest.User{ID: demoChat, FirstName: "You"}
	if c.Telegram.BotToken == "" {
		// Whoever knows the token can speak for the bot, and other pages in this
		// browser can call this address.
		token := demoBot + ":" + rand.Text()
		phone = telegramtest.New(token)
		phone.AddUser(moderator)
		phone.AddChat(telegramtest.Chat{ID: demoChat, Type: "private"}, moderator.ID)
		c.Telegram = telegramConfig{BotToken: token, APIURL: "http://" + listener.Addr().String() + "/demo/telegram",
			ChatID: strconv.FormatInt(demoChat, 10), Moderators: []string{strconv.FormatInt(moderator.ID, 10)}, PerSecond: -1}
	}
	own := listener.Addr().(*net.TCPAddr).AddrPort()
	onlyOwn := func(target netip.AddrPort) bool { return target == own }
	return withGate(a, c, onlyOwn, func(g *gate) error {
		return runDemo(a, c, g, listener, phone, moderator, keep)
	})
}

func runDemo(a *app, c config, g *gate, listener net.Listener, phone *telegramtest.Server, moderator telegramtest.User, keep bool) error {
	site, err := demoBlog(a.ctx, g.db, "http://"+listener.Addr().String()+"/demo/blog/decisions")
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if phone != nil {
		// The phone of an earlier run is gone, with the cards that it showed.
		if err := g.db.DropCards(a.ctx, demoChat); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	d, err := demo.New(demo.Config{
		Site: site.Name, GateURL: "http://" + listener.Addr().String(),
		Sign: func(id string, at time.Time, body []byte) (http.Header, error) {
			return platform.Sign(site.Secrets, id, at, body)
		},
		Verify: func(h http.Header, body []byte) error {
			_, err := platform.Verify(site.Secrets, h, body, a.now())
			return err
		},
		Phone: phone, Chat: demoChat, Moderator: moderator, Notice: func() string { return telegramNotice(g) },
		File: filepath.Join(c.Data, "demo-blog.json"), Log: g.log, Now: a.now, Client: &http.Client{Timeout: 10 * time.Second},
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	g.server.Mount("/demo", d.Handler())
	g.server.Mount("/demo/", d.Handler())
	if phone != nil {
		g.server.Mount("/demo/telegram/", endWith(a.ctx, http.StripPrefix("/demo/telegram", phone)))
	}
	g.server.Mount("GET /{$}", http.RedirectHandler("/demo", http.StatusFound))
	welcome(a, c, g, listener.Addr(), phone == nil, keep)
	ctx, stop := context.WithCancel(a.ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	err = g.Run(a.ctx, listener)
	stop()
	return errors.Join(err, <-ended)
}

// demoBlog makes the demo's site, or finds the one of an earlier run, and
// points its callback at this run. A folder with real blogs is refused: whoever
// opens the demo could read and decide their comments.
func demoBlog(ctx context.Context, db *store.DB, callback string) (moderation.Site, error) {
	sites, err := db.Sites(ctx)
	if err != nil {
		return moderation.Site{}, err
	}
	for _, s := range sites {
		if s.Name != demoSite {
			return moderation.Site{}, usagef("the data folder holds a real blog, %q: give the demo a folder of its own, or none", s.Name)
		}
	}
	site, err := db.Site(ctx, demoSite)
	if errors.Is(err, moderation.ErrNotFound) {
		return db.AddSite(ctx, moderation.Site{Name: demoSite, Platform: "webhook", Callback: callback, Mode: moderation.ModeNormal})
	}
	if err != nil {
		return site, err
	}
	site.Callback = callback
	return site, db.UpdateSite(ctx, site)
}

// welcome says where to look.
func welcome(a *app, c config, g *gate, address net.Addr, realTelegram, keep bool) {
	fmt.Fprintf(a.stderr, "gatehouse demo: a small blog, and the phone of the one who moderates it\n\n")
	fmt.Fprintf(a.stderr, "  side by side  http://%s/demo\n  the blog      http://%s/demo/blog\n  the phone     http://%s/demo/phone\n\n", address, address, address)
	if realTelegram {
		fmt.Fprintf(a.stderr, "%s\n", telegramNotice(g))
	}
	if keep {
		fmt.Fprintf(a.stderr, "Data stays in %s. Ctrl-C ends the demo.\n", c.Data)
		return
	}
	fmt.Fprintf(a.stderr, "Write a comment; what is held is one tap on the phone. Ctrl-C ends the demo and removes its data; --data DIR keeps it.\n")
}

// listenLoopback refuses every address but loopback's: the demo lets whoever
// opens it tap as the moderator.
func listenLoopback(ctx context.Context, address string) (net.Listener, error) {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, usagef("listen on %s: %w; write --listen ADDRESS:PORT", address, err)
	}
	if !resolved.IP.IsLoopback() {
		return nil, usagef("listen on %s: the demo listens on loopback only, for whoever opens it can moderate; use 127.0.0.1:PORT", address)
	}
	return listen(ctx, resolved.String())
}

// endWith ends h's requests when ctx ends: the bot's long poll would outlast the
// time that requests in hand have to finish.
func endWith(ctx context.Context, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		h.ServeHTTP(w, r.WithContext(request))
	})
}
