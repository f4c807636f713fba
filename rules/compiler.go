package rules

import (
	"strings"

	"gatehouse/internal/moderation"
)

// compiler makes a book of documents.
type compiler struct {
	*faults
	facts     map[string]fact
	functions map[string]function
	index     *index
	slots     []slot
	byName    map[string]int // slots by their names
	rules     []*rule
	lists     int

	scope string           // the pack under way; empty: the user's files
	named map[string]*list // the lists of the scope
}

func newCompiler(f *faults) *compiler {
	c := &compiler{
		faults: f, facts: make(map[string]fact), functions: make(map[string]function),
		index: newIndex(), byName: make(map[string]int),
	}
	for _, f := range facts() {
		c.facts[f.name] = f
	}
	for _, f := range functions() {
		c.functions[f.name] = f
	}
	return c
}

// addDocuments compiles documents that share their lists and the ids of their
// rules.
func (c *compiler) addDocuments(scope string, docs []document) {
	c.scope, c.named = scope, make(map[string]*list)
	for _, doc := range docs {
		for _, l := range doc.lists {
			if first, twice := c.named[l.name]; twice {
				c.add(l.at, "list %q is also at %s:%d", l.name, first.at.src.name, first.at.line)
			}
			c.named[l.name] = l
		}
	}
	c.lists += len(c.named)
	ids := make(map[string]place)
	for _, doc := range docs {
		for _, src := range doc.rules {
			if first, twice := ids[src.id]; twice && src.id != "" {
				c.add(src.at, "rule %q is also at %s:%d", src.id, first.src.name, first.line)
			}
			ids[src.id] = src.at
			c.addRule(src)
		}
	}
}

// addRule compiles one rule.
func (c *compiler) addRule(src ruleSource) {
	if src.when.node == nil {
		return // the reader has complained
	}
	r := &rule{ruleSource: src, name: src.id}
	if c.scope != "" {
		r.name = c.scope + "/" + src.id
	}
	if r.action == ActionApprove && r.label == "" {
		r.label = moderation.OK
	}
	if r.message == "" {
		r.message = strings.NewReplacer("-", " ", "_", " ").Replace(r.id)
	}
	var ok bool
	if r.program, ok = c.compile(src.when); ok {
		c.rules = append(c.rules, r)
	}
}

// book returns the book of everything that was added.
func (c *compiler) book() *Book {
	b := &Book{rules: c.rules, slots: c.slots, index: c.index, lists: c.lists, wakes: make(map[trigger][]int)}
	for i, r := range b.rules {
		if r.program.needs == nil {
			b.always = append(b.always, i)
		}
		for _, t := range r.program.needs {
			b.wakes[t] = append(b.wakes[t], i)
		}
	}
	return b
}
