package classifier

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"gatehouse/internal/moderation"
)

// blendFormat is the version of the encoding and of the inputs of a blend.
const blendFormat = 1

// Blend says how much a model's word and a site's own lessons weigh, fitted on
// the site's decisions: a logistic over the model's two log-odds, the two
// normalised scores of the lessons in each view, and the log of the comment's
// length. It changes only when it is fitted anew, while the lessons that it
// weighs change with every decision. It must not be changed once it is in use.
type Blend struct {
	Model    string   `json:"model"` // ID of the model that it was fitted over
	Logistic Logistic `json:"logistic"`
	// Prior is what the site's shares of labels are taken to be, Limits the
	// thresholds that go with them: as much evidence as the model's own ask for.
	Prior  moderation.Probabilities `json:"prior"`
	Limits moderation.Thresholds    `json:"limits"`
	// Number is that of the version, as people and verdicts name it: b3. It
	// stands beside the content where that is kept.
	Number int64 `json:"-"`
}

// handful is how many lessons of ok and of a label there must be for a fit to
// start from the default.
const handful = 5

// The inputs of a blend's logistic: the model's log-odds, then each view's
// scores, then the length.
const (
	blendScores = numContrasts
	blendLength = blendScores + numViews*numContrasts
	blendInputs = blendLength + 1
)

// blendFile is a blend as it is kept.
type blendFile struct {
	Format int `json:"format"`
	*Blend
}

// NeutralBlend returns the logistic that takes the model's word and nothing
// else.
func NeutralBlend() Logistic {
	var l Logistic
	for c := range l.Weights {
		l.Weights[c] = make([]float64, blendInputs)
		l.Weights[c][c] = 1
	}
	return l
}

// Encode returns the blend's JSON.
func (b *Blend) Encode() ([]byte, error) { return json.Marshal(blendFile{blendFormat, b}) }

// ReadBlend reads what Encode wrote. What does not fit this program is an error
// that wraps moderation.ErrInvalid.
func ReadBlend(data []byte) (*Blend, error) {
	file := blendFile{Blend: new(Blend)}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, invalidError{fmt.Errorf("read blend: it is no JSON of one: %w", err)}
	}
	if file.Format != blendFormat {
		return nil, invalidError{fmt.Errorf("read blend: it is of format %d, this program reads %d: run retrain", file.Format, blendFormat)}
	}
	if err := file.check(); err != nil {
		return nil, invalidError{fmt.Errorf("read blend: %w", err)}
	}
	return file.Blend, nil
}

// check returns what is wrong with a blend.
func (b *Blend) check() error {
	for c, weights := range b.Logistic.Weights {
		if len(weights) != blendInputs {
			return fmt.Errorf("%d weights, not %d", len(weights), blendInputs)
		}
		if slices.ContainsFunc(append(weights[:len(weights):len(weights)], b.Logistic.Intercept[c]), isNotFinite) {
			return errors.New("a weight is not a finite number")
		}
	}
	for _, t := range []float64{b.Limits.Spam, b.Limits.Abuse} {
		if !(t >= 0 && t <= 1) {
			return fmt.Errorf("a threshold of %v is no probability", t)
		}
	}
	return checkPrior(b.Prior)
}

