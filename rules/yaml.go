package rules

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxBook is how large a file of rules may be, in bytes. Long lists have files
// of their own.
const maxBook = 1 << 20

// reader reads the tree of one YAML file and notes each mistake with its place.
type reader struct {
	*faults
	src *source
}

// field is one key that a mapping may have.
type field struct {
	name string
	read func(ast.Node)
}

// parseYAML returns the top node of a file; nil for one without content. Tabs,
// unclosed quotes, repeated keys and the like are [Error]s.
func parseYAML(src *source, data []byte) (node ast.Node, err error) {
	if len(data) > maxBook {
		return nil, bookTooLarge(place{src: src, line: 1, column: 1}, int64(len(data)))
	}
	if isBinary(data) {
		return nil, errorAt(place{src: &source{name: src.name}, line: 1, column: 1}, "not a text in UTF-8")
	}
	if !utf8.Valid(data) {
		return nil, errorAt(invalidAt(src), "not valid UTF-8")
	}
	defer func() {
		if p := recover(); p != nil { // the YAML library met what it did not expect
			node, err = nil, errorAt(place{src: src, line: 1, column: 1}, "not YAML that can be read: %v", p)
		}
	}()
	tokens := lexer.Tokenize(strings.TrimPrefix(string(data), byteOrderMark))
	if deep := tooDeep(tokens); deep != nil {
		return nil, errorAt(tokenPlace(src, deep), "nested deeper than %d", maxDepth)
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, syntaxError(src, err)
	}
	if len(file.Docs) > 1 && file.Docs[1].Body != nil {
		return nil, errorAt(placeOf(src, file.Docs[1].Body), "a second document in one file; use a second file")
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, nil
	}
	switch body := file.Docs[0].Body.(type) {
	case *ast.CommentGroupNode, *ast.NullNode:
		return nil, nil
	default:
		return body, nil
	}
}

// invalidAt returns the place of the first byte that is not UTF-8.
func invalidAt(src *source) place {
	for i, line := range src.lines {
		if valid := strings.ToValidUTF8(line, "\x00"); valid != line {
			return place{src: src, line: i + 1, column: utf8.RuneCountInString(line[:strings.IndexByte(valid, 0)]) + 1, width: 1}
		}
	}
	return place{src: src, line: 1, column: 1}
}

// syntaxError returns the YAML library's error as one of ours.
func syntaxError(src *source, err error) error {
	var located interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if !errors.As(err, &located) || located.GetToken() == nil {
		return errorAt(place{src: src, line: 1, column: 1}, "%v", err)
	}
	return errorAt(tokenPlace(src, located.GetToken()), "%s", located.GetMessage())
}

// placeOf returns where n begins.
func placeOf(src *source, n ast.Node) place {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return placeOf(src, n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return placeOf(src, n.Key)
	}
	return tokenPlace(src, n.GetToken())
}

// tokenPlace returns where t stands, as wide as its first line.
func tokenPlace(src *source, t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{src: src, line: 1, column: 1}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(t.Origin), "\n")
	return place{
		src: src, line: max(1, t.Position.Line), column: max(1, t.Position.Column),
		width: utf8.RuneCountInString(strings.TrimSpace(first)),
	}
}

// at returns where n begins.
func (r *reader) at(n ast.Node) place { return placeOf(r.src, n) }

// pairs returns the keys and values of a mapping; what names it in errors.
func (r *reader) pairs(n ast.Node, what string) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	r.add(r.at(n), "%s must be a mapping (key: value), not %s", what, kindOf(n))
	return nil
}

// object reads a mapping that may have the fields given and no others.
func (r *reader) object(n ast.Node, what string, fields ...field) {
	for _, pair := range r.pairs(n, what) {
		key, ok := r.key(pair)
		if !ok {
			continue
		}
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == key })
		if i < 0 {
			r.add(r.at(pair.Key), "unknown key %q in %s%s", key, what, didYouMean(key, names(fields)))
			continue
		}
		fields[i].read(pair.Value)
	}
}

// names returns the fields' names.
func names(fields []field) []string {
	var list []string
	for _, f := range fields {
		list = append(list, f.name)
	}
	return list
}

// key returns the key of pair as written.
func (r *reader) key(pair *ast.MappingValueNode) (string, bool) {
	if key, ok := pair.Key.(ast.Node); ok {
		if s, ok := scalar(key); ok {
			return s, true
		}
	}
	r.add(r.at(pair.Key), "a key must be a word")
	return "", false
}

// items returns the nodes of a list.
func (r *reader) items(n ast.Node, what string) []ast.Node {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		r.add(r.at(n), "%s must be a list, not %s", what, kindOf(n))
		return nil
	}
	return list.Values
}

// text returns a single value as written: numbers, true and off are words too.
func (r *reader) text(n ast.Node, what string) string {
	s, ok := scalar(n)
	if !ok {
		r.add(r.at(n), "%s must be a text, not %s", what, kindOf(n))
	}
	return s
}

// intoText returns a field that reads a text into target.
func (r *reader) intoText(name string, target *string) field {
	return field{name, func(n ast.Node) { *target = r.text(n, name) }}
}

// number returns a number.
func (r *reader) number(n ast.Node, what string) float64 {
	s, _ := scalar(n)
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		r.add(r.at(n), "%s must be a number, not %s", what, kindOf(n))
	}
	return f
}

// onOff returns a switch.
func (r *reader) onOff(n ast.Node, what string) bool {
	s, _ := scalar(n)
	switch s {
	case "on", "true":
		return true
	case "off", "false":
		return false
	}
	r.add(r.at(n), "%s must be on or off", what)
	return false
}

// scalar returns a single value as written, and false for lists, mappings and
// nothing.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// kindOf names what n is.
func kindOf(n ast.Node) string {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return "an anchor, alias or tag, which rule books do without"
	default:
		s, _ := scalar(n)
		return fmt.Sprintf("%q", s)
	}
}
