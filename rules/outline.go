package rules

import (
	"slices"
	"strings"

	"gatehouse/internal/moderation"
)

// Outline is what a list of rules shows of one.
type Outline struct {
	Rule, Condition string
	Action          Action
	Label           moderation.Label
	Shadow          bool
	// Unkept are the facts it reads that are not kept with a comment: it can't be
	// asked of stored ones.
	Unkept []string
}

// Outline returns the book's rules in their order.
func (b *Book) Outline() []Outline {
	list := make([]Outline, 0, len(b.rules))
	for _, r := range b.rules {
		list = append(list, Outline{Rule: r.name, Condition: strings.Join(strings.Fields(r.when.text), " "),
			Action: r.action, Label: r.label, Shadow: r.shadow, Unkept: b.unkept(r)})
	}
	return list
}

// unkept returns the facts that a rule reads and that are not kept: of e-mail and
// address there are keyed hashes only.
func (b *Book) unkept(r *rule) []string {
	var names []string
	note := func(slot int) {
		name := b.slots[slot].name
		if (fact{name: name}).private() && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, i := range r.program.slots {
		note(i)
		for _, t := range b.slots[i].triggers {
			note(t.subject)
		}
	}
	return names
}
