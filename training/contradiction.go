package training

import (
	"cmp"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

const (
	// sameWords is the share of their words, of those that either has, from which
	// two texts are nearly the same (Jaccard's coefficient).
	sameWords = 0.8
	// burstTime is within what time contradictory lessons are a burst, burstOf how
	// many they must be.
	burstTime = 24 * time.Hour
	burstOf   = 5
	// comparedMost bounds with how many others that share a rare word a text is
	// compared: the newest ones.
	comparedMost = 100
)

// Contradiction are lessons of the same text, or nearly, that teach different
// labels.
type Contradiction struct {
	Text    string   `json:"text"` // of the first one
	Lessons []Taught `json:"lessons"`
}

// Taught is what one decision taught.
type Taught struct {
	Comment moderation.CommentID `json:"comment_id"`
	Label   moderation.Label     `json:"label"`
	At      time.Time            `json:"at"`
}

// Burst says that many lessons that contradict earlier ones came in a short time,
// as where somebody decides who should not.
type Burst struct {
	Lessons int       `json:"lessons"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
}

// Contradictions returns the lessons that contradict each other, those with the
// newest lesson first. Texts are compared by their folded words, whatever the
// order; where very many share their rarest words, not every pair is compared.
// Lessons whose texts are purged are not compared.
func Contradictions(lessons []moderation.PastLesson) []Contradiction {
	lessons = slices.DeleteFunc(slices.Clone(lessons), func(l moderation.PastLesson) bool { return len(l.Features) > 0 })
	s := newSameness(lessons)
	s.join()
	clusters := map[int][]int{}
	for i := range lessons {
		root := s.root(s.group[i])
		clusters[root] = append(clusters[root], i)
	}
	var found []Contradiction
	for _, members := range clusters {
		c := Contradiction{Text: lessons[members[0]].Text}
		labels := map[moderation.Label]bool{}
		for _, i := range members {
			l := &lessons[i]
			labels[l.Label] = true
			c.Lessons = append(c.Lessons, Taught{l.Comment, l.Label, l.At})
		}
		if len(labels) > 1 {
			slices.SortStableFunc(c.Lessons, func(a, b Taught) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Comment, b.Comment)) })
			found = append(found, c)
		}
	}
	newest := func(c Contradiction) Taught { return c.Lessons[len(c.Lessons)-1] }
	slices.SortFunc(found, func(a, b Contradiction) int {
		return cmp.Or(newest(b).At.Compare(newest(a).At), cmp.Compare(newest(b).Comment, newest(a).Comment))
	})
	return found
}

// LargestBurst returns the largest burst among contradictions, of equal ones the
// newest, nil where none is. Only lessons that differ from an earlier one count:
// whoever was there first contradicted nobody.
func LargestBurst(all []Contradiction) *Burst {
	var times []time.Time
	for _, c := range all {
		differs := func(l Taught) bool { return l.Label != c.Lessons[0].Label }
		if first := slices.IndexFunc(c.Lessons, differs); first >= 0 {
			for _, l := range c.Lessons[first:] {
				times = append(times, l.At)
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	var largest *Burst
	from := 0
	for to := range times {
		for times[to].Sub(times[from]) > burstTime {
			from++
		}
		if n := to - from + 1; n >= burstOf && (largest == nil || n >= largest.Lessons) {
			largest = &Burst{n, times[from], times[to]}
		}
	}
	return largest
}

// sameness groups lessons by the set of their words, and joins groups whose sets
// are nearly the same.
type sameness struct {
	group  []int      // of each lesson
	words  [][]uint64 // of each group, the rarest first
	parent []int      // of each group: the forest of a union-find
}

// newSameness groups lessons with the same words.
func newSameness(lessons []moderation.PastLesson) *sameness {
	s, seed := &sameness{group: make([]int, len(lessons))}, maphash.MakeSeed()
	groups := map[uint64]int{}
	for i := range lessons {
		words := wordSet(seed, lessons[i].Text)
		sum := uint64(len(words))
		for _, w := range words {
			sum = maphash.Comparable(seed, [2]uint64{sum, w})
		}
		g, known := groups[sum]
		if !known {
			g = len(s.words)
			groups[sum] = g
			s.words, s.parent = append(s.words, words), append(s.parent, g)
		}
		s.group[i] = g
	}
	return s
}

// wordSet returns the hashes of the different words of a text, sorted. A text
// without words is one word.
func wordSet(seed maphash.Seed, s string) []uint64 {
	set := map[uint64]bool{}
	folded := text.Squeeze(text.Fold(s))
	for _, w := range text.Words(folded) {
		set[maphash.String(seed, w)] = true
	}
	if len(set) == 0 {
		set[maphash.String(seed, folded)] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// join joins the groups that are nearly the same. Two sets that share enough
// share one of their rarest words, so only such pairs are compared (Bayardo, Ma
// and Srikant 2007, "Scaling up all pairs similarity search").
func (s *sameness) join() {
	frequency := map[uint64]int{}
	for _, words := range s.words {
		for _, w := range words {
			frequency[w]++
		}
	}
	index := map[uint64][]int{}
	for g, words := range s.words {
		slices.SortFunc(words, func(a, b uint64) int { return cmp.Or(cmp.Compare(frequency[a], frequency[b]), cmp.Compare(a, b)) })
		compared := map[int]bool{}
		for _, w := range words[:len(words)-int(math.Ceil(sameWords*float64(len(words))))+1] {
			for _, other := range slices.Backward(index[w]) {
				if len(compared) == comparedMost {
					break
				}
				if !compared[other] && s.root(other) != s.root(g) && overlap(words, s.words[other]) >= sameWords {
					s.parent[s.root(other)] = s.root(g)
				}
				compared[other] = true
			}
			index[w] = append(index[w], g)
		}
	}
}

// root returns the group that stands for all that are joined with g.
func (s *sameness) root(g int) int {
	for s.parent[g] != g {
		s.parent[g] = s.parent[s.parent[g]]
		g = s.parent[g]
	}
	return g
}

// overlap returns the share of their words that two sets share.
func overlap(a, b []uint64) float64 {
	in := make(map[uint64]bool, len(a))
	for _, w := range a {
		in[w] = true
	}
	both := 0
	for _, w := range b {
		if in[w] {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}
