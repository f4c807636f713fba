package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"

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

// yamlTricks are anchors, aliases and merges outside of quotes: a few lines of them
// make gigabytes. Brackets are counted where they stand.
var yamlTricks = regexp.MustCompile(`(?m)^(?:[^#'"\n]*[\s\[{,:-])?(?:[&*][A-Za-z0-9_]|<<\s*:)`)

// refuseAnchors refuses what no configuration needs.
func refuseAnchors(name string, data []byte) error {
	if yamlTricks.Match(data) {
		return usagef("read configuration %s: anchors, aliases (&a, *a) and merges (<<:) are not taken: write the value where it belongs, in quotes if it begins with & or *", name)
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
