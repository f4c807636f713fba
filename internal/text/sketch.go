package text

import (
	"math"
	"slices"
	"strings"
)

const (
	// sketchBands are so many chances to find a text that resembles another; each
	// needs sketchRows minima to agree. With two rows any two texts that have some
	// common words meet too often: among a million a lookup would be lost in them.
	sketchBands = 12
	sketchRows  = 4
	// minSketched is how many words a text must have to be found by likeness:
	// with fewer any two resemble each other.
	minSketched = 5
)

// Sketch returns numbers by which texts that say nearly the same are found: of
// two texts that share the part j of their words and pairs of words (the Jaccard
// index), at least one number agrees with the probability 1-(1-j⁴)¹²: .99 at .76,
// .87 at .63, .54 at .5, .0001 at .05. The first number is a hash of the whole text. Texts of fewer than
// five words have that one only. Compared are the texts as [Fold] reads them;
// seed keeps the numbers of different sites apart.
//
// It is MinHash with banding: Broder, "On the resemblance and containment of
// documents", 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets",
// 3.4.
func Sketch(s string, seed uint64) []int64 {
	gist := GistOf(s)
	grams := gist.grams
	numbers := []int64{int64(mix(seed ^ hashString(gist.words)))}
	if len(grams) < 2*minSketched-1 {
		return numbers
	}
	var minima [sketchBands * sketchRows]uint64
	for i := range minima {
		minima[i] = math.MaxUint64
	}
	for _, h := range grams {
		for i := range minima {
			h = mix(h + 0x9e3779b97f4a7c15)
			minima[i] = min(minima[i], h)
		}
	}
	for b := range sketchBands {
		h := seed + uint64(b) + 1
		for _, m := range minima[b*sketchRows : (b+1)*sketchRows] {
			h = mix(h ^ m)
		}
		numbers = append(numbers, int64(h))
	}
	return numbers
}

// Resemblance is the part of their words and pairs of words that two texts share,
// 0 to 1, as [Fold] reads them: 1 where they have the same words in the same
// order, whatever stands between.
func Resemblance(a, b string) float64 { return GistOf(a).Resemblance(GistOf(b)) }

// Gist is what [Resemblance] compares of a text, made once for many comparisons.
type Gist struct {
	words string   // with single spaces between
	grams []uint64 // hashes of the words and of the pairs of words, each once, in ascending order
}

// GistOf returns the gist of a text.
func GistOf(s string) Gist {
	s = Fold(s)
	var words strings.Builder
	words.Grow(len(s) + 1)
	grams := make([]uint64, 0, len(s)/3)
	before := uint64(0)
	for _, word := range Words(s) {
		words.WriteString(word)
		words.WriteByte(' ')
		h := hashString(word)
		grams = append(grams, h)
		if before != 0 {
			grams = append(grams, mix(before^mix(h)))
		}
		before = h
	}
	slices.Sort(grams)
	return Gist{words.String(), slices.Compact(grams)}
}

// Resemblance is [Resemblance] of the texts.
func (g Gist) Resemblance(other Gist) float64 {
	if g.words == other.words {
		return 1
	}
	shared := 0
	for a, b := g.grams, other.grams; len(a) > 0 && len(b) > 0; {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			shared++
			a, b = a[1:], b[1:]
		}
	}
	// Two texts can have the same words in another order.
	return min(float64(shared)/float64(max(1, len(g.grams)+len(other.grams)-shared)), 0.999)
}

// hashString is FNV-1a of 64 bits.
func hashString(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood, 2014).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
