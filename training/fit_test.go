package training

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// invented returns n comments of each label, of words typical of it among words
// that all share.
func invented(n int) []Example {
	shared := strings.Fields("the a council road budget vote report town people number plan school bridge money year said think")
	typical := map[moderation.Label]string{
		moderation.OK:    "agree interesting thanks question figures perhaps",
		moderation.Spam:  "cheap viagra casino click bonus winner",
		moderation.Abuse: "moron idiot scum filth worthless vermin",
	}
	r := rand.New(rand.NewPCG(1, 1))
	var all []Example
	for range n {
		for _, l := range moderation.Labels() {
			var words []string
			for range 5 + r.IntN(10) {
				from := shared
				if r.IntN(3) == 0 {
					from = strings.Fields(typical[l])
				}
				words = append(words, from[r.IntN(len(from))])
			}
			all = append(all, Example{Text: strings.Join(words, " "), Label: l, Source: fmt.Sprint("source ", r.IntN(2))})
		}
	}
	return all
}

func TestFit(t *testing.T) {
	var done, total int64
	m, unseen, err := Fit(t.Context(), invented(120), FitOptions{
		Name: "small", Part: "train", TrainedAt: time.Unix(1, 0),
		Stats:    ReadStats{SHA256: "ab", Files: []FileStats{{Path: "folder/file.jsonl", SHA256: "cd", Examples: 360}}},
		Progress: func(d, of int64) { done, total = d, of },
	})
	if err != nil {
		t.Fatal(err)
	}
	if done != 1080 || total != 1080 {
		t.Errorf("progress %d of %d, want 1080 of 1080", done, total)
	}
	for _, l := range moderation.Labels() {
		if got := unseen.Of(l); got.N != 120 || !(float64(got.AUC) > 0.95) {
			t.Errorf("%s: AUC %v of %d comments on unseen folds", l, got.AUC, got.N)
		}
	}
	info := m.Info()
	if info.Comments != [3]int64{120, 120, 120} || info.DataSHA256 != "ab" || len(info.Sources) != 2 || info.Files[0].Name != "file.jsonl" || info.Options.Folds != 10 {
		t.Errorf("info %+v", info)
	}
	if info.OKHeld > DefaultOKHeld || info.Limits.Spam <= 0 || info.Limits.Abuse <= 0 {
		t.Errorf("limits %v hold %v", info.Limits, info.OKHeld)
	}
	p := m.ScoreText("you worthless moron, scum")
	if p.Abuse < info.Limits.Abuse {
		t.Errorf("abuse %v is not held at %v", p.Abuse, info.Limits.Abuse)
	}
}

// TestPriorMovesProbabilities trains with two priors: the probability of what
// says nothing follows, and so do all odds.
func TestPriorMovesProbabilities(t *testing.T) {
	abuse := func(prior float64) float64 {
		m, _, err := Fit(t.Context(), invented(60), FitOptions{Prior: moderation.Probabilities{OK: 0.99 - prior, Spam: 0.01, Abuse: prior}})
		if err != nil {
			t.Fatal(err)
		}
		if got := m.ScoreText("").Abuse; got < prior-1e-9 || got > prior+1e-9 {
			t.Errorf("nothing gives %v, want %v", got, prior)
		}
		return m.ScoreText("the council said a moron").Abuse
	}
	rare, frequent := abuse(0.01), abuse(0.3)
	odds := func(p float64) float64 { return p / (1 - p) }
	if ratio := odds(frequent) / odds(rare); ratio < 30 || ratio > 50 { // (.3/.69)/(.01/.98), less what spam takes
		t.Errorf("odds %v times as high, from %v to %v", ratio, rare, frequent)
	}
}

// TestFitWithoutSpam keeps the prior for the label that was never seen.
func TestFitWithoutSpam(t *testing.T) {
	all := invented(60)
	all = Part(all, func(i int) bool { return all[i].Label != moderation.Spam })
	m, _, err := Fit(t.Context(), all, FitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"thanks, interesting", "casino casino"} {
		p := m.ScoreText(text)
		if got := p.Spam / p.OK; got < 0.055 || got > 0.056 {
			t.Errorf("%q: odds of spam %v, want those of the prior", text, got)
		}
	}
	if got := m.Limits().Spam; got != 1 {
		t.Errorf("limit of spam %v, want 1", got)
	}
}

func TestFitUponABase(t *testing.T) {
	base, _, err := Fit(t.Context(), invented(120), FitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var own []Example
	for i := range 30 {
		own = append(own,
			Example{Text: fmt.Sprintf("gammon of the %d council", i), Label: moderation.Abuse},
			Example{Text: fmt.Sprintf("thanks, the %d plan of the council", i), Label: moderation.OK})
	}
	m, _, err := Fit(t.Context(), own, FitOptions{Base: base})
	if err != nil {
		t.Fatal(err)
	}
	if before, after := base.ScoreText("what a gammon").Abuse, m.ScoreText("what a gammon").Abuse; after < before+0.1 {
		t.Errorf("a word that was taught: abuse %v, before %v", after, before)
	}
	if got := m.ScoreText("casino bonus, click, winner, cheap viagra").Spam; got < 0.5 {
		t.Errorf("spam, which only the base knows: %v", got)
	}
}

func TestFitRefuses(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name     string
		ctx      context.Context
		examples []Example
		opts     FitOptions
		says     string
		is       error
	}{
		{"nothing", t.Context(), nil, FitOptions{}, "it has 0 ok, 0 spam, 0 abuse", moderation.ErrInvalid},
		{"one label", t.Context(), many(50, "", moderation.Spam), FitOptions{}, "it has 0 ok, 50 spam, 0 abuse", moderation.ErrInvalid},
		{"too few of the other", t.Context(), join(many(50, "", moderation.OK), many(9, "", moderation.Abuse)), FitOptions{}, "9 abuse", moderation.ErrInvalid},
		{"a prior of nought", t.Context(), invented(20), FitOptions{Prior: moderation.Probabilities{OK: 1}}, "no probability above 0", moderation.ErrInvalid},
		{"an end", ended, invented(20), FitOptions{}, "canceled", context.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Fit(c.ctx, c.examples, c.opts)
			if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("error %v, want %q", err, c.says)
			}
		})
	}
}

// TestFitIsReproducible trains twice, with the examples in another order.
func TestFitIsReproducible(t *testing.T) {
	all := invented(40)
	var files [2]bytes.Buffer
	for i := range files {
		m, _, err := Fit(t.Context(), all, FitOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.WriteTo(&files[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) {
		t.Error("the same examples gave another file")
	}
}
