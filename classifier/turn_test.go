package classifier

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// TestTurnIsTrue leaves out by hand what is said to make the difference.
func TestTurnIsTrue(t *testing.T) {
	c := New(testModel(t))
	for i, text := range invented(7, 40) {
		mustApply(t, c, lesson(int64(i+1), 0, text.label, text.text))
	}
	held, passed := 0, 0
	for _, text := range invented(8, 120) {
		sub := submission(1, text.text)
		turn := c.Turn(sub)
		if got := reachOf(c.Score(sub), c.Model().Limits()); got != turn.Reach {
			t.Fatalf("%q: %v, but its score is %v", text.text, turn.Reach, got)
		}
		if !turn.Held() {
			if len(turn.Without) > 0 || turn.Rest != turn.Reach {
				t.Errorf("%q is not held: %+v", text.text, turn)
			}
			continue
		}
		held++
		if len(turn.Without) > maxWithout {
			t.Errorf("%q: %d words", text.text, len(turn.Without))
		}
		words := slices.DeleteFunc(strings.Fields(text.text), func(word string) bool {
			if strings.Contains(word, "://") {
				return slices.ContainsFunc(turn.Without, func(w string) bool { return strings.Contains(w, "link") })
			}
			return slices.Contains(turn.Without, word)
		})
		if got := reachOf(c.Score(submission(1, strings.Join(words, " "))), c.Model().Limits()); got != turn.Rest {
			t.Errorf("%q without %q: %v, not %v", text.text, turn.Without, got, turn.Rest)
		}
		if !turn.Rest.Held() {
			passed++
		}
	}
	if held < 20 || passed < 10 {
		t.Errorf("%d are held and %d would pass; the test needs more", held, passed)
	}
}

func TestTurn(t *testing.T) {
	c := New(testModel(t))
	for name, test := range map[string]struct {
		text    string
		site    moderation.Thresholds
		without []string
		passes  bool
	}{
		"one word":                  {text: "the council said moron", without: []string{"moron"}, passes: true},
		"a disguised word":          {text: "the council said m0r0n", without: []string{"moron"}, passes: true},
		"wherever it stands":        {text: "moron the council said moron", without: []string{"moron"}, passes: true},
		"all links":                 {text: "council http://a.example.org report www.b.example.org", without: []string{"2 links"}, passes: true},
		"the site's threshold":      {text: "the council said moron", site: moderation.Thresholds{Abuse: .999}},
		"too many":                  {text: "moron idiot scum filth worthless vermin stupid disgusting", without: []string{"", "", ""}},
		"nothing speaks against it": {text: "the council said thanks"},
	} {
		t.Run(name, func(t *testing.T) {
			sub := submission(1, test.text)
			sub.Site.Thresholds = test.site
			turn := c.Turn(sub)
			if len(turn.Without) != len(test.without) || len(test.without) == 1 && turn.Without[0] != test.without[0] {
				t.Errorf("without %q, want %q (%s)", turn.Without, test.without, turn)
			}
			if passes := turn.Held() && !turn.Rest.Held(); passes != test.passes {
				t.Errorf("passes %t: %s", passes, turn)
			}
		})
	}
}

// TestCheckTellsTurn checks that a signal tells what it takes, unless the comment is
// long.
func TestCheckTellsTurn(t *testing.T) {
	c := New(testModel(t))
	for text, want := range map[string]bool{
		"the council said moron":  true,
		"the council said thanks": false,
		"moron scum " + strings.Repeat("moron scum filth ", maxQuick/3): false,
	} {
		turn, detail := c.Turn(submission(1, text)), check(t, c, text).Detail
		if got := turn.Note() != "" && strings.HasSuffix(detail, turn.Note()); got != want {
			t.Errorf("detail %q ends with %q: %t", detail, turn.Note(), got)
		}
	}
}

func TestTurnString(t *testing.T) {
	at := func(score float64) Reach { return Reach{moderation.Abuse, score, .37} }
	for _, c := range []struct {
		turn       Turn
		want, note string
	}{
		{Turn{Reach: at(.12)}, "abuse 0.12, held from 0.37", ""},
		{Turn{Reach: at(.001)}, "abuse below 0.01, held from 0.37", ""},
		{Turn{Reach: at(.3699)}, "abuse 0.3699, held from 0.3700", ""},
		{Turn{Reach: Reach{moderation.Spam, .9, 0}}, "spam 0.90, never held for it", ""},
		{Turn{Reach: at(.9), Without: []string{"moron"}, Rest: at(.12)}, `without "moron" it would pass (abuse 0.12, held from 0.37)`, `; without "moron": abuse 0.12, held from 0.37`},
		{Turn{Reach: at(.9), Without: []string{"moron", "2 links"}, Rest: at(.12)}, `without "moron" and 2 links it would pass (abuse 0.12, held from 0.37)`, `; without "moron" and 2 links: abuse 0.12, held from 0.37`},
		{Turn{Reach: at(.9), Without: []string{"a", "b", "c"}, Rest: at(.4)}, `even without "a", "b" and "c" it would be held (abuse 0.40, held from 0.37)`, `; even without "a", "b" and "c": abuse 0.40, held from 0.37`},
		{Turn{Reach: at(.9), Rest: at(.9)}, "leaving out single words changes nothing (abuse 0.90, held from 0.37)", ""},
	} {
		if got := c.turn.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
		if got := c.turn.Note(); got != c.note {
			t.Errorf("note %q, want %q", got, c.note)
		}
	}
}

func TestReachOf(t *testing.T) {
	limits := moderation.Thresholds{Spam: .4, Abuse: .2}
	for name, c := range map[string]struct {
		p      moderation.Probabilities
		limits moderation.Thresholds
		want   moderation.Label
	}{
		"nearer to its threshold": {moderation.Probabilities{OK: .6, Spam: .22, Abuse: .18}, limits, moderation.Abuse},
		"further over it":         {moderation.Probabilities{Spam: .7, Abuse: .3}, limits, moderation.Spam},
		"one has none":            {moderation.Probabilities{Spam: .9, Abuse: .1}, moderation.Thresholds{Abuse: .5}, moderation.Abuse},
		"none has one":            {moderation.Probabilities{Spam: .9, Abuse: .1}, moderation.Thresholds{}, moderation.Spam},
	} {
		if got := reachOf(c.p, c.limits); got.Label != c.want {
			t.Errorf("%s: %s, want %s", name, got.Label, c.want)
		}
	}
}

// BenchmarkTurn works out what it takes for comments that are held.
func BenchmarkTurn(b *testing.B) {
	c := New(testModel(b))
	for b.Loop() {
		c.Turn(submission(1, "moron idiot scum filth worthless vermin stupid disgusting the council road budget vote report town"))
	}
}
