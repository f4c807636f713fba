package archtest

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxDepth is the longest chain of packages of ours, each importing the next.
const maxDepth = 5

// maxRequires is how many direct dependencies the module may have.
const maxRequires = 28

// anything stands for every package of ours, or every room.
const anything = "*"

// rooms says which packages of ours each part of the tree may import, the parts
// below it included. The table is HOUSE.md's, "Who may import whom".
func rooms() map[string][]string {
	return map[string][]string{
		"cmd/gatehouse":       {anything},
		"cmd/gatehouse-load":  {"internal/moderation", "internal/platform", "internal/store"},
		"training":            {"classifier", "internal/moderation", "internal/text", "internal/plot"},
		"rules":               {"internal/moderation", "internal/text"},
		"classifier":          {"internal/moderation", "internal/text"},
		"bot":                 {"internal/moderation", "internal/text", "internal/plot"},
		"internal/platform":   {"internal/moderation", "internal/text"},
		"internal/store":      {"internal/moderation", "internal/text"},
		"internal/web":        {"internal/moderation", "internal/text"},
		"internal/demo":       {"internal/moderation", "internal/text", "bot/telegramtest"},
		"internal/moderation": nil,
		"internal/text":       nil,
		"internal/plot":       nil,
		"internal/archtest":   nil,
	}
}

// owners says which rooms may import each third-party module.
func owners() map[string][]string {
	return map[string][]string{
		"filippo.io/age":                                           {"cmd/gatehouse"},
		"github.com/alecthomas/kong":                               {"cmd/gatehouse"},
		"github.com/expr-lang/expr":                                {"rules"},
		"github.com/fsnotify/fsnotify":                             {"rules"},
		"github.com/go-telegram-bot-api/telegram-bot-api/v5":       {"bot"},
		"github.com/goccy/go-yaml":                                 {"rules", "cmd/gatehouse"},
		"github.com/jbrukh/bayesian":                               {"classifier"},
		"github.com/prometheus/client_golang":                      {"internal/web"},
		"github.com/rivo/uniseg":                                   {"internal/text"},
		"github.com/schollz/progressbar/v3":                        {"cmd/gatehouse"},
		"github.com/standard-webhooks/standard-webhooks/libraries": {"internal/platform"},
		"golang.org/x/net":                                         {"internal/text"},
		"golang.org/x/oauth2":                                      {"internal/platform"},
		"golang.org/x/sync":                                        {"cmd/gatehouse"},
		"golang.org/x/term":                                        {"cmd/gatehouse"},
		"golang.org/x/text":                                        {"internal/text"},
		"golang.org/x/time":                                        {"bot", "internal/web"},
		"gonum.org/v1/plot":                                        {"internal/plot"},
		"modernc.org/libc":                                         {"internal/store"}, // only with the version that modernc.org/sqlite asks for
		"modernc.org/sqlite":                                       {"internal/store"},
	}
}

// testModules may be imported by every test, and by nothing else.
func testModules() []string {
	return []string{
		"github.com/chromedp/chromedp",
		"github.com/google/go-cmp",
		"github.com/rogpeppe/go-internal",
		"pgregory.net/rapid",
	}
}

// topLevel is where Go code may stand, by the order for this project.
func topLevel() []string {
	return []string{"cmd", "classifier", "bot", "rules", "training", "internal"}
}

func importRules() []Rule {
	return []Rule{
		{
			Name: "imports", Check: checkImports,
			Why: "data walks one way, and siblings that never import each other can be changed alone; what a room needs of another it declares as a small interface, and cmd/gatehouse wires it",
		},
		{
			Name: "owners", Check: checkOwners,
			Why: "a third-party module with one owner can be replaced in one place",
		},
		{
			Name: "dependencies", Check: checkRequires,
			Why: "every dependency is somebody else's code that we answer for",
		},
		{
			Name: "depth", Check: checkDepth,
			Why: "a reader must be able to hold the way from main to the ground in the head",
		},
		{
			Name: "top level", Check: checkTopLevel,
			Why: "the top level is fixed by the order for this project: " + strings.Join(topLevel(), ", "),
		},
	}
}

// within reports whether dir is room or stands below it.
func within(dir, room string) bool {
	return room == anything || dir == room || strings.HasPrefix(dir, room+"/")
}

// roomOf returns the room that dir belongs to, and false where there is none.
func roomOf(dir string) (string, bool) {
	for room := range rooms() {
		if within(dir, room) {
			return room, true
		}
	}
	return "", false
}

// importPath returns the path that spec names.
func importPath(spec *ast.ImportSpec) string {
	p, _ := strconv.Unquote(spec.Path.Value) // the parser saw to it
	return p
}

// ours returns the folder of a package of ours, and false for others.
func (t *Tree) ours(importPath string) (string, bool) {
	return strings.CutPrefix(importPath, t.Module+"/")
}

