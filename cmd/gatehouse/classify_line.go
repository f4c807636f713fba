package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// commentObject is a line of `classify`'s input.
type commentObject struct {
	text   string
	parent string // the name of whom it answers
	fields []byte // behind dst, as they came, each with a comma behind it, but for those that are replaced
}

// withoutMark returns the first line of a file without the byte-order mark that
// some programs begin a file with.
func withoutMark(line []byte) []byte { return bytes.TrimPrefix(line, []byte("\uFEFF")) }

// readObject reads a line and appends its fields to dst. They stay as they are
// written, so that neither their order nor their numbers change.
func readObject(dst, line []byte) (o commentObject, err error) {
	if !json.Valid(line) {
		var anything any
		return o, fmt.Errorf("malformed JSON: %w", json.Unmarshal(line, &anything))
	}
	rest := bytes.TrimSpace(line)
	if rest[0] != '{' {
		return o, errors.New("not a JSON object")
	}
	found := false
	o.fields = dst
	for rest = skipSpace(rest[1:]); rest[0] != '}'; rest = skipSpace(rest) {
		if rest[0] == ',' {
			rest = skipSpace(rest[1:])
		}
		name, value, behind := cutField(rest)
		rest = behind
		switch fieldName(name) {
		case "ok", "spam", "abuse", "action":
			continue
		case "text":
			if found = value[0] == '"'; !found {
				return o, errors.New(`"text" is not a string`)
			}
			o.text = plainString(value)
		case "parent_author":
			if value[0] == '"' {
				o.parent = plainString(value)
			}
		}
		o.fields = append(append(append(append(o.fields, name...), ':'), value...), ',')
	}
	if !found {
		return o, errors.New(`no "text"`)
	}
	return o, nil
}

// skipSpace returns b without the white space that it begins with. In valid JSON
// something is always left.
func skipSpace(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }

// cutField cuts a field off valid JSON: its name in quotes, its value as it is
// written, and what stands behind.
func cutField(b []byte) (name, value, rest []byte) {
	end := endOfString(b)
	name, b = b[:end], skipSpace(b[end:])
	b = skipSpace(b[1:]) // the colon
	end = endOfValue(b)
	return name, b[:end], b[end:]
}

// endOfString returns where the string ends that valid JSON begins with.
func endOfString(b []byte) int {
	for i := 1; ; i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// endOfValue returns where the value ends that valid JSON, inside an object,
// begins with.
func endOfValue(b []byte) int {
	depth := 0
	for i := 0; ; i++ {
		switch b[i] {
		case '"':
			i += endOfString(b[i:]) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
}

// fieldName returns the name of a field, of which only some count. Names without escapes are compared where
// they stand: most need no string of their own.
func fieldName(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') >= 0 {
		return plainString(quoted)
	}
	plain := quoted[1 : len(quoted)-1]
	for _, name := range [...]string{"text", "parent_author", "ok", "spam", "abuse", "action"} {
		if string(plain) == name {
			return name
		}
	}
	return ""
}

// plainString returns what a string of valid JSON stands for.
func plainString(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // it is valid
	return s
}
