package rules

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
	yaml "github.com/goccy/go-yaml/ast"
)

// maxNodes is how many names, values and operators a condition may have. With
// loops over links only, none inside another, it bounds the time of a rule.
const maxNodes = 300

// maxCondition is how long a condition may be, in bytes.
const maxCondition = 8 << 10

// maxMemory is what expr may allocate for one evaluation, in its own units.
const maxMemory = 10_000

// condition is the text after when, and where it stands.
type condition struct {
	text string
	node yaml.Node
	src  *source
}

// program is a compiled condition.
type program struct {
	code  *vm.Program
	slots []int     // what it reads of the environment
	shows []show    // what else is evidence when it is true
	needs []trigger // it is false unless one of these is pulled; nil: it may be true
}

// compile turns cond into a program. Mistakes go to c.faults, and ok is false.
func (c *compiler) compile(cond condition) (p program, ok bool) {
	if len(cond.text) > maxCondition {
		c.add(placeOf(cond.src, cond.node), "the condition has %d bytes; it may have %d: put words and hosts into lists", len(cond.text), maxCondition)
		return p, false
	}
	before := len(c.list)
	tree, err := parser.Parse(cond.text)
	if err != nil {
		c.exprFault(cond, err)
		return p, false
	}
	ch := checked{compiler: c, cond: cond, slots: make(map[string]int)}
	ch.node(tree.Node)
	if len(c.list) > before {
		return p, false
	}
	env := make(types.Map, len(ch.slots))
	names := make(map[string]string, len(ch.slots))
	for written, i := range ch.slots {
		names[written] = c.slots[i].name
		env[c.slots[i].name] = c.slots[i].kind.exprType()
	}
	p.code, err = expr.Compile(cond.text, expr.Env(env), expr.AsBool(), expr.WarnOnAny(),
		expr.MaxNodes(maxNodes), expr.Patch(&flattener{names}))
	if err != nil {
		c.exprFault(cond, err)
		return p, false
	}
	p.slots, p.needs, p.shows = ch.order, ch.needs(tree.Node), ch.shows
	return p, true
}

// exprFault notes an error of expr's at its place in the file.
func (c *compiler) exprFault(cond condition, err error) {
	var located *file.Error
	if !errors.As(err, &located) {
		c.add(cond.place(0, utf8.RuneCountInString(cond.text)), "condition: %s", plain(err.Error()))
		return
	}
	message, from, to := plain(located.Message), located.From, located.To
	if end := utf8.RuneCountInString(cond.text); strings.Contains(located.Message, "EOF") {
		from, to = end, end
		if cond.cutByComment() {
			message += ` (YAML takes what follows " #" for a comment: put the condition in quotes)`
		}
	}
	c.add(cond.place(from, to), "%s", message)
}

// cutByComment reports whether a # ended the condition.
func (c condition) cutByComment() bool {
	spots := c.spots(placeOf(c.src, c.node))
	if len(spots) == 0 {
		return false
	}
	end := spots[len(spots)-1]
	line := []rune(c.src.line(end.line))
	return strings.HasPrefix(strings.TrimSpace(string(line[min(end.column, len(line)):])), "#")
}

// plain takes Go's words out of expr's messages.
func plain(message string) string {
	return strings.NewReplacer(
		"[]string", "list of texts", "float64", "number", "int", "number", "string", "text", "bool", "yes or no",
		"unexpected token EOF", "the condition ends too early",
		"compilation failed: expression exceeds maximum allowed nodes", "the condition is too long",
	).Replace(message)
}

// place returns where the characters from, to of the condition stand in the
// file: YAML folds lines, strips indentation and takes escapes apart.
func (c condition) place(from, to int) place {
	start := placeOf(c.src, c.node)
	spots := c.spots(start)
	if from > len(spots) || len(spots) == 0 {
		return start
	}
	var at place
	if from == len(spots) { // the end is one further
		at = spots[from-1]
		at.column++
	} else {
		at = spots[from]
	}
	at.width = 1
	for i := from + 1; i < min(to, len(spots)); i++ {
		if spots[i].line == at.line {
			at.width = max(at.width, spots[i].column-at.column+1)
		}
	}
	if runes := []rune(c.text); to <= from+1 {
		for i := from + 1; i < len(runes) && isNameRune(runes[from]) && isNameRune(runes[i]); i++ {
			at.width++
		}
	}
	return at
}

// isNameRune reports whether r may stand in a name.
func isNameRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// spots returns where each character of the condition stands, by walking the
// file and the condition side by side: what is in the file only is indentation,
// a quote or a backslash. It returns nothing where the two do not fit.
func (c condition) spots(start place) []place {
	line, column := start.line, start.column
	if _, block := c.node.(*yaml.LiteralNode); block {
		line, column = line+1, 1 // after the line of the "|" or ">"
	}
	written := []rune(c.src.line(line))
	var spots []place
	for _, r := range c.text {
		if unicode.IsSpace(r) {
			spots = append(spots, place{src: c.src, line: line, column: column})
			continue
		}
		for column > len(written) || written[column-1] != r {
			column++
			if column > len(written) {
				line, column = line+1, 1
				written = []rune(c.src.line(line))
			}
			if line > len(c.src.lines) {
				return nil
			}
		}
		spots = append(spots, place{src: c.src, line: line, column: column})
		column++
	}
	return spots
}

// flattener makes each fact and function call of a condition one name
// of the flat environment.
type flattener struct {
	names map[string]string // from the text of a node
}

// Visit replaces node.
func (f *flattener) Visit(node *ast.Node) {
	switch (*node).(type) {
	case *ast.MemberNode, *ast.CallNode:
		if name, ok := f.names[(*node).String()]; ok {
			ast.Patch(node, &ast.IdentifierNode{Value: name})
		}
	}
}