func checkImports(t *Tree) (found []Finding) {
	table := rooms()
	for p, f := range t.sources {
		room, known := roomOf(p.Dir)
		if !known {
			found = append(found, t.at(f.AST.Name, "package %s stands in no room; rooms are listed in internal/archtest/imports.go, as in HOUSE.md", p.Dir))
			continue
		}
		for _, spec := range f.AST.Imports {
			dir, ours := t.ours(importPath(spec))
			if !ours || within(dir, room) {
				continue
			}
			if !slices.ContainsFunc(table[room], func(may string) bool { return within(dir, may) }) {
				found = append(found, t.at(spec, "%s must not import %s; it may import: %s", room, dir, listed(table[room])))
			}
		}
	}
	return sorted(found)
}

// listed returns names for a message.
func listed(names []string) string {
	if len(names) == 0 {
		return "no package of ours"
	}
	return strings.Join(names, ", ")
}

func checkOwners(t *Tree) (found []Finding) {
	table, forTests := owners(), testModules()
	for p, f := range t.sources {
		room, _ := roomOf(p.Dir)
		for _, spec := range f.AST.Imports {
			name := importPath(spec)
			first, _, _ := strings.Cut(name, "/")
			if _, ours := t.ours(name); ours || !strings.Contains(first, ".") {
				continue // ours, or the standard library
			}
			module, known := t.moduleOf(name)
			switch {
			case !known:
				found = append(found, t.at(spec, "%s is not a direct dependency in go.mod", name))
			case slices.Contains(forTests, module):
				if !f.Test {
					found = append(found, t.at(spec, "%s is for tests only", module))
				}
			case !slices.Contains(table[module], room):
				found = append(found, t.at(spec, "%s is owned by %s, not by %s", module, listed(table[module]), room))
			}
		}
	}
	return sorted(found)
}

// moduleOf returns the directly required module that a package belongs to.
func (t *Tree) moduleOf(importPath string) (string, bool) {
	best := ""
	for _, r := range t.Requires {
		if !r.Indirect && within(importPath, r.Module) && len(r.Module) > len(best) {
			best = r.Module
		}
	}
	return best, best != ""
}

func checkRequires(t *Tree) (found []Finding) {
	direct := 0
	for _, r := range t.Requires {
		if r.Indirect {
			continue
		}
		direct++
		if _, owned := owners()[r.Module]; !owned && !slices.Contains(testModules(), r.Module) {
			found = append(found, Finding{"go.mod", r.Line, fmt.Sprintf("%s has no owner; name one in internal/archtest/imports.go", r.Module)})
		}
		if direct > maxRequires {
			found = append(found, Finding{"go.mod", r.Line, fmt.Sprintf("%s is direct dependency number %d of at most %d", r.Module, direct, maxRequires)})
		}
	}
	return found
}

// Require is one line of go.mod that asks for a module.
type Require struct {
	Module   string
	Line     int
	Indirect bool
}

// parseModule reads the module's path and what it requires from a go.mod file
// as gofmt'ed by the go command (https://go.dev/ref/mod#go-mod-file).
func parseModule(content string) (module string, requires []Require) {
	block := ""
	for i, line := range strings.Split(content, "\n") {
		statement, comment, _ := strings.Cut(line, "//")
		words := strings.Fields(statement)
		if block != "" {
			words = append([]string{block}, words...)
		}
		switch {
		case len(words) < 2:
			continue
		case words[1] == ")":
			block = ""
		case words[1] == "(":
			block = words[0]
		case words[0] == "module":
			module = words[1]
		case words[0] == "require":
			requires = append(requires, Require{words[1], i + 1, strings.TrimSpace(comment) == "indirect"})
		}
	}
	return module, requires
}

func checkDepth(t *Tree) (found []Finding) {
	imports := map[string]map[string]bool{} // of packages of ours, without tests
	for p, f := range t.sources {
		if f.Test {
			continue
		}
		if imports[p.Dir] == nil {
			imports[p.Dir] = map[string]bool{}
		}
		for _, spec := range f.AST.Imports {
			if dir, ours := t.ours(importPath(spec)); ours {
				imports[p.Dir][dir] = true
			}
		}
	}
	known := map[string][]string{}
	for _, dir := range slices.Sorted(maps.Keys(imports)) {
		if chain := chainFrom(dir, imports, known); len(chain) > maxDepth {
			found = append(found, Finding{File: dir, Says: fmt.Sprintf("%d packages in a chain, at most %d: %s", len(chain), maxDepth, strings.Join(chain, " → "))})
		}
	}
	return found
}

// chainFrom returns the longest chain of imports that begins at dir. A cycle,
// which the compiler refuses anyway, ends the chain.
func chainFrom(dir string, imports map[string]map[string]bool, known map[string][]string) []string {
	if chain, ok := known[dir]; ok {
		return chain
	}
	known[dir] = []string{dir}
	var longest []string
	for _, next := range slices.Sorted(maps.Keys(imports[dir])) {
		if chain := chainFrom(next, imports, known); len(chain) > len(longest) {
			longest = chain
		}
	}
	known[dir] = append([]string{dir}, longest...)
	return known[dir]
}

func checkTopLevel(t *Tree) (found []Finding) {
	for _, p := range t.Packages {
		if top, _, _ := strings.Cut(p.Dir, "/"); !slices.Contains(topLevel(), top) {
			found = append(found, Finding{File: p.Files[0].Path, Line: 1, Says: "Go code stands outside the folders that may hold it"})
		}
	}
	return sorted(found)
}
