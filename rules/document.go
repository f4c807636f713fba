package rules

import (
	"regexp"

	"github.com/goccy/go-yaml/ast"

	"gatehouse/internal/moderation"
)

// document is one file of rules as read, before anything is compiled.
type document struct {
	src   *source
	dir   string // what the files of lists are relative to
	pack  string // the name of a built-in pack; empty: a user's own
	about string
	off   bool // a pack that is off unless switched on
	packs []packSwitch
	score *scoreSource // nil: says nothing of it
	lists []*list
	rules []ruleSource
}

// packSwitch turns a pack, or one rule of it, on or off.
type packSwitch struct {
	pack, rule string // an empty rule: the pack
	on         bool
	at         place
}

// ruleSource is a rule as read.
type ruleSource struct {
	id      string
	at      place // of the rule's id
	when    condition
	action  Action
	label   moderation.Label // empty: says nothing of it
	message string           // empty: the id in words
	weight  float64          // of a rule that scores
	tags    []string
	urgent  bool // it may wake somebody
	shadow  bool // it is recorded and does nothing
	catches []testCase
	passes  []testCase
}

// idPattern is what ids and the names of lists look like. Conditions use the
// names of lists, so that they look like names there.
func idPattern() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_-]*$`) }

func listNamePattern() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_]*$`) }

// readDocument reads one file. Mistakes go to f.
func readDocument(f *faults, src *source, data []byte, dir, pack string) document {
	doc := document{src: src, dir: dir, pack: pack}
	node, err := parseYAML(src, data)
	if err != nil {
		f.list = append(f.list, asError(src, err))
		return doc
	}
	if node == nil {
		return doc
	}
	r := &reader{faults: f, src: src}
	fields := []field{
		r.intoText("about", &doc.about),
		unlessNull("lists", func(n ast.Node) { doc.lists = r.lists(n) }),
		unlessNull("rules", func(n ast.Node) { doc.rules = r.rules(n) }),
	}
	if pack == "" {
		fields = append(fields,
			unlessNull("packs", func(n ast.Node) { doc.packs = r.packs(n) }),
			unlessNull("score", func(n ast.Node) { doc.score = r.score(n) }))
	} else {
		fields = append(fields, field{"default", func(n ast.Node) { doc.off = !r.onOff(n, "default") }})
	}
	r.object(node, "a rule book", fields...)
	return doc
}

// unlessNull returns a field that may stand there with nothing behind it, such as
// a list of which everything is commented out.
func unlessNull(name string, read func(ast.Node)) field {
	return field{name, func(n ast.Node) {
		if _, isNull := n.(*ast.NullNode); n != nil && !isNull {
			read(n)
		}
	}}
}

// asError returns err as an [Error] of the file.
func asError(src *source, err error) *Error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // parseYAML returns it bare
		return e
	}
	return errorAt(place{src: src, line: 1, column: 1}, "%v", err)
}

// allPacks is what stands for every pack in switches.
const allPacks = "all"

// packs reads `packs: {links: off, spam: {casino: off}}`, or `packs: off`.
func (r *reader) packs(n ast.Node) []packSwitch {
	if _, single := scalar(n); single {
		return []packSwitch{{pack: allPacks, on: r.onOff(n, "packs"), at: r.at(n)}}
	}
	var list []packSwitch
	for _, pair := range r.pairs(n, "packs") {
		pack, ok := r.key(pair)
		if !ok {
			continue
		}
		if _, single := scalar(pair.Value); single {
			list = append(list, packSwitch{pack: pack, on: r.onOff(pair.Value, pack), at: r.at(pair.Key)})
			continue
		}
		for _, inner := range r.pairs(pair.Value, pack) {
			if rule, ok := r.key(inner); ok {
				list = append(list, packSwitch{pack: pack, rule: rule, on: r.onOff(inner.Value, rule), at: r.at(inner.Key)})
			}
		}
	}
	return list
}

// rules reads the list of rules.
func (r *reader) rules(n ast.Node) []ruleSource {
	var list []ruleSource
	for _, item := range r.items(n, "rules") {
		list = append(list, r.rule(item))
	}
	return list
}

// rule reads one rule.
func (r *reader) rule(n ast.Node) ruleSource {
	rule := ruleSource{at: r.at(n)}
	at := make(map[string]place)
	before := len(r.list)
	fields := []field{
		{"id", func(n ast.Node) { rule.id, rule.at = r.id(n), r.at(n) }},
		{"when", func(n ast.Node) { rule.when = condition{text: r.text(n, "when"), node: n, src: r.src} }},
		{"action", func(n ast.Node) { rule.action = r.action(n) }},
		{"label", func(n ast.Node) { rule.label = r.label(n) }},
		r.intoText("message", &rule.message),
		{"weight", func(n ast.Node) { rule.weight = r.weight(n) }},
		{"tags", func(n ast.Node) { rule.tags = r.tags(n) }},
		{"urgent", func(n ast.Node) { rule.urgent = r.onOff(n, "urgent") }},
		{"shadow", func(n ast.Node) { rule.shadow = r.onOff(n, "shadow") }},
		{"catches", func(n ast.Node) { rule.catches = r.cases(n, "catches", true) }},
		{"passes", func(n ast.Node) { rule.passes = r.cases(n, "passes", false) }},
	}
	for i, f := range fields {
		fields[i].read = func(n ast.Node) {
			at[f.name] = r.at(n)
			f.read(n)
		}
	}
	r.object(n, "a rule", fields...)
	if len(r.list) == before {
		r.complete(rule)
		r.agree(rule, at)
	}
	return rule
}

// complete notes what a rule lacks.
func (r *reader) complete(rule ruleSource) {
	for _, m := range []struct {
		is   bool
		what string
	}{
		{rule.id == "", "id"},
		{rule.when.node == nil, "when (its condition)"},
		{rule.action == "", "action (hold, reject, approve, score or tag)"},
		{rule.action == ActionScore && rule.weight == 0, "weight (what it adds to the sum)"},
		{rule.action == ActionTag && len(rule.tags) == 0, "tags (what it gives)"},
		{len(rule.catches) == 0, "catches (at least one comment that it must hit)"},
		{len(rule.passes) == 0, "passes (at least one comment that it must not hit)"},
	} {
		if m.is {
			r.add(rule.at, "rule %q lacks %s", rule.id, m.what)
		}
	}
}

// id reads the id of a rule.
func (r *reader) id(n ast.Node) string {
	id := r.text(n, "id")
	if !idPattern().MatchString(id) {
		r.add(r.at(n), "id %q: use a to z, 0 to 9, - and _, a letter first", id)
	}
	if id == scoreRule {
		r.add(r.at(n), "id %q is what the sum of weights is called", id)
	}
	return id
}
