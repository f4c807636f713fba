package training

import (
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// someEvaluation returns one of made-up comments of two sources.
func someEvaluation() Evaluation {
	random := rand.New(rand.NewPCG(1, 2))
	v := Evaluator{Limits: moderation.Thresholds{Spam: .4, Abuse: .37}}
	for i := range 3000 {
		label := moderation.Labels()[[]int{0, 0, 0, 0, 1, 2}[i%6]]
		logit := map[moderation.Label]float64{moderation.OK: -2, moderation.Spam: 2, moderation.Abuse: .5}[label]
		bad := 1 / (1 + 1/(1e-9+math.Exp(logit+1.5*random.NormFloat64())))
		spam := bad * .8
		if label == moderation.Abuse {
			spam = bad * .2
		}
		e := Example{Text: "<script>alert(1)</script> & co", Label: label, Source: []string{"one", "<two>"}[i%2]}
		p := fixed{OK: 1 - bad, Spam: spam, Abuse: bad - spam}
		scored := Score(p, v.Limits, e)
		scored.Weights = []moderation.Weight{
			{Feature: "<b>moron", Label: moderation.Abuse, Weight: bad}, {Feature: "thanks", Label: moderation.Spam, Weight: -bad},
		}
		v.Add(scored)
	}
	return v.Result()
}

func TestReportWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "report")
	r := Report{
		Title: "How good it is", Model: "starter <1>", Data: []string{"a.jsonl: 3000"}, Warnings: []string{"seen & known"},
		Limits: moderation.Thresholds{Spam: .4, Abuse: .37}, Expect: moderation.Probabilities{OK: .9, Spam: .05, Abuse: .05}, At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Evaluation: someEvaluation(),
	}
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, ReportPage))
	if err != nil {
		t.Fatal(err)
	}
	html := string(page)
	for _, want := range []string{
		"<title>How good it is</title>", "starter &lt;1&gt;", "seen &amp; known", "2026-01-02 03:04 UTC", "&lt;two&gt;",
		"&lt;script&gt;alert(1)&lt;/script&gt; &amp; co", "Worst mistakes", "By source", "abuse from", "taken for spam",
		"Calibration at the shares it is made for", `<tr class="hit"><td>0.37</td>`,
		"Words that weigh most", "for abuse", "against spam", `<td dir="auto">&lt;b&gt;moron</td>`, "of them abuse",
		"Decent comments taken for spam or abuse", "Spam that was missed", "Abuse that was missed",
		`<span class="up"><bdi>&lt;b&gt;moron</bdi> &#43;`, `<span class="down"><bdi>thanks</bdi> -`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(html, "<script") {
		t.Error("a comment's markup came through")
	}
	if n := strings.Count(html, "<svg "); n != 7 {
		t.Errorf("%d pictures in the page; want 7", n)
	}
	links := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(html, -1)
	if len(links) != 7 {
		t.Errorf("%d links; want one a picture: %v", len(links), links)
	}
	for _, link := range links {
		f, err := os.Open(filepath.Join(dir, link[1]))
		if err != nil {
			t.Fatalf("the page needs something from elsewhere: %v", err)
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%s: %v", link[1], err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestReportOfLittle writes reports in which figures are undefined.
func TestReportOfLittle(t *testing.T) {
	for name, scored := range map[string][]Scored{
		"nothing":   nil,
		"one label": {spamOrNot(true, 1), spamOrNot(true, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := (Report{Evaluation: Evaluate(scored)}).Write(dir); err != nil {
				t.Fatal(err)
			}
			html, err := os.ReadFile(filepath.Join(dir, ReportPage))
			if err != nil || !strings.Contains(string(html), "<td>–</td>") || strings.Contains(string(html), "NaN") {
				t.Errorf("error %v, or an undefined figure is no dash", err)
			}
		})
	}
}

func TestReportWriteErrors(t *testing.T) {
	blocked := file(t, "blocked", "a file")
	if err := (Report{}).Write(blocked); err == nil || !strings.HasPrefix(err.Error(), "write report: ") {
		t.Errorf("error %v; want one that begins with write report:", err)
	}
}

func TestCut(t *testing.T) {
	long := strings.Repeat("ä", shownText)
	if got := cut(long); got != long {
		t.Error("a text of that length was cut")
	}
	if got := cut(long + "b"); got != long+" …" {
		t.Errorf("cut to %d bytes", len(got))
	}
}
