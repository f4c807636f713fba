package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithoutARuleItsWeightIsNotThere(t *testing.T) {
	book := parse(t, `
score: {hold: 5}
rules:
  - {id: mail, when: 'author.email == ""', action: score, weight: 3, catches: [x], passes: [{text: x, author: {email: a@b.c}}]}
  - {id: word, when: 'hasWord(text, "x")', action: score, weight: 3, catches: [x], passes: [y]}
`)
	for _, tt := range []struct{ without, want []string }{
		{nil, []string{"mail", "word", "score"}},
		{[]string{"mail"}, []string{"word"}},
		{[]string{"word"}, []string{"mail"}},
	} {
		if diff := cmp.Diff(tt.want, hits(t, book.Without(tt.without...), says("x"))); diff != "" {
			t.Errorf("without %q (-want +got):\n%s", tt.without, diff)
		}
	}
}
