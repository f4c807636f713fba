package classifier

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"gatehouse/internal/text"
)

func TestTokenise(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"white space", " \n\t ", nil},
		{"words", "You ARE wrong.", []string{"word you", "word are", "word wrong"}},
		{"an apostrophe", "don’t 'quote'", []string{"word don't", "word quote"}},
		{"a run of signs", "what?! no!!! ok.", []string{"word what", "bang ?!", "word no", "bang !!!", "word ok"}},
		{"symbols", "😂😂 only $5 *", []string{"symbol 😂", "symbol 😂", "word only", "symbol $", "word 5"}},
		{"a link", "see http://example.org/a?b=c! now", []string{"word see", "link http://example.org/a?b=c", "bang !", "word now"}},
		{"a bare domain", "visit pills.com now", []string{"word visit", "link pills.com", "word now"}},
		{"no link", "end.Begin e.g. this", []string{"word end", "word begin", "word e", "word g", "word this"}},
		{"a handle", "@some_body: you", []string{"handle @some_body", "word you"}},
		{"a handle behind a bracket", "(@user) hi", []string{"handle @user", "word hi"}},
		{"an address is no handle", "me@example", []string{"word me", "word example"}},
		{"only signs", "@ !", []string{"bang !"}},
		{"no spaces between words", "我同意 yes", []string{"word 我", "word 同", "word 意", "word yes"}},
		{"invisible characters", "mo\u200bron", []string{"word moron"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, names(c.text)); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLongTextsAreCut(t *testing.T) {
	for _, word := range []string{"a ", "ж "} {
		if got, want := len(names(strings.Repeat(word, 10_000))), (headRunes+tailRunes)/2; got != want {
			t.Errorf("%q: %d words, want %d", word, got, want)
		}
	}
}

// TestTheEndOfALongTextIsRead hides what counts behind what does not.
func TestTheEndOfALongTextIsRead(t *testing.T) {
	all := names(strings.Repeat("harmless ", 1000) + "moron")
	if last := all[len(all)-1]; last != "word moron" {
		t.Errorf("the last token is %q", last)
	}
}

// TestPlainTextsAreTokenisedAlike compares the quick way with the other.
func TestPlainTextsAreTokenisedAlike(t *testing.T) {
	plain := 0
	rapid.Check(t, func(t *rapid.T) {
		s := text.Normal(rapid.OneOf(
			anyText(),
			rapid.StringMatching(`([a-z0-9']{1,6}[ .:!?$/@',-]{1,3}){0,12}`),
			rapid.StringMatching(`[a-z0-9.:/!?$' -]{0,40}`),
		).Draw(t, "text"))
		got, ok := tokenisePlain(nil, s)
		if !ok {
			return
		}
		plain++
		if diff := cmp.Diff(tokeniseAny(nil, s), got, cmp.AllowUnexported(token{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", s, diff)
		}
	})
	if plain == 0 {
		t.Error("no text was plain")
	}
}

func FuzzTokenise(f *testing.F) {
	for _, s := range []string{"", "don't 'do' it.now", "what?! $5: a:/b 'n' x.y", "me@home.example", "a.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = text.Normal(s)
		if got, plain := tokenisePlain(nil, s); plain && !slices.Equal(tokeniseAny(nil, s), got) {
			t.Errorf("%q: %v, want %v", s, got, tokeniseAny(nil, s))
		}
	})
}
