package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"gatehouse/bot"
	"gatehouse/classifier"
	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
	"gatehouse/internal/web"
	"gatehouse/rules"
	"gatehouse/training"
)

const (
	watchEvery   = 500 * time.Millisecond // how soon another process's writes are noticed
	shutdownTime = 10 * time.Second       // for the requests and deliveries in hand
	farewellTime = 3 * time.Second        // and then for all that goes on beside them
	pruneEvery   = time.Hour
	wordsEvery   = time.Minute // how soon what their damage took is made anew
	// messagesKept is longer than any retry: three days, and a margin.
	messagesKept  = 7 * 24 * time.Hour
	callbackWidth = 4 // calls at a time to one site
	// So many comments are in hand at a time, as share a commit; as many of a site and
	// in all wait at the door, and for so long at most.
	submissionsInside, submissionsWaiting, submissionsInAll = 64, 1024, 2048
	submissionsPatience                                     = 2 * time.Second

	cardWidth = 4 // cases at a time whose cards follow; the bot keeps each chat's pace
)

// gate is the service, wired.
type gate struct {
	db       *store.DB
	service  *moderation.Service
	learner  *moderation.Learner
	adopter  *moderation.Adopter
	personas *moderation.PersonaFollower
	runner   *moderation.Runner
	purger   *moderation.Purger
	poller   *platform.Poller
	bot      *bot.Bot // nil: no Telegram
	rules    *rules.Live
	secrets  telegramConfig // where the bot's secrets come from
	server   *web.Server
	ready    *web.Probe
	gauges   *gauges
	bell     *moderation.Bell
	now      moderation.Clock
	log      *slog.Logger
}

// newGate wires the service on an open database. Callbacks go only where
// mayCall says so.
func newGate(a *app, c config, db *store.DB, mayCall func(netip.AddrPort) bool, log *slog.Logger) (*gate, error) {
	live, err := rules.Open(c.Rules)
	if err != nil {
		return nil, err
	}
	j, err := judgesWith(live)
	if err != nil {
		return nil, err
	}
	g := &gate{db: db, bell: &moderation.Bell{}, rules: live, secrets: c.Telegram, now: a.now, log: log}
	g.service = &moderation.Service{Ledger: db, Records: db, Blogs: db, Archive: db, History: db, Personas: db, Marks: db, Traces: db, Dial: db, Raids: db, Crowds: db, Scribe: db,
		Checkers: j.checkers(), Bell: g.bell, Now: a.now, Log: log,
		Turnstile: &moderation.Turnstile{Inside: submissionsInside, Waiting: submissionsWaiting, InAll: submissionsInAll, Patience: submissionsPatience}}
	g.learner = &moderation.Learner{Lessons: db, Snapshots: db, Student: j.model, Log: log}
	g.adopter = &moderation.Adopter{Versions: db, Adopt: j.adopt, Log: log}
	g.personas = &moderation.PersonaFollower{Samples: db, Portraitist: j.personas, Now: a.now, Log: log}
	times, err := c.Retention.times()
	if err != nil {
		return nil, usageError{err}
	}
	g.purger = &moderation.Purger{Store: db, Times: db, Featurer: j.model, Retention: times, Now: a.now, Log: log, Pause: sleep}
	teller := newTeller(a, mayCall, db)
	perSecond, err := c.Callbacks.perSecond()
	if err != nil {
		return nil, err
	}
	routes := map[string]moderation.Route{moderation.DeliverCallback: {Sender: teller, Width: callbackWidth, PerSecond: perSecond}}
	g.usePolled(c, teller, mayCall)
	if c.Telegram.BotToken != "" {
		if g.bot, err = newBot(a, c, g, db, log); err != nil {
			return nil, err
		}
		routes[moderation.DeliverCard] = moderation.Route{Sender: g.bot, Width: cardWidth}
		routes[moderation.DeliverMode] = moderation.Route{Sender: g.bot, Width: cardWidth}
		routes[moderation.DeliverErased] = moderation.Route{Sender: g.bot, Width: cardWidth}
	}
	g.runner = &moderation.Runner{Outbox: db, Routes: routes, Now: a.now, Log: log, Grace: shutdownTime}
	g.ready = &web.Probe{Ask: db.Ping, Every: readyEvery, Patience: readyPatience}
	g.server = web.New(g.routes(), func(r *http.Request) error { return g.ready.Check(r.Context()) }, log)
	limits, err := c.limits()
	if err != nil {
		return nil, err
	}
	g.server.SetLimits(limits, a.now)
	g.measure(j)
	g.server.Warn(g.rulesWarnings)
	g.server.Warn(g.deliveryWarnings)
	g.listenToTelegram()
	for pattern, h := range g.akismetRoutes() {
		g.server.Allow(pattern, h, platform.AkismetBody)
	}
	return g, nil
}

