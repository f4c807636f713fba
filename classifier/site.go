package classifier

import (
	"fmt"
	"math"
	"sync"

	"gatehouse/internal/moderation"
)

// How a site's lessons weigh beside the model. All were chosen on the corpora:
// each source in turn was learned comment by comment over a model of the others,
// and the AUC over the 500 that followed was compared with the model's alone;
// see training's BenchmarkRetrain.
const (
	// lessonGain is what a normalised score of the lessons counts, in log-odds,
	// once there are many.
	lessonGain = 0.5
	// lessonHalf is how many balanced lessons give half of that.
	lessonHalf = 10
	// lessonGuest stands for the background: how many lessons each label is
	// taken to have more than it has.
	lessonGuest = 3
	// lessonReach bounds what lessons can do to the log-odds, so that one label
	// alone decides nothing: so much, and half of one more for each lesson of
	// the label that has fewer.
	lessonReach = 1.0
)

// site is what the lessons of one site add to a model. It is safe for concurrent
// use: checks read while a lesson is applied.
type site struct {
	model      *Model
	background *background // the model's

	mu         sync.RWMutex
	tally      *Tally
	vocabulary [numViews]int // features of tally and background together
	standing   map[int64]standingLesson
	last       int64  // the number of the last lesson applied
	blend      *Blend // how the lessons weigh; nil: by default
}

// standingLesson is what is kept of a lesson so that it can be taken back.
type standingLesson struct {
	label moderation.Label
	sum   uint64 // of its features
}

// newSite returns a site without lessons.
func newSite(m *Model) *site {
	s := &site{model: m, background: m.background, tally: NewTally(), standing: map[int64]standingLesson{}}
	for v := range s.vocabulary {
		s.vocabulary[v] = len(s.background.grains[v])
	}
	return s
}

// apply learns a lesson or takes one back. A number that is not above the last
// one changes nothing, nor does a withdrawal of what does not stand. A lesson
// that can't be applied is an error once, and is then behind.
func (s *site) apply(l moderation.Lesson) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.Number <= s.last {
		return nil
	}
	s.last = l.Number
	if l.Withdraws != 0 {
		return s.withdraw(l)
	}
	if _, ok := labelIndex(l.Label); !ok {
		return fmt.Errorf("learn lesson %d: %w label %q", l.Number, moderation.ErrInvalid, l.Label)
	}
	f, err := s.model.lessonFeatures(l)
	if err != nil {
		return fmt.Errorf("learn lesson %d: %w", l.Number, err)
	}
	s.change(&f, l.Label, 1)
	s.standing[l.Number] = standingLesson{l.Label, f.sum()}
	return nil
}

// withdraw takes a lesson back, if it stands.
func (s *site) withdraw(l moderation.Lesson) error {
	learned, stands := s.standing[l.Withdraws]
	if !stands {
		return nil
	}
	f, err := s.model.lessonFeatures(l)
	if err != nil {
		return fmt.Errorf("un-learn lesson %d: %w", l.Withdraws, err)
	}
	if learned.sum != f.sum() {
		return fmt.Errorf("un-learn lesson %d: %w text: not the one that was learned", l.Withdraws, moderation.ErrInvalid)
	}
	s.change(&f, learned.label, -1)
	delete(s.standing, l.Withdraws)
	return nil
}

// change adds a lesson's features, or with sign -1 takes them out, and keeps the
// vocabularies: what tally or background knows.
func (s *site) change(f *Features, l moderation.Label, sign int) {
	s.tally.change(f, l, Grain, sign, func(view int, k key) {
		if s.background.of(view, k) == 0 {
			s.vocabulary[view] += sign
		}
	})
}

// scores returns what the lessons say of a comment, and with each set to it
// calls each for every feature that they know.
func (s *site) scores(f *Features, each func(view, i int, ratio pair)) (scores [numViews]score) {
	for v := range scores {
		view := &s.tally.views[v]
		r := newRatios(view.totals, s.background.total(v), s.vocabulary[v])
		for i, k := range f.keys[v] {
			c, known := view.counts[k]
			if !known {
				continue
			}
			ratio := r.of(c, s.background.of(v, k))
			scores[v].add(ratio, pair{})
			if each != nil {
				each(v, i, ratio)
			}
		}
	}
	return scores
}

