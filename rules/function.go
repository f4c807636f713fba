package rules

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

// function is something that a condition can ask with arguments. What it asks of a
// text and a list is answered from the index: a list of ten thousand costs what one
// of ten does.
type function struct {
	name      string
	signature string // with an example of its arguments
	doc       string
	result    kind
	lookup    lookup
	// subject is the fact that is asked about where none is named; empty: one
	// must be.
	subject string
	// read takes the arguments of a function that looks for nothing; nil: it does.
	read func(*arguments) (slot int, ok bool)
	// hidden says that only words in disguise are looked for.
	hidden bool
}

// functions is the table of them. The table in docs/rules.md is written from it.
func functions() []function {
	return []function{
		{
			name: "hasWord", signature: `hasWord(text, lists.insults, "piece of work", "moron*")`, result: kindBool, lookup: lookWords,
			doc: "The text has one of these words or phrases: whole words only, whatever their case, accents and disguise (m0r0n, m.o.r.o.n, mооооron). A `*` at the end stands for any ending.",
		},
		{
			name: "countWords", signature: `countWords(text, lists.casino) >= 2`, result: kindNumber, lookup: lookWords,
			doc: "How many different ones of these words or phrases the text has.",
		},
		{
			name: "hidesWord", signature: `hidesWord(text, lists.insults, "casino")`, result: kindBool, lookup: lookWords, hidden: true,
			doc: "The text has one of these words or phrases, and only in disguise: with letters apart, digits or signs for letters, letters of another alphabet, or accents that it does without.",
		},
		{
			name: "linksTo", signature: `linksTo("example.com", lists.shorteners)`, result: kindBool, lookup: lookHosts, subject: "text",
			doc: "The text has a link to one of these hosts or to a name below it, such as shop.example.com. Another fact may stand first: `linksTo(author.url, …)`.",
		},
		{
			name: "isOneOf", signature: `isOneOf(author.email, lists.known_spammers)`, result: kindBool, lookup: lookValues,
			doc: "The whole text is one of these, whatever its case.",
		},
		{
			name: "inNetwork", signature: `inNetwork(author.ip, "192.0.2.0/24", "2001:db8::/32")`, result: kindBool, lookup: lookNetworks,
			doc: "The address is in one of these networks, or is one of these addresses.",
		},
		{
			name: "recent", signature: `recent(author, "10m") >= 5`, result: kindNumber, read: (*arguments).recent,
			doc: "How many other comments came to the blog in the last \"1m\", \"10m\", \"1h\" or \"24h\" by the same `author` (identity), from the same `address` or its `range` (/24, /64), on the same `post`, or with a link to the same `host`; 1000 at most.",
		},
	}
}

// slot is one name of the environment in which conditions run.
type slot struct {
	name     string
	shown    string // as conditions write it
	kind     kind
	get      func(*state) any
	shows    show      // nil: no evidence
	triggers []trigger // of a function: the hits that it looks for
}

// factSlot returns the slot of f.
func (c *compiler) factSlot(f fact) int {
	return c.slot(slot{name: f.name, shown: f.name, kind: f.kind, get: f.get, shows: f.shows})
}

// slot returns the number of the slot called s.name, which is s if it is new.
func (c *compiler) slot(s slot) int {
	if i, ok := c.byName[s.name]; ok {
		return i
	}
	c.slots = append(c.slots, s)
	c.byName[s.name] = len(c.slots) - 1
	return len(c.slots) - 1
}

// functionSlot returns the slot of a call. Calls in different files may have the
// same text and mean different lists: the name tells them apart.
func (c *compiler) functionSlot(a arguments) int {
	name := a.node.String()
	if c.scope != "" {
		name = c.scope + " " + name
	}
	if i, ok := c.byName[name]; ok {
		return i
	}
	triggers := a.triggers()
	s := slot{
		name: name, shown: a.node.String(), kind: a.fn.result, triggers: triggers,
		get: func(s *state) any { return s.pulled(triggers) },
	}
	if !a.private {
		s.shows = func(s *state) []string { return s.matched(triggers) }
	}
	if a.fn.result == kindNumber {
		s.get = func(s *state) any { return s.count(triggers) }
	}
	return c.slot(s)
}

// arguments are what a function was called with.
type arguments struct {
	*checked
	node    *ast.CallNode
	fn      function
	subject int // the slot of the fact that is asked about
	private bool
	lists   []int
}

// read reads the arguments and reports whether they are right.
func (a *arguments) read() bool {
	before := len(a.list)
	args := a.node.Arguments
	subject := a.fn.subject
	if len(args) > 0 {
		if name, ok := dotted(args[0]); ok && !strings.HasPrefix(name, "lists.") {
			subject, args = name, args[1:]
		}
	}
	f, ok := a.facts[subject]
	switch {
	case subject == "":
		a.fault(a.node, "%s needs a fact to look at first, such as %s", a.fn.name, a.fn.signature)
	case !ok:
		a.name(a.node.Arguments[0], subject)
	case f.kind != kindText:
		a.fault(a.node.Arguments[0], "%s looks at a text, and %s is a %s", a.fn.name, subject, f.kind)
	case len(args) == 0:
		a.fault(a.node, "%s needs something to look for, such as %s", a.fn.name, a.fn.signature)
	}
	if len(a.list) > before {
		return false
	}
	a.subject, a.private = a.factSlot(f), f.private()
	a.lookFor(args)
	return len(a.list) == before
}

// lookFor adds what the arguments after the fact name to the index.
func (a *arguments) lookFor(args []ast.Node) {
	var written []entry
	for _, arg := range args {
		if list, ok := arg.(*ast.ArrayNode); ok {
			a.lookFor(list.Nodes)
			continue
		}
		if word, ok := arg.(*ast.StringNode); ok {
			written = append(written, entry{text: word.Value, at: a.where(arg)})
			continue
		}
		name, ok := dotted(arg)
		if name, found := strings.CutPrefix(name, "lists."); ok && found {
			a.useList(arg, name)
			continue
		}
		a.fault(arg, "%s looks for texts in quotes and for lists (lists.NAME), not for %s", a.fn.name, arg.String())
	}
	if len(written) > 0 {
		a.lists = append(a.lists, a.index.add(a.fn.lookup, written, a.faults))
	}
}

// useList adds a list of the book.
func (a *arguments) useList(arg ast.Node, name string) {
	l, ok := a.named[name]
	if !ok {
		var known []string
		for n := range a.named {
			known = append(known, n)
		}
		a.fault(arg, "unknown list %q%s", name, didYouMean(name, known))
		return
	}
	a.lists = append(a.lists, a.index.addList(a.fn.lookup, l, a.faults))
}

// triggers returns the hits that the call looks for, and has the index look at
// its subject.
func (a *arguments) triggers() []trigger {
	a.index.scan(a.fn.lookup, a.subject)
	var list []trigger
	for _, l := range a.lists {
		list = append(list, trigger{list: l, subject: a.subject, hidden: a.fn.hidden})
	}
	return list
}