// newBot wires the moderators' side of Telegram.
func newBot(a *app, c config, g *gate, db *store.DB, log *slog.Logger) (*bot.Bot, error) {
	conf, err := c.Telegram.botConfig()
	if err != nil {
		return nil, err
	}
	conf.Webhook, conf.Updates, conf.Log, conf.Now = c.Telegram.webhook(), db, log, a.now
	conf.Metrics = g.botMetrics()
	return bot.New(conf, g.service, db, db, db)
}

// routes returns the doors for blogs and programs; platform/openapi.yaml
// describes them.
func (g *gate) routes() web.Routes {
	door := &platform.Webhook{Sites: g.db, Gate: g.service, Desk: g.service, Archive: g.service, Now: g.now}
	api := &platform.API{Tokens: g.db, Records: g.db, Desk: g.service, Sites: g.db, Dial: g.service, Bench: g.service, Register: g.db, Now: g.now}
	return web.Routes{
		"POST /v1/sites/{site}/comments":                         door.Submit,
		"DELETE /v1/sites/{site}/comments/{id}":                  door.Withdraw,
		"POST /v1/sites/{site}/decisions":                        door.Decide,
		"POST /v1/sites/{site}/history":                          door.History,
		"GET /v1/sites/{site}/comments":                          api.List,
		"GET /v1/sites/{site}/comments/{comment_id}":             api.Show,
		"POST /v1/sites/{site}/comments/{comment_id}/decision":   api.Decide,
		"DELETE /v1/sites/{site}/comments/{comment_id}/decision": api.Undo,
		"GET /v1/sites/{site}/comments/{comment_id}/author":      api.Author,
		"GET /v1/sites/{site}/authors":                           api.Marks,
		"POST /v1/sites/{site}/authors":                          api.Mark,
		"DELETE /v1/sites/{site}/authors/{id}":                   api.Lift,
		"GET /v1/sites/{site}/mode":                              api.Mode,
		"PUT /v1/sites/{site}/mode":                              api.TurnMode,
		"GET /openapi.yaml":                                      platform.OpenAPI,
		"GET /platform/wordpress/gatehouse.zip":                  platform.ServeWordPressPlugin,
	}
}

// akismetRoutes returns the doors for Akismet's clients, which take longer bodies.
func (g *gate) akismetRoutes() web.Routes {
	akismet := &platform.Akismet{Keys: g.db, Names: g.db, Counter: g.db, Judge: g.service, Desk: g.service, Archive: g.service, Now: g.now, Log: g.log}
	return web.Routes{
		"/akismet/{version}/{endpoint}": akismet.Serve,
		"/1.1/{endpoint}":               akismet.ServeHost,
		"/1.2/{endpoint}":               akismet.ServeHost,
	}
}

// listenToTelegram opens the door for Telegram where that brings updates, and has
// /readyz tell of trouble.
func (g *gate) listenToTelegram() {
	if g.bot == nil {
		return
	}
	if h := g.bot.Webhook(); h != nil {
		g.server.Allow("POST /telegram/webhook", h, bot.MaxUpdate)
	}
	g.server.Warn(func() []string {
		if trouble := g.bot.Trouble(); trouble != "" {
			return []string{trouble}
		}
		return nil
	})
}

// usePolled wires the platforms that push nothing.
func (g *gate) usePolled(c config, teller *platform.Teller, mayCall func(netip.AddrPort) bool) {
	blogger := &platform.Blogger{Client: platform.NewClient(mayCall), Gate: g.service, Desk: g.service, History: g.db, Records: g.db, Now: g.now, Log: g.log}
	teller.Add(platform.BloggerName, blogger)
	g.poller = &platform.Poller{Sites: g.db, Sources: map[string]platform.Source{platform.BloggerName: blogger}, Every: c.pollEvery(), Log: g.log}
}

// judges are the checks that every comment passes.
type judges struct {
	book     moderation.Checker // a rule book
	model    *classifier.Checker
	personas *classifier.Personas
}

// newJudges loads the rule book (the built-in one where path is empty) and the
// starter model.
func newJudges(path string) (judges, error) {
	book, err := loadBook(path)
	if err != nil {
		return judges{}, err
	}
	return judgesWith(book)
}

// judgesWith returns judges with a rule book that has been loaded.
func judgesWith(book moderation.Checker) (judges, error) {
	starter, err := training.Starter()
	if err != nil {
		return judges{}, fmt.Errorf("load starter model: %w", err)
	}
	return judges{book: book, model: classifier.New(starter), personas: classifier.NewPersonas()}, nil
}

func (j judges) checkers() []moderation.Checker { return j.checkersWith(j.model) }

// checkersWith are the checkers with another one in the place of the model.
func (j judges) checkersWith(model moderation.Checker) []moderation.Checker {
	return []moderation.Checker{j.book, moderation.StandingCheck{}, model, j.personas}
}

// adopt makes a site's decisions weigh as a version says.
func (j judges) adopt(site moderation.SiteID, v *moderation.ModelVersion) error {
	if v == nil {
		return j.model.SetBlend(site, nil)
	}
	b, err := blendOf(v)
	if err != nil {
		return errors.Join(err, j.model.SetBlend(site, nil))
	}
	return j.model.SetBlend(site, b)
}

