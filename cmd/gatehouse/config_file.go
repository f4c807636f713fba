package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"gatehouse/internal/moderation"
)

const (
	// maxConfigFile is how many bytes the configuration file may have.
	maxConfigFile = 256 << 10
	// maxConfigDepth is how deep its lists and mappings may stand in one another.
	maxConfigDepth = 20
)

// readSmall reads a plain file of at most so many bytes. Pipes and devices are not
// read: they may never end.
func readSmall(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if missing := (*fs.PathError)(nil); errors.As(err, &missing) {
		missing.Op = "open"
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is no plain file", moderation.ErrInvalid, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%w: %s has more than %d KiB", moderation.ErrTooLarge, path, most>>10)
	}
	return data, err
}

// refuseAnchors refuses what no configuration needs: anchors, aliases and merges, a
// few lines of which make gigabytes, and lists in lists without end. Brackets are
// counted where they stand.
func refuseAnchors(name string, data []byte) error {
	for _, t := range lexer.Tokenize(string(data)) {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			return usagef("read configuration %s: line %d: anchors, aliases (&a, *a) and merges (<<:) are not taken: write the value where it belongs, in quotes if it begins with & or *", name, t.Position.Line)
		}
	}
	depth := 0
	for _, c := range data {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if depth > maxConfigDepth {
			return usagef("read configuration %s: lists stand more than %d deep in one another", name, maxConfigDepth)
		}
	}
	return nil
}
