package classifier

import (
	"math"
	"sync"
	"time"

	"gatehouse/internal/moderation"
)

// Model is a trained classifier. It never changes and is safe for concurrent
// use.
type Model struct {
	info       Info
	id         string
	layers     []*layer    // from the lowest; at least one
	background *background // of the lowest: how ordinary comments speak
	prior      pair        // log-odds
	readers    *sync.Pool  // of *extractor
	encoded    []byte      // the file
}

// Info says what a model is and where it comes from. It stands in the model's
// file, in JSON.
type Info struct {
	Name       string                   `json:"name"` // for people: "starter"
	FeatureSet int                      `json:"feature_set"`
	Labels     []moderation.Label       `json:"labels"`   // the order of all lists by label
	Comments   [numLabels]int64         `json:"comments"` // that it was trained on, its base not counted
	Prior      moderation.Probabilities `json:"prior"`    // what it takes a blog's shares to be
	Limits     moderation.Thresholds    `json:"limits"`   // the thresholds that it recommends
	Base       string                   `json:"base,omitempty"`
	// DataSHA256 is the hash, in hex, of the decompressed training files one
	// after another; Files has each one's.
	DataSHA256 string         `json:"data_sha256"`
	Files      []File         `json:"files"`
	Sources    []SourceCounts `json:"sources"`
	TrainedAt  time.Time      `json:"trained_at"`
	Options    Options        `json:"options"`
	// OKHeld is the share of decent comments that the limits hold, on folds that
	// the scores had not seen.
	OKHeld float64 `json:"ok_held"`
}

// File is a training file.
type File struct {
	Name     string `json:"name"` // without its folder
	SHA256   string `json:"sha256"`
	Examples int64  `json:"examples"`
}

// SourceCounts says how many comments of each label a source had.
type SourceCounts struct {
	Name     string           `json:"name"`
	Comments [numLabels]int64 `json:"comments"`
}

// Options is how a model was trained.
type Options struct {
	Part     string  `json:"part,omitempty"` // of the files that was taken; empty: all
	Folds    int     `json:"folds"`
	Features int     `json:"features"` // at most, in both views together
	Penalty  float64 `json:"penalty"`
	OKHeld   float64 `json:"ok_held"` // the share of decent comments that may be held
}

// newModel assembles a model that has no file yet.
func newModel(info Info, layers []*layer) *Model {
	m := &Model{
		info: info, layers: layers,
		background: layers[0].background(),
		prior:      logOddsOf(info.Prior),
	}
	m.readers = &sync.Pool{New: func() any { return m.newExtractor() }}
	return m
}

// newExtractor returns an extractor that sees through disguises of the words that
// the model knows.
func (m *Model) newExtractor() *extractor { return &extractor{known: m.hasWord} }

// hasWord reports whether the model knows a word.
func (m *Model) hasWord(word []byte) bool {
	k := keyOf(hashOf(word))
	for _, l := range m.layers {
		if l.tables[viewWords].has(k) {
			return true
		}
	}
	return false
}

// features returns the features of a text that answers somebody of this name.
func (m *Model) features(text, addressed string) Features {
	x := m.readers.Get().(*extractor)
	defer m.readers.Put(x)
	x.read(text, addressed)
	return x.clone()
}

// logOddsOf returns the log-odds of probabilities, all above 0.
func logOddsOf(p moderation.Probabilities) pair {
	return pair{math.Log(p.Spam / p.OK), math.Log(p.Abuse / p.OK)}
}

// probabilitiesOf returns the probabilities that log-odds stand for.
func probabilitiesOf(z pair) moderation.Probabilities {
	p := probabilities(z)
	return moderation.Probabilities{OK: p[0], Spam: p[1+spam], Abuse: p[1+abuse]}
}

// ID names the model: the first eight hex digits of its file's hash.
func (m *Model) ID() string { return m.id }

// Version names the model for people: its name and the beginning of its ID.
func (m *Model) Version() string {
	const digits = 6
	if m.info.Name == "" {
		return "model-" + m.id[:digits]
	}
	return m.info.Name + "-" + m.id[:digits]
}

// Info returns where the model comes from. Its lists must not be changed.
func (m *Model) Info() Info { return m.info }

// Limits returns the thresholds that the model recommends.
func (m *Model) Limits() moderation.Thresholds { return m.info.Limits }

// Size returns how many bytes the model's file has.
func (m *Model) Size() int { return len(m.encoded) }

// NumFeatures returns how many features the model knows, in all layers.
func (m *Model) NumFeatures() (n int) {
	for _, l := range m.layers {
		for v := range l.encoded.views {
			n += len(l.encoded.views[v].keys)
		}
	}
	return n
}

// Score returns the probabilities of a comment's text, as an answer to its
// parent.
func (m *Model) Score(s moderation.Submission) moderation.Probabilities {
	return m.score(s.Comment.Text, s.Parent.Author)
}

// ScoreText returns the probabilities of a text as a reader sees it. What holds
// nothing that the model knows gets the prior.
func (m *Model) ScoreText(text string) moderation.Probabilities { return m.score(text, "") }

// score returns the probabilities of a text that answers somebody of this name.
func (m *Model) score(text, addressed string) moderation.Probabilities {
	x := m.readers.Get().(*extractor)
	x.readRepeating(text, addressed)
	z := m.logOdds(&x.Features)
	m.readers.Put(x)
	return probabilitiesOf(z)
}

// Explain returns what weighed in a comment, as a person reads it, strongest
// first, for spam and for abuse, without a site's lessons.
func (m *Model) Explain(s moderation.Submission) []moderation.Weight {
	x := m.newExtractor()
	x.traced = true
	x.read(s.Comment.Text, s.Parent.Author)
	e := m.evidence(&x.Features)
	return x.weights(&e)
}

// logOdds returns the log-odds of a comment by all layers.
func (m *Model) logOdds(f *Features) pair {
	var z, below pair
	var base *pair
	for _, l := range m.layers {
		s := l.scores(f)
		z = l.logOdds(&s, &f.numbers, base, m.prior)
		below, base = z, &below
	}
	return z
}