// catchUp makes j judge as the database says: by all lessons and by the versions
// in force.
func (j judges) catchUp(ctx context.Context, db *store.DB) error {
	return errors.Join(
		(&moderation.Learner{Lessons: db, Snapshots: db, Student: j.model, Log: quietLog()}).CatchUp(ctx),
		(&moderation.Adopter{Versions: db, Adopt: j.adopt, Log: quietLog()}).CatchUp(ctx),
		(&moderation.PersonaFollower{Samples: db, Portraitist: j.personas, Now: time.Now, Log: quietLog()}).CatchUp(ctx),
	)
}

func loadBook(path string) (*rules.Book, error) {
	if path == "" {
		return rules.BuiltIn()
	}
	return rules.Load(path)
}

// Run serves listener until ctx ends, then finishes what is in hand. What has
// been learned is caught up with before the first comment is judged: until then
// requests wait, and /readyz says so.
func (g *gate) Run(ctx context.Context, listener net.Listener) error {
	g.server.Starting()
	serving, end := context.WithCancel(ctx)
	defer end()
	served := make(chan error, 1)
	go func() { served <- g.serveUntil(serving, listener) }()
	if err := errors.Join(g.learner.CatchUp(ctx), g.adopter.CatchUp(ctx), g.personas.CatchUp(ctx)); err != nil {
		end()
		return errors.Join(err, <-served)
	}
	ctx, finish := context.WithCancel(ctx)
	defer finish()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	over := make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(shutdownTime+farewellTime, func() { close(over) }) })
	var workers sync.WaitGroup
	lessons, versions, personas, outbox, sites := g.bell.Listen(), g.bell.Listen(), g.bell.Listen(), g.bell.Listen(), g.bell.Listen()
	workers.Go(func() { g.learner.Run(work, lessons) })
	workers.Go(func() { g.adopter.Run(work, versions) })
	workers.Go(func() { g.personas.Run(work, personas) })
	workers.Go(func() { g.runner.Run(ctx, outbox) }) // nothing more is begun once the end has come
	workers.Go(func() { g.poller.Run(work, sites) })
	workers.Go(func() { g.watch(work) })
	workers.Go(func() { g.prune(work) })
	workers.Go(func() { g.purgeDaily(work) })
	workers.Go(func() { g.followRules(work) })
	workers.Go(func() { g.followSecrets(work) })
	workers.Go(func() { g.fillWords(work) })
	if g.bot != nil {
		workers.Go(func() {
			if err := g.bot.Run(work); err != nil && work.Err() == nil {
				g.log.Error("Telegram stopped; held comments wait in the queue", "err", err)
			}
		})
	}
	g.server.Started()
	notify("READY=1")
	err := <-served
	finish()
	stop()
	g.await(&workers, over)
	g.log.Info("service stopped")
	return err
}

// await waits for the workers. Whoever does not come to an end is left when it is over:
// what is written is written, and what is not is done again at the next start.
func (g *gate) await(workers *sync.WaitGroup, over <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		workers.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-over:
		g.log.Warn("some work did not come to an end; it is done again at the next start")
	}
}

// watch rings the bell when another process has written to the database.
func (g *gate) watch(ctx context.Context) {
	for ctx.Err() == nil {
		if err := g.db.Watch(ctx, watchEvery, g.bell.Ring); err != nil && ctx.Err() == nil {
			g.log.Error("watch the database", "err", err)
			sleep(ctx, 10*watchEvery)
		}
	}
}

// prune forgets what is too old to come again.
func (g *gate) prune(ctx context.Context) {
	for ctx.Err() == nil {
		if err := g.db.Prune(ctx, g.now().Add(-messagesKept)); err != nil && ctx.Err() == nil {
			g.log.Error("prune the database", "err", err)
		}
		sleep(ctx, pruneEvery)
	}
}

// fillWords makes findable what was stored before comments were, and what is not any more
// since their index was damaged, a few at a time.
func (g *gate) fillWords(ctx context.Context) {
	for ctx.Err() == nil {
		began := time.Now()
		left, err := g.db.FillWords(ctx)
		if err != nil && ctx.Err() == nil {
			g.log.Error("make earlier comments findable", "err", err)
		}
		pause := time.Since(began) // half of the time the database is others'
		if left == 0 {
			pause = wordsEvery
		}
		sleep(ctx, pause)
	}
}

// serveUntil serves until ctx ends and lets the requests in hand finish; those that
// take too long are cut. Nobody new is let in.
func (g *gate) serveUntil(ctx context.Context, listener net.Listener) error {
	server := g.server.HTTP()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(g.server.Limit(listener)) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	g.server.Ending()
	notify("STOPPING=1")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		g.log.Warn("some requests did not come to an end and were cut", "err", errors.Join(err, server.Close()))
	}
	return nil
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
