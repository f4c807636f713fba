package classifier

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/moderation"
)

const (
	maxWithout  = 3  // how many words are left out at most
	maxLeavable = 12 // how many are tried, those that weigh most
	// maxQuick is how many tokens a comment has at most for which [Checker.Check]
	// works it out: seldom more than a millisecond's work.
	maxQuick = 100
)

// closeTo is what two decimals can't tell apart.
const closeTo = .01

// Reach is how far a comment is from being held, by the label that is furthest
// over its threshold, or nearest to it.
type Reach struct {
	Label moderation.Label // spam or abuse
	Score float64          // its probability
	Limit float64          // from which it is held; 0: never
}

// Held reports whether the classifier asks for the comment to be held.
func (r Reach) Held() bool { return r.Limit > 0 && r.Score >= r.Limit }

// of returns the score as a multiple of the threshold.
func (r Reach) of() float64 {
	if r.Limit == 0 {
		return 0
	}
	return r.Score / r.Limit
}

// reachOf finds the label that matters.
func reachOf(p moderation.Probabilities, limits moderation.Thresholds) Reach {
	spam, abuse := Reach{moderation.Spam, p.Spam, limits.Spam}, Reach{moderation.Abuse, p.Abuse, limits.Abuse}
	if cmp.Or(cmp.Compare(spam.of(), abuse.of()), cmp.Compare(p.Spam, p.Abuse)) > 0 {
		return spam
	}
	return abuse
}

// from tells the distance: "0.12, held from 0.37".
func (r Reach) from() string {
	score := fmt.Sprintf("%.2f", r.Score)
	switch gap := r.Score - r.Limit; {
	case r.Limit == 0:
		return score + ", never held for it"
	case -closeTo < gap && gap < closeTo, r.Limit > 1-closeTo:
		return fmt.Sprintf("%.4f, held from %.4f", r.Score, r.Limit)
	case r.Score < closeTo:
		return fmt.Sprintf("below 0.01, held from %.2f", r.Limit)
	}
	return fmt.Sprintf("%s, held from %.2f", score, r.Limit)
}

// String tells the distance with its label.
func (r Reach) String() string { return string(r.Label) + " " + r.from() }

// Turn is what it takes to change what the classifier says of a comment.
type Turn struct {
	Reach
	// Without are words of a held comment, as explanations call them, that were
	// left out; Rest is how far it is from being held without them. They are few:
	// where they do not suffice, Rest is held, too.
	Without []string
	Rest    Reach
}

// String tells in one line what it takes.
func (t Turn) String() string {
	switch {
	case !t.Held():
		return t.Reach.String()
	case len(t.Without) == 0:
		return "leaving out single words changes nothing (" + t.Reach.String() + ")"
	case t.Rest.Held():
		return fmt.Sprintf("even without %s it would be held (%s)", listed(t.Without), t.Rest)
	}
	return fmt.Sprintf("without %s it would pass (%s)", listed(t.Without), t.Rest)
}

// Note tells the same at the end of a signal's detail, of what is held: what the
// probability is without the words, whatever else may hold the comment.
func (t Turn) Note() string {
	if len(t.Without) == 0 {
		return ""
	}
	even := ""
	if t.Rest.Held() {
		even = "even "
	}
	return fmt.Sprintf("; %swithout %s: %s", even, listed(t.Without), t.Rest)
}

// listed joins words as in a sentence. Links and handles, which have a space in
// their name, have no quotes.
func listed(words []string) string {
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = w
		if !strings.Contains(w, " ") {
			names[i] = quoted(w)
		}
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// Turn works out what it takes to change what the classifier says of a comment
// with the thresholds of its site. It judges the comment again without this word
// and that, always leaving out the one that brings it furthest down, so it takes
// many times as long as [Checker.Check].
func (c *Checker) Turn(sub moderation.Submission) Turn {
	x := c.model.newExtractor()
	f := c.find(x, sub)
	return c.turn(x, &f, sub)
}

// turn is Turn for what was found.
func (c *Checker) turn(x *extractor, f *finding, sub moderation.Submission) Turn {
	limits := sub.Site.Thresholds.Or(f.limits)
	t := Turn{Reach: reachOf(f.p, limits)}
	t.Rest = t.Reach
	if !t.Held() {
		return t
	}
	left := leavable(x.units(&f.evidence), t.Label)
	cut := &cutting{extractor: c.model.newExtractor(), of: x}
	for len(t.Without) < maxWithout && t.Rest.Held() {
		best := -1
		lowest := t.Rest
		for i, name := range left {
			cut.readWithout(append(t.Without, name), sub.Parent.Author)
			if r := reachOf(c.probabilities(cut.extractor, sub.Site.ID), limits); r.of() < lowest.of() {
				best, lowest = i, r
			}
		}
		if best < 0 {
			break
		}
		t.Without, t.Rest = append(t.Without, strings.Clone(left[best])), lowest
		left = slices.Delete(left, best, best+1)
	}
	return t
}

// leavable returns the names of the words that speak most for a label, by
// themselves and in pairs.
func leavable(units []unit, label moderation.Label) []string {
	c := spam
	if label == moderation.Abuse {
		c = abuse
	}
	sums := map[int]float64{}
	for i, u := range units {
		if !u.pair {
			sums[i] += u.sum[c]
			continue
		}
		for _, w := range u.words {
			sums[w] += u.sum[c]
		}
	}
	var words []int
	for i, sum := range sums {
		if sum > 0 {
			words = append(words, i)
		}
	}
	slices.SortFunc(words, func(a, b int) int { return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b)) })
	var names []string
	for _, i := range words[:min(len(words), maxLeavable)] {
		names = append(names, units[i].name)
	}
	return names
}

// cutting reads a comment again without some of its words.
type cutting struct {
	*extractor
	of   *extractor // the whole comment
	text []byte
}

// readWithout reads what is left of the comment.
func (c *cutting) readWithout(names []string, addressed string) {
	c.text = c.text[:0]
	at := 0
	for _, token := range c.of.tokens {
		if _, name := c.of.called(token); slices.Contains(names, name) {
			c.text = append(c.text, c.of.text[at:token.start]...)
			at = token.end
		}
	}
	c.text = append(c.text, c.of.text[at:]...)
	c.readNormal(string(c.text), addressed)
}
