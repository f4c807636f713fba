package classifier

import (
	"math"
	"slices"
	"unicode/utf8"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

const (
	// Fewer texts, or fewer characters in all, say nothing of a writer; fewer
	// comments of others nothing of the place.
	minTexts, minOthers = 10, 200
	minCharacters       = minTexts * moderation.LongEnough
	// falseShare is the share of others' comments that may be marked.
	falseShare = 0.01
	// Runs of so many characters are counted, in at most so many of a text's.
	shortestGram, longestGram = 3, 5
	maxGramRunes              = 2000
	// halfCount smooths the counts of the others: what none of them has written
	// counts as half a time.
	halfCount = 0.5
)

// PersonaNeeds is what it takes to know a persona by its texts, in words.
const PersonaNeeds = "ten texts of eighty characters on average, and 200 published comments to compare with"

// portrait is how a persona writes, compared with the others of its site: naive
// Bayes over runs of three to five characters, each counted once a text. A run
// that the persona's texts do not have is as likely in them as the others make it,
// halved: the persona's words and the place's count alike (a Dirichlet prior with
// the weight of the texts; Zhai and Lafferty, "A study of smoothing methods for
// language models", 2004). It never changes.
type portrait struct {
	persona moderation.Persona
	Likeness
	ratios   map[uint64]float32 // of the runs in the persona's texts
	unseen   float64            // the ratio of any other
	targets  map[string]target
	answered map[string]int // whom the others answer
	limit    float64        // a comment must score above it
}

// newPortrait draws a persona; nil where there is too little to say.
func newPortrait(s moderation.PersonaSample) *portrait {
	own := newSketchbook(s.Texts)
	if len(s.Texts) < minTexts || own.characters < minCharacters {
		return nil
	}
	others := newSketchbook(s.Others)
	if len(others.texts) < minOthers {
		return nil
	}
	p := &portrait{persona: s.Persona, ratios: make(map[uint64]float32, len(own.counts)), unseen: math.Log(0.5), targets: targetsOf(s.Texts, s.Others), answered: s.Answered}
	for g, n := range own.counts {
		p.ratios[g] = float32(ratio(n, own.total, others.counts[g], others))
	}
	p.measure(own, others, s)
	if p.Found == 0 {
		return nil
	}
	return p
}

// ratio is the log of how much likelier a run is in the persona's texts than in
// the others', given how often it stands in either.
func ratio(own, total, other int, others *sketchbook) float64 {
	likely := (float64(other) + halfCount) / (float64(others.total) + halfCount*float64(len(others.counts)+1))
	return math.Log((float64(own)/likely + float64(total)) / float64(2*total))
}

// score is the mean ratio of a text's runs.
func (p *portrait) score(grams []uint64) float64 {
	sum := 0.0
	for _, g := range grams {
		if r, ok := p.ratios[g]; ok {
			sum += float64(r)
		} else {
			sum += p.unseen
		}
	}
	return sum / float64(max(1, len(grams)))
}

// measure finds the limit and what is to be expected of it: each text is scored by
// what the others but it say.
func (p *portrait) measure(own, others *sketchbook, s moderation.PersonaSample) {
	scores := make([]float64, len(others.texts))
	for i, grams := range others.texts {
		scores[i] = leftOut(grams, func(g uint64) (float64, bool) {
			n := own.counts[g]
			return ratio(n, own.total, others.counts[g]-1, others), n > 0
		})
	}
	slices.Sort(scores)
	allowed := int(falseShare * float64(len(scores)))
	p.limit = scores[len(scores)-1-allowed]
	found, long := 0, 0
	for i, grams := range own.texts {
		if !own.long[i] {
			continue
		}
		long++
		score := leftOut(grams, func(g uint64) (float64, bool) {
			n := own.counts[g] - 1
			return ratio(n, own.total-len(grams), others.counts[g], others), n > 0
		})
		if score > p.limit {
			found++
		}
	}
	p.Likeness = Likeness{Texts: len(s.Texts), Others: len(scores), Found: float64(found) / float64(max(1, long)),
		False: float64(allowed+1) / float64(len(scores)+1), Share: s.Share}
	if hits := p.Found * p.Share; hits > 0 {
		p.Right = hits / (hits + p.False*(1-p.Share))
	}
}

// leftOut is the mean of the ratios that of gives for a text's runs; for one that
// the persona's texts lack it is that of any unseen.
func leftOut(grams []uint64, of func(uint64) (r float64, seen bool)) float64 {
	sum := 0.0
	for _, g := range grams {
		if r, seen := of(g); seen {
			sum += r
		} else {
			sum += math.Log(0.5)
		}
	}
	return sum / float64(max(1, len(grams)))
}

// sketchbook is a number of texts as runs of characters.
type sketchbook struct {
	texts      [][]uint64
	long       []bool // by text: it has LongEnough characters
	counts     map[uint64]int
	total      int // of all counts
	characters int
}

func newSketchbook(texts []string) *sketchbook {
	b := &sketchbook{counts: map[uint64]int{}}
	for _, s := range texts {
		grams := gramsOf(s)
		if len(grams) == 0 {
			continue
		}
		b.texts = append(b.texts, grams)
		n := utf8.RuneCountInString(s)
		b.long = append(b.long, n >= moderation.LongEnough)
		b.characters += n
		b.total += len(grams)
		for _, g := range grams {
			b.counts[g]++
		}
	}
	return b
}

// gramsOf returns the hashes of the runs of characters in the normal form of a
// text, each once.
func gramsOf(s string) []uint64 {
	runes := []rune(" " + text.Normal(s) + " ")
	runes = runes[:min(len(runes), maxGramRunes)]
	grams := make([]uint64, 0, 3*len(runes))
	for from := range runes {
		h := uint64(hashSeed)
		for n, r := range runes[from:min(len(runes), from+longestGram)] {
			for ; r > 0; r >>= 8 {
				h = extend(h, byte(r))
			}
			h = extend(h, 0)
			if n+1 >= shortestGram {
				grams = append(grams, h)
			}
		}
	}
	slices.Sort(grams)
	return slices.Compact(grams)
}
