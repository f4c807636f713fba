package moderation

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// PersonaSample is what a persona is known by, and how everybody else writes.
type PersonaSample struct {
	Persona  Persona
	Texts    []string       // the newest that are in it
	Others   []string       // of the site's other comments: approved, at least LongEnough
	Answered map[string]int // by name, whom the others answer, and how many of them do
	// Share is that of the persona's texts among the comments that came to the site
	// between its first and its last.
	Share float64
}

// LongEnough is how many characters a comment must have to be compared with a
// persona: shorter ones look like anybody's.
const LongEnough = 80

// PersonaSamples reads what personas are known by.
type PersonaSamples interface {
	// AllPersonas returns those of all sites.
	AllPersonas(context.Context) ([]Persona, error)
	PersonaSample(context.Context, Persona) (PersonaSample, error)
}

// Portraitist knows personas by how they write: a checker.
type Portraitist interface {
	Draw(PersonaSample)
	Forget(SiteID, PersonaID)
}

// redrawAfter is after how long a portrait is drawn anew: how the others write
// changes, too, and with them what tells a persona from them.
const redrawAfter = 6 * time.Hour

// PersonaFollower keeps the portraits as the personas are.
type PersonaFollower struct {
	Samples     PersonaSamples
	Portraitist Portraitist
	Now         Clock
	Log         *slog.Logger

	mu    sync.Mutex
	drawn map[PersonaID]drawn
}

// drawn is what a portrait was drawn of, and when.
type drawn struct {
	persona Persona
	at      time.Time
}

// CatchUp draws the personas that have changed, those drawn hours ago, and forgets
// those that are gone. It is called before the first comment is judged, and after
// every change.
func (f *PersonaFollower) CatchUp(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := f.Samples.AllPersonas(ctx)
	if err != nil {
		return fmt.Errorf("look up personas: %w", err)
	}
	if f.drawn == nil {
		f.drawn = map[PersonaID]drawn{}
	}
	now := f.Now()
	there := make(map[PersonaID]bool, len(all))
	for _, p := range all {
		there[p.ID] = true
		if last := f.drawn[p.ID]; last.persona == p && now.Sub(last.at) < redrawAfter {
			continue
		}
		sample, err := f.Samples.PersonaSample(ctx, p)
		if err != nil {
			return fmt.Errorf("read persona %d: %w", p.ID, err)
		}
		f.Portraitist.Draw(sample)
		f.drawn[p.ID] = drawn{p, now}
	}
	for id, last := range f.drawn {
		if !there[id] {
			f.Portraitist.Forget(last.persona.Site, id)
			delete(f.drawn, id)
		}
	}
	return nil
}

// Run catches up after every ring, until ctx ends. What fails is logged and tried
// again at the next ring.
func (f *PersonaFollower) Run(ctx context.Context, rings <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-rings:
		}
		if err := f.CatchUp(ctx); err != nil && ctx.Err() == nil {
			f.Log.Error("follow personas", "err", err)
		}
	}
}
