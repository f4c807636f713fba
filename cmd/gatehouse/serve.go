package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
)

// defaultSite is the blog that is there from the first start on.
const defaultSite = "default"

// serveCmd runs the service.
type serveCmd struct {
	databaseFlags
	Listen string `placeholder:"ADDRESS" help:"Address and port to listen on (127.0.0.1:8080)."`
	Demo   bool   `help:"Add a small blog and a moderator's phone, at /demo. Nothing leaves this machine, unless TELEGRAM_BOT_TOKEN is set."`
}

// Run serves until the process is told to stop.
func (c *serveCmd) Run(a *app) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	if c.Listen != "" {
		conf.Listen = c.Listen
	}
	if c.Demo {
		return serveDemo(a, conf, c.Data != "")
	}
	listener, err := listen(a.ctx, conf.Listen)
	if err != nil {
		return err
	}
	return withGate(a, conf, mayCall(conf), func(g *gate) error {
		if err := ensureSite(a.ctx, g.db); err != nil {
			return errors.Join(err, listener.Close())
		}
		if conf.LogFormat == logJSON {
			g.log.Info("service starts", "address", "http://"+listener.Addr().String(), "data", conf.Data, "telegram", telegramNotice(g))
		} else {
			fmt.Fprintf(a.stderr, "gatehouse listens on http://%s, data in %s\n", listener.Addr(), conf.Data)
			announce(a, g)
		}
		return g.Run(a.ctx, listener)
	})
}

// withGate locks the data folder, opens the database, wires the service and
// does f to it.
func withGate(a *app, c config, mayCall func(netip.AddrPort) bool, f func(*gate) error) error {
	level, err := c.level()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	release, err := store.Lock(c.Data)
	if err != nil {
		return err
	}
	defer release() //nolint:errcheck // the end of the process releases it too
	upgrade := c.Backup.upgrade(a)
	upgrade.Locked = true
	db, err := store.Create(a.ctx, c.Data, a.now, upgrade)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	limits, err := c.Queue.limits()
	if err != nil {
		return err
	}
	db.Bound(limits)
	if c.Database.CommitEach {
		db.CommitEach()
	} else if err := db.SyncApart(a.ctx); err != nil {
		return err
	}
	g, err := newGate(a, c, db, mayCall, a.logger(c.LogFormat, level))
	if err != nil {
		return err
	}
	end, err := g.serveMetrics(a.ctx, c)
	if err != nil {
		return err
	}
	defer end()
	return f(g)
}

// mayCall says where callbacks may go.
func mayCall(c config) func(netip.AddrPort) bool {
	return func(target netip.AddrPort) bool { return c.Callbacks.AllowPrivate || platform.Public(target) }
}

// ensureSite makes the default site where there is none at all.
func ensureSite(ctx context.Context, db *store.DB) error {
	sites, err := db.Sites(ctx)
	if err != nil || len(sites) > 0 {
		return err
	}
	_, err = db.AddSite(ctx, moderation.Site{Name: defaultSite, Platform: "webhook", Mode: moderation.ModeNormal})
	return err
}

// announce says which blogs there are and where cards go.
func announce(a *app, g *gate) {
	if sites, err := g.db.Sites(a.ctx); err == nil {
		names := make([]string, 0, len(sites))
		for _, s := range sites {
			names = append(names, s.Name)
		}
		fmt.Fprintf(a.stderr, "  blogs: %s (gatehouse sites show NAME tells how to connect one)\n", strings.Join(names, ", "))
	}
	fmt.Fprintf(a.stderr, "  %s\n", telegramNotice(g))
}

// telegramNotice says in a line where cards go.
func telegramNotice(g *gate) string {
	switch {
	case g.bot == nil:
		return "Telegram: off, for there is no TELEGRAM_BOT_TOKEN; what is held waits in: gatehouse queue"
	case g.bot.PairingCode() != "":
		return "Telegram: send  /pair " + g.bot.PairingCode() + "  to the bot in the chat that is to get the cards; whoever sends it is the first moderator"
	}
	return "Telegram: cards go to the moderators' chat"
}

// listen opens the port before anything else is touched.
func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: another program has this port (a gatehouse, perhaps?); choose another with --listen 127.0.0.1:PORT", address)
	}
	if err != nil {
		return nil, usagef("listen on %s: %w; write --listen ADDRESS:PORT", address, err)
	}
	return listener, nil
}
