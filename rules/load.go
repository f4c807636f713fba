package rules

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// maxList is how large a file of a list may be, in bytes.
const maxList = 8 << 20

// packFiles are the built-in packs.
//
//go:embed packs/*.yaml
var packFiles embed.FS

// Load reads the rule book at a path, a file or a folder of *.yaml files, and
// adds the built-in packs that it does not switch off. Mistakes come as
// [*Error]s, joined. A book with a case that fails is not loaded.
func Load(path string) (*Book, error) { return load(path, true) }

// LoadUntested is [Load] for a tool that runs the cases itself and shows them
// all, with [Book.Test].
func LoadUntested(path string) (*Book, error) { return load(path, false) }

// Parse is [Load] for a book that is in memory. The files of its lists are
// looked for beside the file called name.
func Parse(name string, data []byte) (*Book, error) {
	l := newLoader(filepath.Dir(name))
	l.read(name, data)
	return l.book(true)
}

// BuiltIn returns the book of the built-in packs alone.
func BuiltIn() (*Book, error) {
	return newLoader("").book(true)
}

// load reads the book at a path.
func load(path string, tested bool) (*Book, error) {
	book, _, err := loadWithLists(path, tested)
	return book, err
}

// loadWithLists reads the book at a path, and returns also which files of lists it
// looked for, those of a book with mistakes included.
func loadWithLists(path string, tested bool) (book *Book, lists []string, err error) {
	files, dir, err := filesOf(path)
	if err != nil {
		return nil, nil, fmt.Errorf("load rules: %w", err)
	}
	l := newLoader(dir)
	for _, file := range files {
		data, err := readBook(file)
		if err != nil {
			return nil, l.lists, fmt.Errorf("load rules: %w", err)
		}
		l.read(file, data)
	}
	book, err = l.book(tested)
	return book, l.lists, err
}

// filesOf returns the files of rules at a path, and what their lists are relative
// to.
func filesOf(path string) (files []string, dir string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", err
	}
	if !info.IsDir() {
		return []string{path}, filepath.Dir(path), nil
	}
	files, err = yamlFiles(path)
	return files, path, err
}

// yamlFiles returns the rule files in a folder, in the order of their names.
func yamlFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no .yaml file in %s", dir)
	}
	return files, nil
}

// loader puts a book together.
type loader struct {
	faults
	dir   string // what the files of lists are relative to
	docs  []document
	lists []string // the files of lists that were looked for
	hash  hash.Hash
}

func newLoader(dir string) *loader {
	return &loader{dir: dir, hash: sha256.New()}
}

// read reads one file of the user's.
func (l *loader) read(name string, data []byte) {
	l.sum(filepath.Base(name), data)
	doc := readDocument(&l.faults, newSource(name, data), data, l.dir, "")
	for _, list := range doc.lists {
		if list.file != "" {
			l.readList(doc, list)
		}
	}
	l.docs = append(l.docs, doc)
}

// sum adds a part to what the version is a hash of.
func (l *loader) sum(name string, data []byte) {
	fmt.Fprintf(l.hash, "%q %d ", name, len(data))
	l.hash.Write(data)
}

// readList reads the entries of a list from its file.
func (l *loader) readList(doc document, list *list) {
	l.lists = append(l.lists, filepath.Join(doc.dir, list.file))
	data, err := readBeside(doc.dir, list.file)
	if err != nil {
		l.add(list.fileAt, "list %s: %v", list.name, err)
		return
	}
	l.sum(list.file, data)
	src := newSource(filepath.Join(doc.dir, list.file), data)
	list.entries = append(list.entries, readEntries(&l.faults, src, data)...)
}

// book compiles what was read, and runs the cases if tested is set.
func (l *loader) book(tested bool) (*Book, error) {
	packs, err := l.builtIn()
	if err != nil {
		return nil, fmt.Errorf("load rules: %w", err)
	}
	switches := l.switches(packs)
	c := newCompiler(&l.faults)
	c.addDocuments("", l.docs)
	for _, pack := range packs {
		c.addDocuments(pack.pack, []document{switches.apply(pack)})
	}
	limits := l.limits()
	c.reach(limits)
	b := c.book()
	b.limits = limits
	b.version = hex.EncodeToString(l.hash.Sum(nil))[:12]
	if err := l.err(); err != nil {
		return nil, fmt.Errorf("load rules: %w", err)
	}
	if tested {
		for _, result := range b.Test() {
			if !result.OK {
				l.list = append(l.list, asError(nil, result.Err))
			}
		}
	}
	if err := l.err(); err != nil {
		return nil, fmt.Errorf("load rules: %w", err)
	}
	return b, nil
}

// builtIn reads the built-in packs.
func (l *loader) builtIn() ([]document, error) {
	names, err := fs.Glob(packFiles, "packs/*.yaml")
	if err != nil {
		return nil, err
	}
	var docs []document
	for _, name := range names {
		data, err := packFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		l.sum(name, data)
		pack := strings.TrimSuffix(path.Base(name), ".yaml")
		docs = append(docs, readDocument(&l.faults, newSource(name, data), data, "", pack))
	}
	return docs, nil
}

// switches says what of the packs a book turned on or off.
type switches map[string]bool // by "pack" or "pack/rule"

// switches collects the switches of the user's files.
func (l *loader) switches(packs []document) switches {
	known := map[string]bool{allPacks: true}
	packNames := []string{allPacks}
	for _, p := range packs {
		known[p.pack] = true
		packNames = append(packNames, p.pack)
		for _, r := range p.rules {
			known[p.pack+"/"+r.id] = true
		}
	}
	set := make(switches)
	for _, doc := range l.docs {
		for _, sw := range doc.packs {
			name := sw.pack
			if sw.rule != "" {
				name += "/" + sw.rule
			}
			_, twice := set[name]
			switch {
			case !known[sw.pack]:
				l.add(sw.at, "unknown pack %q%s", sw.pack, didYouMean(sw.pack, packNames))
			case !known[name]:
				l.add(sw.at, "pack %s has no rule %q", sw.pack, sw.rule)
			case twice:
				l.add(sw.at, "%s is switched twice", name)
			}
			set[name] = sw.on
		}
	}
	return set
}

// apply returns pack with the rules that are on.
func (s switches) apply(pack document) document {
	packOn, set := s[pack.pack]
	if !set {
		packOn, set = s[allPacks]
	}
	if !set {
		packOn = !pack.off
	}
	pack.rules = slices.DeleteFunc(slices.Clone(pack.rules), func(r ruleSource) bool {
		on, set := s[pack.pack+"/"+r.id]
		if !set {
			on = packOn
		}
		return !on
	})
	if len(pack.rules) == 0 {
		pack.lists = nil
	}
	return pack
}
