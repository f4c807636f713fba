package archtest

import (
	"go/ast"
	"go/token"
	"slices"
)

func docRules() []Rule {
	return []Rule{
		{
			Name: "package docs", Check: checkPackageDocs,
			Why: "a package comment says what it is for, its one entry point, and what it does not do",
		},
		{
			Name: "docs", Check: checkDocs,
			Why: "who uses an exported name should not have to read its code",
		},
	}
}

func checkPackageDocs(t *Tree) (found []Finding) {
	for _, p := range t.Packages {
		code := slices.DeleteFunc(slices.Clone(p.Files), func(f *Source) bool { return f.Test })
		if len(code) > 0 && !slices.ContainsFunc(code, func(f *Source) bool { return f.AST.Doc.Text() != "" }) {
			found = append(found, t.at(code[0].AST.Name, "package %s has no package comment", p.Name))
		}
	}
	return sorted(found)
}

func checkDocs(t *Tree) (found []Finding) {
	for _, f := range t.sources {
		if f.Test {
			continue
		}
		for _, decl := range f.AST.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) && d.Doc.Text() == "" {
					found = append(found, t.at(d, "%s has no doc comment", d.Name.Name))
				}
			case *ast.GenDecl:
				for _, name := range undocumented(d) {
					found = append(found, t.at(name, "%s has no doc comment", name.Name))
				}
			}
		}
	}
	return sorted(found)
}

// exportedReceiver reports whether fn is a function, or a method of an exported
// type: others are seen through interfaces only, which have their own comments.
func exportedReceiver(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return true
	}
	for e := fn.Recv.List[0].Type; ; {
		switch t := e.(type) {
		case *ast.StarExpr:
			e = t.X
		case *ast.IndexExpr:
			e = t.X
		case *ast.IndexListExpr:
			e = t.X
		case *ast.Ident:
			return t.IsExported()
		default:
			return true
		}
	}
}

// undocumented returns the exported names of a declaration that have no comment
// of their own, beside them, or above their group.
func undocumented(d *ast.GenDecl) (names []*ast.Ident) {
	if d.Tok == token.IMPORT || d.Doc.Text() != "" {
		return nil
	}
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Doc.Text() == "" && s.Comment.Text() == "" {
				names = append(names, s.Name)
			}
		case *ast.ValueSpec:
			if s.Doc.Text() == "" && s.Comment.Text() == "" {
				names = append(names, s.Names...)
			}
		}
	}
	return slices.DeleteFunc(names, func(name *ast.Ident) bool { return !name.IsExported() })
}
