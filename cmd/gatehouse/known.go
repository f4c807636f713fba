package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/classifier"
	"gatehouse/training"
)

// namedFiles is how many files a warning names.
const namedFiles = 3

// known finds what a model was trained on among what it is measured on.
type known struct {
	infos []classifier.Info
	seen  map[string]int // comments by source, of sources and parts trained on
}

// knownTo returns what model was trained on, the starter model below it included.
func knownTo(model *classifier.Model) (known, error) {
	k := known{infos: []classifier.Info{model.Info()}, seen: map[string]int{}}
	if model.Info().Base == "" {
		return k, nil
	}
	starter, err := training.Starter()
	if err != nil {
		return k, err
	}
	if model.Info().Base == starter.ID() {
		k.infos = append(k.infos, starter.Info())
	}
	return k, nil
}

// see takes in one example that is measured.
func (k known) see(e training.Example) {
	if e.Source == "" {
		return
	}
	for _, info := range k.infos {
		trained := slices.ContainsFunc(info.Sources, func(s classifier.SourceCounts) bool { return s.Name == e.Source })
		if trained && overlap(info.Options.Part, e.Split) {
			k.seen[e.Source]++
			return
		}
	}
}

// overlap reports whether two parts of a file may share lines; the empty part is
// all of it.
func overlap(a, b string) bool { return a == "" || b == "" || a == b }

// warnings says which of the files, read in that part, the model was trained on;
// where it was none, which sources it was trained on.
func (k known) warnings(files []training.FileStats, part string) []string {
	const why = "; figures there are better than on new comments"
	var names []string
	for _, f := range files {
		for _, info := range k.infos {
			trained := slices.ContainsFunc(info.Files, func(t classifier.File) bool { return t.SHA256 == f.SHA256 })
			if name := filepath.Base(f.Path); trained && overlap(info.Options.Part, part) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	warnings := []string{}
	if len(names) > 0 {
		if more := len(names) - namedFiles; more > 0 {
			names = append(names[:namedFiles], fmt.Sprintf("and %d more files", more))
		}
		hint := ""
		if trainedPart := k.infos[0].Options.Part; trainedPart != "" && part == "" {
			hint = fmt.Sprintf(" (on its part %q: --split takes another one)", trainedPart)
		}
		return append(warnings, "the model was trained on "+strings.Join(names, ", ")+hint+why)
	}
	for _, source := range slices.Sorted(maps.Keys(k.seen)) {
		warnings = append(warnings, fmt.Sprintf("%d comments are of the source %s, which the model was trained on%s", k.seen[source], source, why))
	}
	return warnings
}
