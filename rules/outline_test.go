package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOutlineNamesWhatIsNotKept(t *testing.T) {
	for condition, want := range map[string][]string{
		`text == "x"`: nil,
		`author.email endsWith "@x.test" or text == "x"`:                                                  {"author.email"},
		`inNetwork(author.ip, "192.0.2.0/24") or text == "x"`:                                             {"author.ip"},
		`isOneOf(author.email, "a@x.test") or inNetwork(author.ip, "192.0.2.0/24") or hasWord(text, "x")`: {"author.email", "author.ip"},
		`hasWord(author.name, "ann") or text == "x"`:                                                      nil,
	} {
		book, err := Parse("b.yaml", []byte(ruleWhen("'"+condition+"'")))
		if err != nil {
			t.Fatal(err)
		}
		first := book.Outline()[0]
		if diff := cmp.Diff(want, first.Unkept); diff != "" || first.Rule != "a" || first.Condition != condition || first.Action != ActionHold {
			t.Errorf("%s: %+v\n%s", condition, first, diff)
		}
	}
}
