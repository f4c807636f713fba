package archtest

import (
	"fmt"
	"go/ast"
	"iter"
)

// The limits of STYLE.md, in lines.
const (
	maxFile      = 600
	maxFunction  = 80
	longFunction = 45
	longShare    = 0.05 // of all functions may be longer than longFunction
)

func sizeRules() []Rule {
	return []Rule{
		{
			Name: "file length", Check: checkFiles,
			Why: "one concept a file: a longer one holds two",
		},
		{
			Name: "function length", Check: checkFunctions,
			Why: "a function should be read without scrolling; give its steps names",
		},
	}
}

func checkFiles(t *Tree) (found []Finding) {
	for _, f := range t.sources {
		if n := t.fset.File(f.AST.Pos()).LineCount(); n > maxFile {
			found = append(found, Finding{File: f.Path, Says: fmt.Sprintf("%d lines; at most %d", n, maxFile)})
		}
	}
	return sorted(found)
}

func checkFunctions(t *Tree) (found []Finding) {
	var long []Finding
	total := 0
	for _, f := range t.sources {
		for name, node := range functions(f.AST) {
			total++
			switch n := t.lines(node); {
			case n > maxFunction:
				found = append(found, t.at(node, "%s has %d lines; at most %d", name, n, maxFunction))
				fallthrough
			case n > longFunction:
				long = append(long, t.at(node, "%s has %d lines", name, n))
			}
		}
	}
	if share := float64(len(long)) / float64(max(total, 1)); share > longShare {
		for _, l := range long {
			l.Says += fmt.Sprintf(", one of %d longer than %d; of %d functions, %.1f %% are, and at most %.0f %% may be",
				len(long), longFunction, total, 100*share, 100*longShare)
			found = append(found, l)
		}
	}
	return sorted(found)
}

// functions yields the functions of a file that stand at its top level, with
// their names: declarations, and literals in package variables. Literals inside
// a function count as part of it.
func functions(file *ast.File) iter.Seq2[string, ast.Node] {
	return func(yield func(string, ast.Node) bool) {
		more := true
		for _, decl := range file.Decls {
			ast.Inspect(decl, func(n ast.Node) bool {
				switch fn := n.(type) {
				case *ast.FuncDecl:
					more = more && yield(fn.Name.Name, fn)
					return false
				case *ast.FuncLit:
					more = more && yield("a function literal", fn)
					return false
				}
				return more
			})
		}
	}
}
