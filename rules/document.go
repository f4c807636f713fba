package rules

import (
	"regexp"
	"slices"

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
	action  moderation.Action
	label   moderation.Label
	message string
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
		{"lists", func(n ast.Node) { doc.lists = r.lists(n) }},
		{"rules", func(n ast.Node) { doc.rules = r.rules(n) }},
	}
	if pack == "" {
		fields = append(fields, field{"packs", func(n ast.Node) { doc.packs = r.packs(n) }})
	} else {
		fields = append(fields, field{"default", func(n ast.Node) { doc.off = !r.onOff(n, "default") }})
	}
	r.object(node, "a rule book", fields...)
	return doc
}

// asError returns err as an [Error] of the file.
func asError(src *source, err error) *Error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // parseYAML returns it bare
		return e
	}
	return errorAt(place{src: src, line: 1, column: 1}, "%v", err)
}

// packs reads `packs: {links: off, spam: {casino: off}}`.
func (r *reader) packs(n ast.Node) []packSwitch {
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
	before := len(r.list)
	r.object(n, "a rule",
		field{"id", func(n ast.Node) { rule.id, rule.at = r.id(n), r.at(n) }},
		field{"when", func(n ast.Node) { rule.when = condition{text: r.text(n, "when"), node: n, src: r.src} }},
		field{"action", func(n ast.Node) { rule.action = r.action(n) }},
		field{"label", func(n ast.Node) { rule.label = r.label(n) }},
		r.intoText("message", &rule.message),
		field{"catches", func(n ast.Node) { rule.catches = r.cases(n, "catches", true) }},
		field{"passes", func(n ast.Node) { rule.passes = r.cases(n, "passes", false) }},
	)
	if len(r.list) > before {
		return rule
	}
	missing := []struct {
		is   bool
		what string
	}{
		{rule.id == "", "id"},
		{rule.when.node == nil, "when (its condition)"},
		{rule.action == "", "action (hold, reject or approve)"},
		{rule.message == "", "message (what moderators read as the reason)"},
		{len(rule.catches) == 0, "catches (at least one comment that it must hit)"},
		{len(rule.passes) == 0, "passes (at least one comment that it must not hit)"},
	}
	for _, m := range missing {
		if m.is {
			r.add(rule.at, "rule %q lacks %s", rule.id, m.what)
		}
	}
	if rule.action == moderation.Approve && rule.label != "" && rule.label != moderation.OK {
		r.add(rule.at, "rule %q approves what it calls %s", rule.id, rule.label)
	}
	return rule
}

// id reads the id of a rule.
func (r *reader) id(n ast.Node) string {
	id := r.text(n, "id")
	if !idPattern().MatchString(id) {
		r.add(r.at(n), "id %q: use a to z, 0 to 9, - and _, a letter first", id)
	}
	return id
}

// action reads what a rule does.
func (r *reader) action(n ast.Node) moderation.Action {
	word := r.text(n, "action")
	actions := []moderation.Action{moderation.Hold, moderation.Reject, moderation.Approve}
	if !slices.Contains(actions, moderation.Action(word)) {
		r.add(r.at(n), "action %q is none of hold, reject, approve", word)
	}
	return moderation.Action(word)
}

// label reads what a rule takes a comment for.
func (r *reader) label(n ast.Node) moderation.Label {
	word := r.text(n, "label")
	if !slices.Contains(moderation.Labels(), moderation.Label(word)) {
		r.add(r.at(n), "label %q is none of ok, spam, abuse", word)
	}
	return moderation.Label(word)
}
