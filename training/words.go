package training

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"gatehouse/internal/moderation"
)

const (
	explained  = 8       // words of each label that a comment counts for, the strongest
	maxWords   = 200_000 // that are counted at a time; beyond it those met once are let go
	shownWords = 25      // that are shown, of those that spoke for a label and of those against
)

// Explainer says what weighed in a comment: package classifier's models do.
type Explainer interface {
	Explain(moderation.Submission) []moderation.Weight
}

// Explain returns what weighed in an example.
func Explain(x Explainer, e Example) []moderation.Weight { return x.Explain(submission(e)) }

// Word is a word, or what else is named in explanations, over all comments
// measured.
type Word struct {
	Name string
	Sum  float64 // of its weights, in log-odds
	N    int     // comments in which it was among the strongest
	Of   int     // of which are of the label
}

// wordKey is a word and the label of which it speaks.
type wordKey struct {
	label moderation.Label
	name  string
}

// wordCount adds up words.
type wordCount map[wordKey]*Word

// add counts what weighed in a comment of a label.
func (c *wordCount) add(actual moderation.Label, weights []moderation.Weight) {
	if *c == nil {
		*c = wordCount{}
	}
	told := map[moderation.Label]int{}
	for _, w := range weights {
		if told[w.Label]++; told[w.Label] > explained {
			continue
		}
		word := (*c)[wordKey{w.Label, w.Feature}]
		if word == nil {
			c.prune()
			name := strings.Clone(w.Feature) // it may be a part of the text
			word = &Word{Name: name}
			(*c)[wordKey{w.Label, name}] = word
		}
		word.Sum += w.Weight
		word.N++
		if actual == w.Label {
			word.Of++
		}
	}
}

// prune lets go of words that were met once, if there are too many. They can't be
// among those that weigh most.
func (c *wordCount) prune() {
	for least := 1; len(*c) >= maxWords; least *= 2 {
		maps.DeleteFunc(*c, func(_ wordKey, w *Word) bool { return w.N <= least })
	}
}

// strongest returns the words that spoke most for a label (sign 1) or against it
// (sign -1) in sum.
func (c wordCount) strongest(label moderation.Label, sign float64) []Word {
	var all []Word
	for k, w := range c {
		if k.label == label && w.Sum*sign > 0 {
			all = append(all, *w)
		}
	}
	slices.SortFunc(all, func(a, b Word) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Sum), math.Abs(a.Sum)), cmp.Compare(a.Name, b.Name))
	})
	return all[:min(len(all), shownWords)]
}

// wordTable is one table of the page.
type wordTable struct {
	Label   moderation.Label
	Towards bool
	Words   []Word
}

// WordTables returns the words that weigh most, none where nothing was explained.
func (p page) WordTables() (tables []wordTable) {
	for _, label := range moderation.Labels()[1:] {
		for _, sign := range []float64{1, -1} {
			if words := p.Evaluation.words.strongest(label, sign); len(words) > 0 {
				tables = append(tables, wordTable{label, sign > 0, words})
			}
		}
	}
	return tables
}

// Bar returns how long the bar of a word is, in percent of the first one's.
func (t wordTable) Bar(w Word) int { return int(math.Round(100 * w.Sum / t.Words[0].Sum)) }

// mistakes are the worst mistakes on comments of one label.
type mistakes struct {
	Title string
	All   []Scored
}

// Mistakes returns the worst mistakes, by what the comments are.
func (p page) Mistakes() (groups []mistakes) {
	titles := map[moderation.Label]string{
		moderation.OK:    "Decent comments taken for spam or abuse",
		moderation.Spam:  "Spam that was missed",
		moderation.Abuse: "Abuse that was missed",
	}
	for _, label := range moderation.Labels() {
		g := mistakes{Title: titles[label]}
		for _, m := range p.Evaluation.mistakes {
			if m.Label == label {
				g.All = append(g.All, m)
			}
		}
		if len(g.All) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// Told returns what weighed for and against the label that matters in a mistake:
// the one that it was taken for, else the one that was missed.
func (s Scored) Told() (told []moderation.Weight) {
	label := s.Predicted
	if label == moderation.OK {
		label = s.Label
	}
	for _, w := range s.Weights {
		if w.Label == label && len(told) < explained {
			told = append(told, w)
		}
	}
	return told
}
