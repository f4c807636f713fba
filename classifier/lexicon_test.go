package classifier

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/internal/text"
)

// shortestStart is how many bytes an entry has at least before *.
const shortestStart = 2

// TestLexiconIsWellFormed reads the file as newLexicon does, and says what it
// would pass over.
func TestLexiconIsWellFormed(t *testing.T) {
	var headings []string
	for i, line := range strings.Split(strings.TrimSuffix(lexiconText, "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if name, heading := strings.CutSuffix(line, ":"); heading {
			headings = append(headings, name)
			continue
		}
		for _, word := range strings.Fields(line) {
			start := strings.TrimSuffix(word, "*")
			if n := len(start); start != word && n < shortestStart {
				t.Errorf("line %d: %q has %d bytes before *, not %d or more", i+1, word, n, shortestStart)
			}
			if text.Normal(start) != start || strings.Contains(start, "*") {
				t.Errorf("line %d: %q is not in normal form", i+1, word)
			}
			if classesOf(start) == 0 {
				t.Errorf("line %d: %q is not one word of a comment", i+1, word)
			}
		}
	}
	if want := classNames(); !slices.Equal(headings, want[:]) {
		t.Errorf("headings %v, want %v", headings, want)
	}
}

// classesOf returns the classes of all tokens of a text together.
func classesOf(s string) (in classSet) {
	var x extractor
	x.read(s, "")
	for _, c := range x.classes {
		in |= c
	}
	return in
}

func TestClasses(t *testing.T) {
	for s, want := range map[string][]class{
		"":                     nil,
		"harbour":              nil,
		"moron":                {classInsult},
		"Morons!":              {classInsult},
		"more":                 nil,
		"you":                  {classYou},
		"youth":                nil,
		"call 07700900123":     {classCall, classContact, classNumber},
		"in 2014":              nil,
		"https://example.com/": {classContact, classLink},
		"идиоты":               {classInsult},
		"$":                    {classMoney},
	} {
		var got []class
		for c := range classesOf(s).all {
			got = append(got, c)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

func TestWhoIsAnsweredIsYou(t *testing.T) {
	for _, c := range []struct {
		text, parent string
		you          bool
	}{
		{"Brenda talks rubbish", "Brenda", true},
		{"brenda's facts", "Brenda K.", true},
		{"@brenda no", "brenda", true},
		{"Brenda talks rubbish", "Arthur", false},
		{"Brenda talks rubbish", "", false},
		{"a bill", "A. Nonymous", false}, // parts of under three letters are no names
	} {
		var x extractor
		x.read(c.text, c.parent)
		you := false
		for _, in := range x.classes {
			you = you || in.has(classYou)
		}
		if you != c.you {
			t.Errorf("%q to %q: you %t", c.text, c.parent, you)
		}
	}
}

// TestLexiconIsItsList compares the tree with the entries, read one by one.
func TestLexiconIsItsList(t *testing.T) {
	var entries []string
	classes := map[string]classSet{}
	in := classSet(0)
	for line := range strings.Lines(lexiconText) {
		if name, heading := strings.CutSuffix(strings.TrimSpace(line), ":"); heading {
			in = classNamed(name)
		} else if !strings.HasPrefix(line, "#") {
			for _, entry := range strings.Fields(line) {
				entries = append(entries, entry)
				classes[entry] |= in
			}
		}
	}
	slices.Sort(entries)
	lexicon := words()
	rapid.Check(t, func(t *rapid.T) {
		word := strings.TrimSuffix(rapid.SampledFrom(entries).Draw(t, "entry"), "*")
		word = word[:rapid.IntRange(0, len(word)).Draw(t, "length")] + rapid.StringMatching(`[a-z0-9']{0,3}`).Draw(t, "end")
		want := classes[word]
		for n := range len(word) + 1 {
			want |= classes[word[:n]+"*"]
		}
		if got := lexicon.classesOf(word); got != want {
			t.Errorf("%q: classes %b, want %b", word, got, want)
		}
	})
}
