package main

import (
	"context"
	"maps"
	"math"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"gatehouse/bot"
	"gatehouse/internal/moderation"
	"gatehouse/internal/web"
)

const (
	// driftKept is for how long the drift of a site's scores is not computed anew, and
	// driftAtOnce how long a scrape may compute before the rest is left to the next one.
	driftKept, driftAtOnce = 5 * time.Minute, time.Second
	// readyEvery and readyPatience are those of /readyz's question to the database.
	readyEvery, readyPatience = 5 * time.Second, 2 * time.Second
)

// gauges is what scrapes ask of a gate.
type gauges struct {
	gate    *gate
	metrics *web.Metrics
	student *judges

	mu     sync.Mutex
	names  map[moderation.SiteID]string
	drifts map[moderation.SiteID]drift
}

// drift is a site's, and when it was computed.
type drift struct {
	moderation.Drift
	at time.Time
}

// measure has the parts of the gate tell the metrics what they do.
func (g *gate) measure(j judges) {
	m := web.NewMetrics()
	g.gauges = &gauges{gate: g, metrics: m, student: &j, names: map[moderation.SiteID]string{}, drifts: map[moderation.SiteID]drift{}}
	heard := moderation.Metrics{Judged: m.Judged, Answered: m.Answered, Step: m.Step, Decided: m.Decided,
		Together: func(site moderation.SiteID, c moderation.Choice, via string, n int) {
			m.Together(g.gauges.name(site), c, via, n)
		},
		Tried: func(d moderation.Delivery, r moderation.TryResult) { m.Tried(d.Kind, g.gauges.name(d.Site), r) }}
	g.service.Metrics, g.runner.Metrics = heard, heard
	g.server.Measure(m)
	version, revision, goVersion := buildInfo()
	m.Watch(web.Build{Version: version, Revision: revision, Go: goVersion}, g.gauges.take)
}

// botMetrics are the bot's, which is made before the rest.
func (g *gate) botMetrics() bot.Metrics {
	return bot.Metrics{Called: func(result string) {
		if g.gauges != nil {
			g.gauges.metrics.Called(result)
		}
	}}
}

// name returns a site's name, which never changes.
func (s *gauges) name(id moderation.SiteID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name, ok := s.names[id]; ok {
		return name
	}
	name, err := s.gate.db.SiteName(context.Background(), id)
	if err != nil {
		return "unknown"
	}
	s.names[id] = name
	return name
}

// take returns how the service stands; what needs no database also where that fails.
func (s *gauges) take(ctx context.Context) (web.Pulse, error) {
	p := web.Pulse{At: s.gate.now(), Ready: s.gate.server.Ready() && s.gate.ready.Check(ctx) == nil,
		Rules: s.gate.rules.Book().Version(), Kinds: slices.Sorted(maps.Keys(s.gate.runner.Routes))}
	if s.gate.bot != nil {
		up := s.gate.bot.Reachable()
		p.Telegram = &up
	}
	var err error
	if p.Vitals, err = s.gate.db.Vitals(ctx); err != nil {
		return p, err
	}
	blends, err := s.gate.db.InForce(ctx)
	if err != nil {
		return p, err
	}
	version := map[moderation.SiteID]string{}
	for _, b := range blends {
		version[b.Site] = "b" + strconv.FormatInt(int64(b.ID), 10)
	}
	s.addDrifts(ctx, p.Sites)
	for _, site := range p.Sites {
		last, standing := s.student.model.Lessons(site.ID)
		p.Models = append(p.Models, web.ModelState{Site: site.Name, Base: s.student.model.Model().Version(), Blend: version[site.ID], Last: last, Standing: standing})
	}
	return p, nil
}

// addDrifts adds the drift of each site's scores, for as many as there is time for.
func (s *gauges) addDrifts(ctx context.Context, sites []moderation.SiteVitals) {
	began := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range sites {
		known, ok := s.drifts[sites[i].ID]
		if (!ok || time.Since(known.at) > driftKept) && time.Since(began) < driftAtOnce {
			if d, err := s.gate.db.Drift(ctx, sites[i].ID); err == nil {
				known, ok = drift{d, time.Now()}, true
				s.drifts[sites[i].ID] = known
			}
		}
		if !ok {
			known.Drift = moderation.Drift{Spam: math.NaN(), Abuse: math.NaN()}
		}
		sites[i].Drift = known.Drift
	}
}

// buildInfo returns the program's version, the revision of its source, and the Go
// that built it.
func buildInfo() (version, revision, goVersion string) {
	version = "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, goVersion = info.Main.Version, info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	return version, revision, goVersion
}
