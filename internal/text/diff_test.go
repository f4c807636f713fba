package text

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDiff(t *testing.T) {
	tests := []struct{ name, before, after, want string }{
		{"same", "a b", "a b", "a b"},
		{"added", "You are kind", "You are very kind", "You are {+very +}kind"},
		{"removed", "You are not kind", "You are kind", "You are [-not -]kind"},
		{"replaced", "You are a moron, Bob", "You are a saint, Bob", "You are a [-moron, -]{+saint, +}Bob"},
		{"several in a row", "one two three four", "one 2 3 four", "one [-two three -]{+2 3 +}four"},
		{"white space alone", "a  b\nc", "a b c", "a b c"},
		{"everything", "a b", "c d", "[-a b-]{+c d+}"},
		{"from nothing", "", "a", "{+a+}"},
		{"Chinese", "我喜欢你", "我不喜欢你", "我{+不+}喜欢你"},
		{"an emoji of parts", "👩‍👩‍👧‍👦 x", "👩‍👩‍👧 x", "[-👩‍👩‍👧‍👦 -]{+👩‍👩‍👧 +}x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got strings.Builder
			for _, e := range Diff(test.before, test.after) {
				got.WriteString([]string{e.Text, "{+" + e.Text + "+}", "[-" + e.Text + "-]"}[e.Change])
			}
			if diff := cmp.Diff(test.want, got.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDiffIsBounded compares texts of many words.
func TestDiffIsBounded(t *testing.T) {
	got := Diff("x "+strings.Repeat("a ", 50_000)+"y", "x "+strings.Repeat("b ", 50_000)+"y")
	if len(got) != 4 || got[0].Text != "x " || got[3].Text != "y" {
		t.Errorf("%d pieces", len(got))
	}
}

// TestDiffGivesBothTexts holds that nothing of either text is lost, and that no piece
// ends within a character.
func TestDiffGivesBothTexts(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", " ", "\n", "  ", "漢字", "e\u0301", "👩‍👩‍👧‍👦", "a.example", "\xff", "\u0301"})
	anyText := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(word, 0, 20).Draw(t, "words"), "") })
	rapid.Check(t, func(t *rapid.T) {
		before, after := anyText.Draw(t, "before"), anyText.Draw(t, "after")
		var old, now string
		graphemes := 0
		for _, e := range Diff(before, after) {
			if e.Change != Added {
				old += e.Text
			}
			if e.Change != Removed {
				now += e.Text
				graphemes += Graphemes(e.Text)
			}
		}
		if now != valid(after) || strings.Join(strings.Fields(old), "") != strings.Join(strings.Fields(valid(before)), "") {
			t.Fatalf("%q to %q gives %q and %q", before, after, old, now)
		}
		if graphemes != Graphemes(after) && !strings.Contains(before+after, "\u0301") && !strings.Contains(before+after, "\xff") {
			t.Fatalf("a character of %q was torn: %+v", after, Diff(before, after))
		}
	})
}