// mixture says how log-odds come about: those of each contrast are the weighed sum
// of the model's (row by contrast) and of the views' normalised scores.
type mixture struct {
	model [numContrasts]pair
	own   [numViews][numContrasts]pair
}

// say returns the log-odds of a comment, given the model's, and how they come
// about.
func (s *site) say(f *Features, scores *[numViews]score, model pair) (z pair, by mixture) {
	return s.sayBy(s.blend, f, scores, model)
}

// sayBy is say with this blend, nil for none.
func (s *site) sayBy(b *Blend, f *Features, scores *[numViews]score, model pair) (z pair, by mixture) {
	z, by = s.gain(scores, model)
	if b == nil {
		return z, by
	}
	blended, how := b.say(f, scores, model)
	for c := range z {
		if !s.follows(b, c) {
			continue
		}
		z[c], by.model[c] = blended[c], how.model[c]
		for v := range by.own {
			by.own[v][c] = how.own[v][c]
		}
	}
	return z, by
}

// follows reports whether a blend decides about a contrast: it does where it was
// fitted on lessons of the label, and a handful of both stand. What one label
// alone has taught decides nothing, and what a label has taught since counts as
// it does without a blend.
func (s *site) follows(b *Blend, c int) bool {
	if b == nil || min(s.tally.comments[0], s.tally.comments[1+c]) < handful {
		return false
	}
	for v := range numViews {
		if b.Logistic.Weights[c][blendScores+v*numContrasts+c] != 0 {
			return true
		}
	}
	return false
}

// gain is say without a blend: the lessons' scores are added, the more the more
// lessons there are.
func (s *site) gain(scores *[numViews]score, model pair) (z pair, by mixture) {
	for c, gain := range s.gains() {
		sum := 0.0
		for v := range scores {
			sum += scores[v].sum[c] / scores[v].norm()
		}
		reach := lessonReach + float64(min(s.tally.comments[0], s.tally.comments[1+c]))/2
		if add := math.Abs(gain * sum); add > reach {
			gain *= reach / add
		}
		z[c] = model[c] + gain*sum
		by.model[c][c] = 1
		for v := range by.own {
			by.own[v][c][c] = gain
		}
	}
	return z, by
}

// gains returns what a normalised score counts, in log-odds, without a blend.
func (s *site) gains() (gain pair) {
	ok := float64(s.tally.comments[0])
	for c := range gain {
		n := float64(s.tally.comments[1+c])
		// Twice the harmonic mean: of two labels the one with fewer counts.
		lessons := 4 * (ok + lessonGuest) * (n + lessonGuest) / (ok + n + 2*lessonGuest)
		gain[c] = lessonGain * lessons / (lessons + lessonHalf)
	}
	return gain
}

// explain turns the model's log-odds and evidence into those with the lessons.
func (s *site) explain(f *Features, model pair, e *evidence) pair {
	own := newEvidence(f)
	scores := s.scores(f, func(view, i int, ratio pair) { own[view][i] = ratio })
	z, by := s.say(f, &scores, model)
	for v := range own {
		norm := scores[v].norm()
		for i := range own[v] {
			var sum pair
			for c := range sum {
				for d := range numContrasts {
					sum[c] += by.model[c][d]*e[v][i][d] + by.own[v][c][d]*own[v][i][d]/norm
				}
			}
			e[v][i] = sum
		}
	}
	return z
}

// version is how verdicts name what was added to the model: the number of the
// last lesson, and that of the blend, if any. It is empty where that was nothing.
func (s *site) version() string {
	if s.last == 0 && s.blend == nil {
		return ""
	}
	if s.blend != nil {
		return fmt.Sprintf("+%d/b%d", s.last, s.blend.Number)
	}
	return fmt.Sprintf("+%d", s.last)
}

// limits returns the thresholds that go with the site's probabilities by a blend,
// nil for none, given the model's.
func (s *site) limits(b *Blend, model moderation.Thresholds) moderation.Thresholds {
	own := model
	if s.follows(b, spam) {
		own.Spam = b.Limits.Or(model).Spam
	}
	if s.follows(b, abuse) {
		own.Abuse = b.Limits.Or(model).Abuse
	}
	return own
}
