package archtest

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

func stateRules() []Rule {
	return []Rule{
		{
			Name: "init", Check: checkInit,
			Why: "what happens at import can't be ordered, tested or left out; call it from a constructor",
		},
		{
			Name: "package variables", Check: checkVariables,
			Why: "state in a package is shared by everything that imports it, tests included; put it in a struct that somebody makes",
		},
		{
			Name: "panic", Check: checkPanics,
			Why: "a moderation service that stops moderates nothing; return an error, name the function Must…, or say on the same line why it can't happen",
		},
	}
}

func checkInit(t *Tree) (found []Finding) {
	for _, f := range t.sources {
		for _, decl := range f.AST.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, t.at(fn, "init function"))
			}
		}
	}
	return sorted(found)
}

// nowhere is an importer without packages: names of a package's own are resolved
// without what it imports.
type nowhere struct{}

// Import fails.
func (nowhere) Import(string) (*types.Package, error) { return nil, errors.New("not imported") }

// names resolves the names in a package as far as they are its own or builtin.
func (t *Tree) names(p *Package) map[*ast.Ident]types.Object {
	uses := map[*ast.Ident]types.Object{}
	files := make([]*ast.File, len(p.Files))
	for i, f := range p.Files {
		files[i] = f.AST
	}
	conf := types.Config{Importer: nowhere{}, Error: func(error) {}}
	_, _ = conf.Check(p.Dir, t.fset, files, &types.Info{Uses: uses}) // every import is an error
	return uses
}

func checkVariables(t *Tree) (found []Finding) {
	for _, p := range t.Packages {
		uses := t.names(p)
		for _, f := range p.Files {
			found = append(found, t.locks(f)...)
			ast.Inspect(f.AST, func(n ast.Node) bool {
				for _, target := range targets(n) {
					if name := packageVariable(target, uses); name != "" {
						found = append(found, t.at(target, "package variable %s is changed after its initialisation", name))
					}
				}
				return true
			})
		}
	}
	return sorted(found)
}

// locks finds package variables whose type exists only to be changed.
func (t *Tree) locks(f *Source) (found []Finding) {
	for _, decl := range f.AST.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.VAR {
			continue
		}
		for _, spec := range d.Specs {
			s, _ := spec.(*ast.ValueSpec)
			typ, ok := s.Type.(*ast.SelectorExpr)
			if !ok {
				continue
			}
			pkg, _ := typ.X.(*ast.Ident)
			switch name := pkg.Name + "." + typ.Sel.Name; {
			case strings.HasPrefix(name, "atomic."), name == "sync.Mutex", name == "sync.RWMutex", name == "sync.Map", name == "sync.Once", name == "sync.WaitGroup":
				found = append(found, t.at(s, "package variable of type %s is changed after its initialisation", name))
			}
		}
	}
	return found
}

// targets returns what a statement or call changes, or may: what it assigns to,
// takes the address of, or hands to a builtin that changes it.
func targets(n ast.Node) []ast.Expr {
	switch s := n.(type) {
	case *ast.AssignStmt:
		if s.Tok != token.DEFINE {
			return s.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{s.X}
	case *ast.RangeStmt:
		if s.Tok == token.ASSIGN {
			return []ast.Expr{s.Key, s.Value}
		}
	case *ast.UnaryExpr:
		if s.Op == token.AND {
			return []ast.Expr{s.X}
		}
	case *ast.CallExpr:
		if fn, ok := s.Fun.(*ast.Ident); ok && len(s.Args) > 0 {
			switch fn.Name {
			case "clear", "copy", "delete":
				return s.Args[:1]
			}
		}
	}
	return nil
}

// packageVariable returns the name of the package variable, of this package or
// another, that holds what e stands for, and "" where it is none.
func packageVariable(e ast.Expr, uses map[*ast.Ident]types.Object) string {
	for {
		switch x := e.(type) {
		case *ast.IndexExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.SelectorExpr:
			if pkg, ok := x.X.(*ast.Ident); ok {
				if _, imported := uses[pkg].(*types.PkgName); imported {
					return pkg.Name + "." + x.Sel.Name
				}
			}
			e = x.X
		case *ast.Ident:
			if v, ok := uses[x].(*types.Var); ok && v.Parent() != nil && v.Parent() == v.Pkg().Scope() {
				return x.Name
			}
			return ""
		default:
			return ""
		}
	}
}

func checkPanics(t *Tree) (found []Finding) {
	for _, p := range t.Packages {
		uses := t.names(p)
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			explained := t.explainedLines(f)
			for name, node := range functions(f.AST) {
				if strings.HasPrefix(strings.ToLower(name), "must") {
					continue
				}
				ast.Inspect(node, func(n ast.Node) bool {
					call, ok := n.(*ast.Ident)
					if !ok || call.Name != "panic" {
						return true
					}
					line := t.fset.Position(call.Pos()).Line
					if _, builtin := uses[call].(*types.Builtin); builtin && !explained[line] {
						found = append(found, t.at(call, "panic in %s", name))
					}
					return true
				})
			}
		}
	}
	return sorted(found)
}

// explainedLines returns the lines that end in a comment to the reader.
func (t *Tree) explainedLines(f *Source) map[int]bool {
	lines := map[int]bool{}
	for _, group := range f.AST.Comments {
		for _, c := range group.List {
			if !strings.HasPrefix(c.Text, "//nolint") {
				lines[t.fset.Position(c.Pos()).Line] = true
			}
		}
	}
	return lines
}
