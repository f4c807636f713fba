package text_test

import (
	"slices"
	"testing"

	"gatehouse/internal/text"
)

// meet says whether two texts share a number.
func meet(a, b string) bool {
	other := text.Sketch(b, 1)
	return slices.ContainsFunc(text.Sketch(a, 1), func(n int64) bool { return slices.Contains(other, n) })
}

func TestTextsThatSayNearlyTheSameMeet(t *testing.T) {
	const said = "The council has once more sold the whole town for a plate of soup, and nobody there will ever answer for it."
	tests := map[string]struct {
		a, b  string
		alike float64 // at least
		meets bool
	}{
		"the same":                {said, said, 1, true},
		"in disguise":             {said, "THE c0uncil has once more s.o.l.d the whole tоwn for a plate of soup — and nobody there will ever answer for it!!!", 1, true},
		"a word changed":          {said, "The council has once more sold the whole city for a plate of soup, and nobody there will ever answer for it.", .7, true},
		"a sentence added":        {said, said + " Think of that!", .8, true},
		"another text":            {said, "I have read the report twice and found that the figures for the school do not add up at all.", 0, false},
		"short and the same":      {"So true!", "so true", 1, true},
		"short and nearly":        {"So very true!", "so true", 0, false},
		"two that are empty":      {"", "…", 1, true},
		"the halves turned round": {said, "And nobody there will ever answer for it. The council has once more sold the whole town for a plate of soup", .8, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := text.Resemblance(tt.a, tt.b); got < tt.alike || !tt.meets && got > .4 {
				t.Errorf("resemblance %.2f, want at least %.2f", got, tt.alike)
			}
			if got := meet(tt.a, tt.b); got != tt.meets {
				t.Errorf("they meet: %v, want %v", got, tt.meets)
			}
		})
	}
	if slices.Equal(text.Sketch(said, 1), text.Sketch(said, 2)) {
		t.Error("the seed changes nothing")
	}
}

func FuzzSketch(f *testing.F) {
	f.Add("The council has sold the town.", "the COUNCIL sold the town")
	f.Fuzz(func(t *testing.T, a, b string) {
		alike := text.Resemblance(a, b)
		if alike != text.Resemblance(b, a) || alike < 0 || alike > 1 {
			t.Errorf("resemblance of %q and %q: %v one way, %v the other", a, b, alike, text.Resemblance(b, a))
		}
		if alike == 1 && !meet(a, b) {
			t.Errorf("%q and %q are the same and do not meet", a, b)
		}
	})
}

// TestSketchStays compares with the numbers that databases keep: one that makes others of
// the same text finds nothing that was stored before.
func TestSketchStays(t *testing.T) {
	h := uint64(0)
	for _, s := range []string{"council7 tram3 soup house. What is this, again and again?", "", "a b", "Ünïcode straße 東京 and more words to come here now"} {
		for _, n := range text.Sketch(s, 3) {
			h = h*31 + uint64(n)
		}
	}
	if h != 1437223224782143408 {
		t.Errorf("the numbers are others: %d", h)
	}
}
