// Package archtest holds the rules that the tree itself keeps: who imports whom,
// how long functions and files may be, what must be documented, what must not
// be written at all. Its test runs them; [Rules] lists them.
//
// It reads source text only: nothing is built, and no package is imported.
package archtest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Rule is one thing that the tree keeps.
type Rule struct {
	Name  string
	Why   string // for whoever breaks it
	Check func(*Tree) []Finding
}

// Rules returns all of them.
func Rules() []Rule {
	return slices.Concat(importRules(), sizeRules(), docRules(), stateRules(), textRules())
}

// Finding is one place that breaks a rule.
type Finding struct {
	File string // relative to the root, with slashes
	Line int    // 0: the file or folder as a whole
	Says string
}

// String returns the finding as compilers write it.
func (f Finding) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Says
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Says)
}

// Tree is a module's source, parsed.
type Tree struct {
	Root     string
	Module   string    // its path, from go.mod
	Requires []Require // what go.mod asks for
	Files    []string  // of every kind, relative to Root, with slashes
	Packages []*Package
	fset     *token.FileSet
}

// Package is the files of one folder with the same package name.
type Package struct {
	Dir   string // relative to the root; "." for the root itself
	Name  string
	Files []*Source
}

// Source is one Go file.
type Source struct {
	Path string
	Test bool
	AST  *ast.File
}

// Load parses the module at root. Folders called testdata, and those that are
// modules of their own, hold no Go code of the module's. Inside a git work tree, ignored files are not seen.
func Load(ctx context.Context, root string) (*Tree, error) {
	t := &Tree{Root: root, fset: token.NewFileSet()}
	var err error
	if t.Files, err = list(ctx, root); err != nil {
		return nil, err
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	t.Module, t.Requires = parseModule(string(mod))
	for _, file := range t.Files {
		if !strings.HasSuffix(file, ".go") || slices.Contains(strings.Split(file, "/"), "testdata") || t.isNested(file) {
			continue
		}
		if err := t.parse(file); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// isNested reports whether a file belongs to a module below the root.
func (t *Tree) isNested(file string) bool {
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if slices.Contains(t.Files, dir+"/go.mod") {
			return true
		}
	}
	return false
}

// list returns the files under root: what git tracks or would, else all but
// hidden folders.
func list(ctx context.Context, root string) ([]string, error) {
	git := exec.CommandContext(ctx, "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	var files []string
	if out, err := git.Output(); err == nil {
		for name := range bytes.SplitSeq(bytes.TrimRight(out, "\x00"), []byte{0}) {
			if info, err := os.Stat(filepath.Join(root, string(name))); err == nil && info.Mode().IsRegular() {
				files = append(files, string(name)) // else deleted, not committed yet
			}
		}
		slices.Sort(files)
		return slices.Compact(files), nil
	}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != root && strings.HasPrefix(d.Name(), ".git"):
			return fs.SkipDir
		case d.Type().IsRegular():
			rel, err := filepath.Rel(root, p)
			files = append(files, filepath.ToSlash(rel))
			return err
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return files, nil
}

// parse adds one Go file to its package.
func (t *Tree) parse(file string) error {
	src, err := os.ReadFile(filepath.Join(t.Root, filepath.FromSlash(file)))
	if err != nil {
		return fmt.Errorf("read source: %w", err)
	}
	tree, err := parser.ParseFile(t.fset, file, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("parse source: %w", err)
	}
	dir, name := path.Dir(file), tree.Name.Name
	i := slices.IndexFunc(t.Packages, func(p *Package) bool { return p.Dir == dir && p.Name == name })
	if i < 0 {
		i = len(t.Packages)
		t.Packages = append(t.Packages, &Package{Dir: dir, Name: name})
	}
	p := t.Packages[i]
	p.Files = append(p.Files, &Source{Path: file, Test: strings.HasSuffix(file, "_test.go"), AST: tree})
	return nil
}

// sources yields every Go file.
func (t *Tree) sources(yield func(*Package, *Source) bool) {
	for _, p := range t.Packages {
		for _, f := range p.Files {
			if !yield(p, f) {
				return
			}
		}
	}
}

// at returns a finding at a node's position.
func (t *Tree) at(n ast.Node, format string, args ...any) Finding {
	pos := t.fset.Position(n.Pos())
	return Finding{File: pos.Filename, Line: pos.Line, Says: fmt.Sprintf(format, args...)}
}

// lines returns how many lines a node spans.
func (t *Tree) lines(n ast.Node) int {
	return t.fset.Position(n.End()).Line - t.fset.Position(n.Pos()).Line + 1
}

// sorted orders findings by place.
func sorted(found []Finding) []Finding {
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Says, b.Says))
	})
	return found
}
