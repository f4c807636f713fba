package classifier

import (
	"context"
	"sync"

	"gatehouse/internal/moderation"
)

// Checker judges comments by a model and, on top of it, by what the comment's
// site has taught. It is a moderation.Checker and a moderation.Student; both
// sides are safe for concurrent use, and what Apply learned counts in the next
// Check.
type Checker struct {
	model *Model

	mu    sync.RWMutex
	sites map[moderation.SiteID]*site
}

// New returns a checker that has learned nothing yet.
func New(m *Model) *Checker {
	return &Checker{model: m, sites: map[moderation.SiteID]*site{}}
}

// Name returns "classifier".
func (*Checker) Name() string { return "classifier" }

// Model returns the model beneath all sites.
func (c *Checker) Model() *Model { return c.model }

// site returns a site's lessons, nil if it has none.
func (c *Checker) site(id moderation.SiteID) *site {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.sites[id]
}

// Apply learns a lesson, or takes back the one that it withdraws. A number that
// is not above that of the site's last lesson changes nothing. What can't be
// applied, a label that is none or a withdrawal with another text than was
// learned, is an error that wraps moderation.ErrInvalid; applied again it changes
// nothing, so that whoever goes on is not held up.
//
// The scores are a pure function of the lessons that stand: learning one and
// taking it back leaves no trace.
func (c *Checker) Apply(l moderation.Lesson) error {
	return c.siteFor(l.Site).apply(l)
}

// siteFor returns a site's lessons, and makes room for them if it has none.
func (c *Checker) siteFor(id moderation.SiteID) *site {
	if s := c.site(id); s != nil {
		return s
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.sites[id]
	if s == nil {
		s = newSite(c.model)
		c.sites[id] = s
	}
	return s
}

// Lessons returns the number of the last lesson that was applied to a site, and
// how many of each label stand, in the order of moderation.Labels.
func (c *Checker) Lessons(id moderation.SiteID) (last int64, standing [3]int64) {
	s := c.site(id)
	if s == nil {
		return 0, standing
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.last, s.tally.comments
}

// Score returns a comment's probabilities, without reasons.
func (c *Checker) Score(sub moderation.Submission) moderation.Probabilities {
	x := c.model.readers.Get().(*extractor)
	defer c.model.readers.Put(x)
	x.readRepeating(sub.Comment.Text, sub.Parent.Author)
	return c.probabilities(x, sub.Site.ID)
}

// probabilities returns those of what was read, on a site.
func (c *Checker) probabilities(x *extractor, id moderation.SiteID) moderation.Probabilities {
	z := c.model.logOdds(&x.Features)
	if s := c.site(id); s != nil {
		x.unite()
		s.mu.RLock()
		scores := s.scores(&x.Features, nil)
		z, _ = s.say(&x.Features, &scores, z)
		s.mu.RUnlock()
	}
	return probabilitiesOf(z)
}

// Check gives one signal: all three probabilities, the thresholds that the model
// recommends, the words that weighed, and of what is held, if it is not long, what
// it takes to change that. Its label is spam or abuse, whichever
// is nearer to its threshold or further over it, and ok where both are far.
func (c *Checker) Check(_ context.Context, sub moderation.Submission) (moderation.Report, error) {
	x := c.model.newExtractor()
	f := c.find(x, sub)
	signal := c.signal(f.p, f.limits, sub.Site.Thresholds.Or(f.limits), x.weights(&f.evidence))
	if len(x.tokens) <= maxQuick {
		signal.Detail += c.turn(x, &f, sub).Note()
	}
	return moderation.Report{Version: f.version, Signals: []moderation.Signal{signal}}, nil
}

// finding is what is found in a comment on a site.
type finding struct {
	p        moderation.Probabilities
	evidence evidence
	limits   moderation.Thresholds // that the model recommends
	version  string
}

// find reads a comment and judges it.
func (c *Checker) find(x *extractor, sub moderation.Submission) finding {
	x.traced = true
	x.read(sub.Comment.Text, sub.Parent.Author)
	z := c.model.logOdds(&x.Features)
	found := finding{evidence: c.model.evidence(&x.Features), limits: c.model.Limits(), version: c.model.Version()}
	if s := c.site(sub.Site.ID); s != nil {
		s.mu.RLock()
		z = s.explain(&x.Features, z, &found.evidence)
		found.version, found.limits = found.version+s.version(), s.limits(s.blend, found.limits)
		s.mu.RUnlock()
	}
	found.p = probabilitiesOf(z)
	return found
}

// near is how much of its threshold a probability must reach for its label to be
// the signal's.
const near = 0.5

// signal puts a verdict into words. recommended are the model's thresholds, limits
// those that hold on the site.
func (c *Checker) signal(p moderation.Probabilities, recommended, limits moderation.Thresholds, weights []moderation.Weight) moderation.Signal {
	r := reachOf(p, limits)
	shown := strongest(weights, r.Label)
	signal := moderation.Signal{
		Check: c.Name(), Label: r.Label, Score: r.Score, Scores: &p, Limits: recommended,
		Weights: shown, Detail: detail(r, shown),
	}
	if r.Score < near*r.Limit {
		signal.Label, signal.Score, signal.Detail = moderation.OK, p.OK, detailOK(r, weights)
	}
	return signal
}