// isNotFinite reports whether x is no number or infinite.
func isNotFinite(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

// Fits returns an error that says what to do where the blend was fitted over
// another model than m.
func (b *Blend) Fits(m *Model) error {
	if b.Model != m.id {
		return invalidError{fmt.Errorf("it was made over the model %s and this program has %s (%s): run retrain", b.Model, m.id, m.Version())}
	}
	return nil
}

// inputs appends the inputs of a comment to dst.
func (*Blend) inputs(dst []float64, f *Features, scores *[numViews]score, model pair) []float64 {
	dst = append(dst, model[spam], model[abuse])
	for v := range scores {
		norm := scores[v].norm()
		dst = append(dst, scores[v].sum[spam]/norm, scores[v].sum[abuse]/norm)
	}
	return append(dst, math.Log1p(float64(len(f.keys[viewCharacters]))))
}

// say returns the log-odds of a comment, and how they come about.
func (b *Blend) say(f *Features, scores *[numViews]score, model pair) (z pair, by mixture) {
	var buffer [blendInputs]float64
	z = b.Logistic.logOdds(b.inputs(buffer[:0], f, scores, model))
	for c, w := range b.Logistic.Weights {
		by.model[c] = pair(w[:numContrasts])
		for v := range by.own {
			at := blendScores + v*numContrasts
			by.own[v][c] = pair(w[at : at+numContrasts])
		}
	}
	return z, by
}

// BlendTrainer holds the lessons of one site in folds: it gives the inputs on
// which a blend is fitted, and says what blends make of comments. It is not safe
// for concurrent use.
type BlendTrainer struct {
	model *Model
	whole *site
	seen  []*site // all lessons but a fold's
}

// NewBlendTrainer returns a trainer over a model, without lessons.
func NewBlendTrainer(m *Model, folds int) *BlendTrainer {
	t := &BlendTrainer{model: m, whole: newSite(m), seen: make([]*site, folds)}
	for i := range t.seen {
		t.seen[i] = newSite(m)
	}
	return t
}

// Learn learns a lesson that is in a fold. Its number does not matter. An error,
// here as in the methods below, is that of [CheckFeatures].
func (t *BlendTrainer) Learn(l moderation.Lesson, fold int) error {
	f, err := t.model.lessonFeatures(l)
	if err != nil {
		return err
	}
	t.whole.change(&f, l.Label, 1)
	for i, s := range t.seen {
		if i != fold {
			s.change(&f, l.Label, 1)
		}
	}
	return nil
}

// Start returns the logistic that takes the model's word, and adds the scores of
// the lessons as they weigh without a blend; those of labels with fewer than a
// handful of lessons are left out.
func (t *BlendTrainer) Start() Logistic {
	l := NeutralBlend()
	for c, gain := range t.whole.gains() {
		if t.whole.tally.comments[1+c] < handful || t.whole.tally.comments[0] < handful {
			continue
		}
		for v := range numViews {
			l.Weights[c][blendScores+v*numContrasts+c] = gain
		}
	}
	return l
}

// Inputs returns the inputs of a comment, as they are without the lessons of its
// fold.
func (t *BlendTrainer) Inputs(l moderation.Lesson, fold int) ([]float64, error) {
	f, err := t.model.lessonFeatures(l)
	if err != nil {
		return nil, err
	}
	scores := t.seen[fold].scores(&f, nil)
	return (*Blend)(nil).inputs(nil, &f, &scores, t.model.logOdds(&f)), nil
}

// Judged is what is said of a comment.
type Judged struct {
	Model   moderation.Probabilities   // by the model alone
	Default moderation.Probabilities   // with the lessons, as they weigh without a blend
	Blends  []moderation.Probabilities // by each blend
}

// Judge says what a comment that is not among the lessons is by the model, by
// all lessons, and by each blend of them.
func (t *BlendTrainer) Judge(l moderation.Lesson, blends ...*Blend) (Judged, error) {
	f, err := t.model.lessonFeatures(l)
	if err != nil {
		return Judged{}, err
	}
	scores := t.whole.scores(&f, nil)
	model := t.model.logOdds(&f)
	z, _ := t.whole.gain(&scores, model)
	j := Judged{Model: probabilitiesOf(model), Default: probabilitiesOf(z)}
	for _, b := range blends {
		z, _ := t.whole.sayBy(b, &f, &scores, model)
		j.Blends = append(j.Blends, probabilitiesOf(z))
	}
	return j, nil
}

// Limits returns the thresholds that go with what Judge says by the blend: its own
// for the labels that it decides about, the model's for others.
func (t *BlendTrainer) Limits(b *Blend) moderation.Thresholds {
	return t.whole.limits(b, t.model.Limits())
}

// SetBlend says how a site's lessons weigh from now on; nil: as they do before
// any retraining. A blend that was fitted over another model is refused with an
// error that says so, and the default weighs. Checks may run meanwhile: each
// takes the one blend or the other.
func (c *Checker) SetBlend(id moderation.SiteID, b *Blend) error {
	if b == nil {
		if s := c.site(id); s != nil {
			s.setBlend(nil)
		}
		return nil
	}
	if err := errors.Join(b.Fits(c.model), b.check()); err != nil {
		return errors.Join(err, c.SetBlend(id, nil))
	}
	c.siteFor(id).setBlend(b)
	return nil
}

// setBlend sets the blend.
func (s *site) setBlend(b *Blend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blend = b
}
