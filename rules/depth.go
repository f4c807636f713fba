package rules

import "github.com/goccy/go-yaml/token"

// maxDepth is how deep lists and mappings may nest. A rule book needs seven levels;
// the memory that the YAML library takes grows with the square of the depth.
const maxDepth = 50

// tooDeep returns the first token that is nested too deep; nil for none.
func tooDeep(tokens token.Tokens) *token.Token {
	var flow int      // brackets that are open
	var columns []int // in which the lists and mappings around are, without brackets
	var run int       // tags in a row
	enter := func(column int) {
		for len(columns) > 0 && columns[len(columns)-1] >= column {
			columns = columns[:len(columns)-1]
		}
		columns = append(columns, column)
	}
	for i, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow = max(0, flow-1)
		case token.SequenceEntryType, token.MappingKeyType:
			enter(t.Position.Column)
		case token.MappingValueType:
			if i > 0 && flow == 0 {
				enter(tokens[i-1].Position.Column)
			}
		}
		switch t.Type {
		case token.TagType:
			run++
		default:
			run = 0
		}
		if flow+len(columns) > maxDepth || run > maxDepth {
			return t
		}
	}
	return nil
}
