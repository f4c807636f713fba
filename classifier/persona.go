package classifier

import (
	"context"
	"fmt"
	"math"
	"sync"
	"unicode/utf8"

	"gatehouse/internal/moderation"
)

// Personas marks comments that are written as a persona's texts are. It is a
// moderation.Checker and a moderation.Portraitist; both sides are safe for
// concurrent use. Its signals are weak ones: whether they hold a comment is for
// moderation.Policy to say.
type Personas struct {
	mu    sync.RWMutex
	sites map[moderation.SiteID][]*portrait
}

// NewPersonas returns a checker that knows nobody yet.
func NewPersonas() *Personas {
	return &Personas{sites: map[moderation.SiteID][]*portrait{}}
}

// Name returns "persona".
func (*Personas) Name() string { return "persona" }

// Draw makes a persona known by its texts, in the place of what was known of it.
// Too few texts make it unknown, and so do texts in which nobody could be told
// from the others.
func (p *Personas) Draw(s moderation.PersonaSample) {
	drawn := newPortrait(s)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(s.Persona.Site, s.Persona.ID)
	if drawn != nil {
		p.sites[s.Persona.Site] = append(p.sites[s.Persona.Site], drawn)
	}
}

// Forget forgets a persona.
func (p *Personas) Forget(site moderation.SiteID, id moderation.PersonaID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(site, id)
}

// forget takes a persona out; the portraits of readers stay as they are.
func (p *Personas) forget(site moderation.SiteID, id moderation.PersonaID) {
	var rest []*portrait
	for _, known := range p.sites[site] {
		if known.persona.ID != id {
			rest = append(rest, known)
		}
	}
	p.sites[site] = rest
}

// Figures returns what was measured of a persona, and false where it is not known
// by its texts.
func (p *Personas) Figures(site moderation.SiteID, id moderation.PersonaID) (Likeness, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, known := range p.sites[site] {
		if known.persona.ID == id {
			return known.Likeness, true
		}
	}
	return Likeness{}, false
}

// Check gives a weak signal for each persona of the site that the comment
// resembles. Comments of fewer than moderation.LongEnough characters resemble
// nobody.
func (p *Personas) Check(_ context.Context, s moderation.Submission) (moderation.Report, error) {
	p.mu.RLock()
	known := p.sites[s.Site.ID]
	p.mu.RUnlock()
	if len(known) == 0 || utf8.RuneCountInString(s.Comment.Text) < moderation.LongEnough {
		return moderation.Report{}, nil
	}
	grams := gramsOf(s.Comment.Text)
	var found []moderation.Signal
	for _, portrait := range known {
		if !portrait.persona.Counts(s.Now) || portrait.score(grams) <= portrait.limit {
			continue
		}
		second := s.KinOf(portrait.persona.ID).Second(s.Ties, portrait.seldomAnswered(s.Parent.Author))
		if second == "" {
			second = portrait.names(s.Comment.Text)
		}
		found = append(found, moderation.Signal{Check: p.Name(), Rule: portrait.persona.Name, Label: moderation.Abuse, Score: portrait.Right,
			Detail: portrait.String(), Weak: true, Seconded: second, Private: true})
	}
	return moderation.Report{Signals: found}, nil
}

// Likeness is what was measured of a persona before anything was marked.
type Likeness struct {
	Texts  int     // of the persona
	Others int     // comments of others that it was compared with
	Found  float64 // the share of its own texts that are marked when left out
	False  float64 // the share of the others' that are
	Share  float64 // the persona's of the comments that came while it wrote
	// Right is the share of the comments marked that are the persona's, by Bayes'
	// rule: Found·Share / (Found·Share + False·(1-Share)).
	Right float64
}

// String says it to a moderator.
func (l Likeness) String() string {
	return fmt.Sprintf("resembles %d rejected comments; of comments marked so %s the same writer", l.Texts, inTen(l.Right))
}

// inTen is a share in words.
func inTen(share float64) string {
	switch n := math.Round(10 * share); {
	case n < 1:
		return "fewer than 1 in 10 were"
	case n < 2:
		return "about 1 in 10 was"
	default:
		return fmt.Sprintf("about %.0f in 10 were", min(n, 9))
	}
}
