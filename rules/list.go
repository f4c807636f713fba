package rules

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// list is a named list of words, hosts, values or networks; what they are shows
// in the functions that use it.
type list struct {
	name    string
	at      place
	file    string // where the entries are; empty: in the book
	fileAt  place
	entries []entry
}

// entry is one line of a list.
type entry struct {
	text string
	at   place
}

// lists reads `lists: {insults: [idiot, moron], hosts: {file: hosts.txt}}`.
func (r *reader) lists(n ast.Node) []*list {
	var all []*list
	for _, pair := range r.pairs(n, "lists") {
		name, ok := r.key(pair)
		if !ok {
			continue
		}
		l := &list{name: name, at: r.at(pair.Key)}
		if !listNamePattern().MatchString(name) {
			r.add(l.at, "list %q: use a to z, 0 to 9 and _, a letter first", name)
			continue
		}
		if _, inline := pair.Value.(*ast.SequenceNode); inline {
			for _, item := range r.items(pair.Value, name) {
				l.entries = append(l.entries, entry{text: r.text(item, "an entry"), at: r.at(item)})
			}
		} else {
			r.object(pair.Value, "a list", field{"file", func(n ast.Node) { l.file, l.fileAt = r.text(n, "file"), r.at(n) }})
		}
		all = append(all, l)
	}
	return all
}

// readEntries reads the entries of a file: one a line, without what follows a #
// that begins the line or comes after a space.
func readEntries(f *faults, src *source, data []byte) []entry {
	var entries []entry
	if !utf8.Valid(data) {
		f.add(invalidAt(src), "not valid UTF-8")
		return nil
	}
	for i, line := range src.lines {
		line = strings.TrimSuffix(line, "\r")
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		before, _, _ := strings.Cut(line, " #")
		before, _, _ = strings.Cut(before, "\t#")
		text := strings.TrimSpace(before)
		if text == "" {
			continue
		}
		column := utf8.RuneCountInString(line[:strings.Index(line, text)]) + 1
		entries = append(entries, entry{
			text: text,
			at:   place{src: src, line: i + 1, column: column, width: utf8.RuneCountInString(text)},
		})
	}
	return entries
}

// isBinary reports whether data is no text at all.
func isBinary(data []byte) bool { return bytes.IndexByte(data, 0) >= 0 }
