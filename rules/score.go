package rules

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// scoreRule is what the signal of the sum calls itself. No rule can have that
// name: see reader.id.
const scoreRule = "score"

// Limits are the sums of weights from which a book holds or rejects a comment;
// 0: never.
type Limits struct {
	Hold, Reject float64
}

// defaultLimits hold from a sum of 5 and never reject.
func defaultLimits() Limits { return Limits{Hold: 5} }

// scoreSource is `score: {hold: 5, reject: 0}` as read.
type scoreSource struct {
	limits Limits
	at     place
}

// score reads the limits of the sum.
func (r *reader) score(n ast.Node) *scoreSource {
	s := &scoreSource{limits: defaultLimits(), at: r.at(n)}
	limit := func(name string, target *float64) field {
		return field{name, func(n ast.Node) {
			*target = r.number(n, name)
			if math.IsNaN(*target) || *target < 0 || math.IsInf(*target, 0) {
				r.add(r.at(n), "%s must be a number above 0, or 0 for never", name)
			}
		}}
	}
	r.object(n, "score", limit("hold", &s.limits.Hold), limit("reject", &s.limits.Reject))
	if l := s.limits; l.Reject > 0 && l.Hold >= l.Reject {
		r.add(s.at, "a sum that rejects from %s never holds from %s: make reject the larger one, or hold 0", number(l.Reject), number(l.Hold))
	}
	return s
}

// limits returns the limits of the user's files, of which one may set them.
func (l *loader) limits() Limits {
	var set *scoreSource
	for _, doc := range l.docs {
		switch {
		case doc.score == nil:
		case set != nil:
			l.add(doc.score.at, "score is also at %s:%d", set.at.src.name, set.at.line)
		default:
			set = doc.score
		}
	}
	if set == nil {
		return defaultLimits()
	}
	return set.limits
}

// reach notes where the weights of all rules together are too small to do
// anything: such rules look as if they worked.
func (c *compiler) reach(limits Limits) {
	var sum float64
	var first *rule
	for _, r := range c.rules {
		if r.action == ActionScore && !r.shadow && r.weight > 0 {
			sum += r.weight
			first = cmp.Or(first, r)
		}
	}
	least := limits.Hold
	if least == 0 {
		least = limits.Reject
	}
	if first != nil && round(sum) < least {
		c.add(first.at, "the weights of all rules add up to %s, and the sum acts from %s: add rules, or set score: {hold: %s} at the top of the book",
			number(sum), number(least), number(sum))
	}
}

// sum adds up the weights of the rules that hit, in their order, and returns the
// signal of that and whether it is enough to act.
func (b *Book) sum(hits []int) (sum float64, s moderation.Signal, acts bool) {
	var detail []string
	byLabel := make(map[moderation.Label]float64)
	for _, i := range hits {
		if r := b.rules[i]; r.action == ActionScore && !r.shadow {
			sum += r.weight
			byLabel[r.label] += r.weight
			detail = append(detail, r.name+" "+signed(r.weight))
		}
	}
	s = moderation.Signal{Check: checkName, Rule: scoreRule, Score: 1}
	from := b.limits.Hold
	switch sum = round(sum); {
	case b.limits.Reject > 0 && sum >= b.limits.Reject:
		s.Action, from = moderation.Reject, b.limits.Reject
	case b.limits.Hold > 0 && sum >= b.limits.Hold:
		s.Action = moderation.Hold
	default:
		return sum, moderation.Signal{}, false
	}
	s.Label = heaviest(byLabel)
	s.Detail = text.Cut(fmt.Sprintf("adds up to %s, limit %s: %s", number(sum), number(from), strings.Join(detail, ", ")), maxDetail)
	return sum, s, true
}

// heaviest returns the label against a comment that has most weight; none where
// the rules give none.
func heaviest(weights map[moderation.Label]float64) moderation.Label {
	labels := []moderation.Label{moderation.Spam, moderation.Abuse}
	label := slices.MaxFunc(labels, func(a, b moderation.Label) int { return cmp.Compare(weights[a], weights[b]) })
	if weights[label] <= 0 {
		return ""
	}
	return label
}

// round takes the noise off a sum of weights with decimals.
func round(sum float64) float64 { return math.Round(sum*1e6) / 1e6 }

// number writes a weight or a limit.
func number(f float64) string { return strconv.FormatFloat(round(f), 'f', -1, 64) }

// signed writes a weight with its sign.
func signed(f float64) string {
	if f > 0 {
		return "+" + number(f)
	}
	return number(f)
}
