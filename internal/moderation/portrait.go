package moderation

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// PersonaSample is what a persona is known by, and how everybody else writes.
type PersonaSample struct {
	Persona Persona
	Texts   []string // the newest that are in it
	Others  []string // of the site's other comments: approved, at least LongEnough
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

// PersonaFollower keeps the portraits as the personas are.
type PersonaFollower struct {
	Samples     PersonaSamples
	Portraitist Portraitist
	Log         *slog.Logger

	mu    sync.Mutex
	drawn map[PersonaID]Persona
}

// CatchUp draws the personas that have changed and forgets those that are gone. It
// is called before the first comment is judged, and after every change.
func (f *PersonaFollower) CatchUp(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := f.Samples.AllPersonas(ctx)
	if err != nil {
		return fmt.Errorf("look up personas: %w", err)
	}
	if f.drawn == nil {
		f.drawn = map[PersonaID]Persona{}
	}
	there := make(map[PersonaID]bool, len(all))
	for _, p := range all {
		there[p.ID] = true
		if f.drawn[p.ID] == p {
			continue
		}
		sample, err := f.Samples.PersonaSample(ctx, p)
		if err != nil {
			return fmt.Errorf("read persona %d: %w", p.ID, err)
		}
		f.Portraitist.Draw(sample)
		f.drawn[p.ID] = p
	}
	for id, p := range f.drawn {
		if !there[id] {
			f.Portraitist.Forget(p.Site, id)
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
