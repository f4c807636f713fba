package rules

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"gatehouse/internal/moderation"
)

// Action is what a rule does with a comment that it hits.
type Action string

// The actions. Hold, reject and approve ask the policy for just that; score adds
// a weight to a sum that the book holds or rejects from (see [Book.Check]); tag
// gives the rule's tags and does nothing else.
const (
	ActionHold    Action = "hold"
	ActionReject  Action = "reject"
	ActionApprove Action = "approve"
	ActionScore   Action = "score"
	ActionTag     Action = "tag"
)

// actions are all of them.
func actions() []Action {
	return []Action{ActionHold, ActionReject, ActionApprove, ActionScore, ActionTag}
}

// asks returns what the policy is asked for by a rule's own signal; nothing
// where the rule only adds to a sum or tags.
func (a Action) asks() moderation.Action {
	switch a {
	case ActionHold, ActionReject, ActionApprove:
		return moderation.Action(a)
	}
	return ""
}

// The limits of tags and weights.
const (
	maxTags   = 8
	maxTag    = 30 // characters
	maxWeight = 1000
)

// action reads what a rule does.
func (r *reader) action(n ast.Node) Action {
	word := Action(r.text(n, "action"))
	if !slices.Contains(actions(), word) {
		r.add(r.at(n), "action %q is none of hold, reject, approve, score, tag%s", word, didYouMean(string(word), actionNames()))
	}
	return word
}

// actionNames returns the actions as words.
func actionNames() []string {
	var names []string
	for _, a := range actions() {
		names = append(names, string(a))
	}
	return names
}

// label reads what a rule takes a comment for.
func (r *reader) label(n ast.Node) moderation.Label {
	word := r.text(n, "label")
	if !slices.Contains(moderation.Labels(), moderation.Label(word)) {
		r.add(r.at(n), "label %q is none of ok, spam, abuse", word)
	}
	return moderation.Label(word)
}

// weight reads what a rule adds to the sum.
func (r *reader) weight(n ast.Node) float64 {
	before := len(r.list)
	w := r.number(n, "weight")
	if len(r.list) == before && (w == 0 || math.IsNaN(w) || math.Abs(w) > maxWeight) {
		r.add(r.at(n), "weight must be a number from %d to %d, and not 0", -maxWeight, maxWeight)
	}
	return w
}

// tags reads the tags that a rule gives.
func (r *reader) tags(n ast.Node) []string {
	var tags []string
	items := r.items(n, "tags")
	if len(items) > maxTags {
		r.add(r.at(n), "%d tags; a rule may give %d", len(items), maxTags)
	}
	for _, item := range items {
		tag := r.text(item, "a tag")
		switch {
		case !isTag(tag):
			r.add(r.at(item), "tag %q: use letters, digits, - and _, at most %d of them", tag, maxTag)
		case slices.Contains(tags, tag):
			r.add(r.at(item), "tag %q is there twice", tag)
		}
		tags = append(tags, tag)
	}
	return tags
}

// isTag reports whether s may be a tag.
func isTag(s string) bool {
	return s != "" && utf8.RuneCountInString(s) <= maxTag && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	})
}

// agree notes what in a rule contradicts its action. At says where its keys are.
func (r *reader) agree(rule ruleSource, at map[string]place) {
	against := rule.label == moderation.Spam || rule.label == moderation.Abuse
	for _, c := range []struct {
		key string
		is  bool
		why string
	}{
		{"label", rule.action == ActionApprove && against, fmt.Sprintf("approves what it calls %s", rule.label)},
		{"label", rule.action == ActionHold && rule.label == moderation.OK, "holds what it calls ok"},
		{"label", rule.action == ActionReject && rule.label == moderation.OK, "rejects what it calls ok"},
		{"label", rule.action == ActionTag && rule.label != "", "only tags: a label is for what speaks for or against a comment"},
		{"label", rule.action == ActionScore && rule.label == moderation.OK && rule.weight > 0, "adds weight against what it calls ok: make the weight negative"},
		{"label", rule.action == ActionScore && against && rule.weight < 0, fmt.Sprintf("takes weight off what it calls %s: its label is ok, or none", rule.label)},
		{"weight", rule.action != ActionScore && rule.weight != 0, fmt.Sprintf("has a weight, but its action is %s: weights are for score", rule.action)},
		{"urgent", rule.action == ActionApprove && rule.urgent, "is urgent, but approves: nobody would see it"},
		{"urgent", rule.action == ActionTag && rule.urgent, "is urgent, but only tags: urgent is for what holds, rejects or scores"},
		{"urgent", rule.urgent && rule.weight < 0, "is urgent, but speaks for the comment"},
	} {
		if c.is {
			r.add(at[c.key], "rule %q %s", rule.id, c.why)
		}
	}
}
