package training

import (
	"testing"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// starter returns the built-in model.
func starter(t testing.TB) *classifier.Model {
	t.Helper()
	m, err := Starter()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestStarterIsSmall(t *testing.T) {
	m := starter(t)
	if m.Size() > 4<<20 {
		t.Errorf("%d bytes, at most 4 MiB", m.Size())
	}
	if info := m.Info(); info.Name != "starter" || info.Base != "" || info.Prior != DefaultPrior() || info.OKHeld > DefaultOKHeld || len(info.Files) == 0 {
		t.Errorf("info %+v", info)
	}
}

// TestStarterOnFirstComments is what anybody would try first.
func TestStarterOnFirstComments(t *testing.T) {
	m := starter(t)
	for _, c := range []struct {
		text string
		want moderation.Label
	}{
		{"Thank you for this piece, I agree with most of it and learned something about the inspection report.", moderation.OK},
		{"I disagree.", moderation.OK},
		{"First!", moderation.OK},
		{"lol", moderation.OK},
		{"Nice.", moderation.OK},
		{"Yes", moderation.OK},
		{"", moderation.OK},
		{"The council should have published the numbers before the vote, not after it.", moderation.OK},
		{"I have read the report at https://example.org/report.pdf and the table on page 4 says the opposite.", moderation.OK},
		{"You're wrong about the tax, see the figures for 2019.", moderation.OK},
		{"what a load of shit this policy is", moderation.OK},
		{"what a load of shit this policy is, the minister is a bloody idiot", moderation.OK},
		{"I am a black woman and I found this moving.", moderation.OK},
		{"Muslims in our town are good neighbours", moderation.OK},
		{"Sehr interessanter Artikel, vielen Dank dafür. Ich denke allerdings, dass die Zahlen nicht stimmen.", moderation.OK},
		{"这篇文章写得很好，我同意大部分观点，但是我认为数字不正确。", moderation.OK},
		{"👍👍👍", moderation.OK},
		{"You are a stupid worthless moron, go and kill yourself you disgusting piece of shit 3", moderation.Abuse},
		{"you stupid worthless moron, go kill yourself 12", moderation.Abuse},
		{"Buy cheap viagra http://pills.example.test http://a.example.test http://b.example.test click here best price", moderation.Spam},
		{"Check out my channel and subscribe please", moderation.Spam},
	} {
		if got := Score(m, m.Limits(), Example{Text: c.text}); got.Predicted != c.want {
			t.Errorf("%q: %s, want %s (%+v, limits %+v)", c.text, got.Predicted, c.want, got.P, m.Limits())
		}
	}
}
