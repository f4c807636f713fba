package moderation

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// VersionID numbers the versions of sites' models; verdicts name the one that
// judged as b and this number.
type VersionID int64

// ModelVersion is one outcome of a retraining: how much a site's lessons weigh
// beside the model that they stand upon. It never changes.
type ModelVersion struct {
	ID         VersionID // 0 until stored
	Site       SiteID
	CreatedAt  time.Time
	Base       string    // ID of the model that it was made over
	LastLesson int64     // the number of the last lesson that it was made of
	Epoch      int64     // of the site's lessons then; not kept
	Lessons    [3]int64  // that stood, in the order of Labels
	DataSHA256 string    // of what it was made of
	Figures    []byte    // what was measured, in JSON
	Content    []byte    // the classifier's own
	Reason     string    // why it was promoted when it was made, or was not
	InForce    bool      // it weighs now
	PromotedAt time.Time // last; zero: never
}

// PastLesson is a lesson that stands, with where it comes from.
type PastLesson struct {
	Lesson
	Comment CommentID
	At      time.Time // of the decision
}

// WithdrawnLesson is a lesson that was taken back.
type WithdrawnLesson struct {
	Comment CommentID
	Label   Label
	At      time.Time // when it was taken back
}

// Published are comments that stand on a blog without anybody's decision.
type Published struct {
	// Sample is at most as many as were asked for, evenly chosen, in the order
	// of their arrival. They read as lessons of ok, without a number.
	Sample []PastLesson
	Total  int // of which it is a sample
}

// Versions keeps the versions of sites' models. In force at a site is the one
// that was promoted last, unless that was rolled back; then the one before it.
type Versions interface {
	// InForce returns the versions in force; a site without
	// one is not among them.
	InForce(context.Context) ([]ModelVersion, error)
}

// Adopter makes what judges use the versions that are in force.
type Adopter struct {
	Versions Versions
	// Adopt makes a site use a version, nil: none. An error says that it can't
	// be used here, and that none is.
	Adopt func(SiteID, *ModelVersion) error
	Log   *slog.Logger

	mu      sync.Mutex
	adopted map[SiteID]VersionID
}

// CatchUp adopts the versions that are in force, where they are not yet. It is
// called before the first comment is judged, and after every change.
func (a *Adopter) CatchUp(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	versions, err := a.Versions.InForce(ctx)
	if err != nil {
		return fmt.Errorf("look up model versions: %w", err)
	}
	wanted := make(map[SiteID]VersionID, len(versions))
	for i := range versions {
		v := &versions[i]
		wanted[v.Site] = v.ID
		if a.adopted[v.Site] == v.ID {
			continue
		}
		if err := a.Adopt(v.Site, v); err != nil {
			a.Log.Warn("model version not used; decisions weigh as before any retraining", "site", v.Site, "version", v.ID, "err", err)
			continue
		}
		a.Log.Info("model version taken up", "site", v.Site, "version", v.ID)
	}
	for site := range a.adopted {
		if wanted[site] == 0 {
			if err := a.Adopt(site, nil); err != nil {
				return fmt.Errorf("leave model version: %w", err)
			}
			a.Log.Info("model version left", "site", site)
		}
	}
	a.adopted = wanted
	return nil
}

// Run catches up after every ring, until ctx ends. What fails is logged and
// tried again at the next ring.
func (a *Adopter) Run(ctx context.Context, rings <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-rings:
		}
		if err := a.CatchUp(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("take up model versions", "err", err)
		}
	}
}
