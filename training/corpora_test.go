package training

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// corpus is a public corpus with the AUC that the design's prototype reached on
// its dev part, trained on its train part.
type corpus struct {
	name  string
	label moderation.Label
	auc   float64
}

// corpora lists those that have both parts and labels.
func corpora() []corpus {
	return []corpus{
		{"convabuse", moderation.Abuse, .921},
		{"davidson", moderation.Abuse, .974},
		{"hatexplain", moderation.Abuse, .836},
		{"jigsaw_wiki", moderation.Abuse, .943},
		{"sms_spam", moderation.Spam, .999},
		{"stormfront", moderation.Abuse, .870},
		{"surge_toxicity", moderation.Abuse, .821},
		{"tgspam_samples", moderation.Spam, .995},
		{"youtube_spam", moderation.Spam, .982},
	}
}

// corporaFolder returns where the corpora are: $GATEHOUSE_CORPORA, or the
// project's neighbour. It skips the test where they are not.
func corporaFolder(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("GATEHOUSE_CORPORA")
	if dir == "" {
		root, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for !exists(filepath.Join(root, "go.mod")) {
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared", "corpora")
	}
	if !exists(dir) {
		t.Skipf("skipped: no corpora in %s (GATEHOUSE_CORPORA names another folder)", dir)
	}
	return dir
}

// exists reports whether there is something at path.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// readCorpora reads the corpora of these names, all without any.
func readCorpora(t testing.TB, names ...string) []Example {
	t.Helper()
	dir := corporaFolder(t)
	paths, err := filepath.Glob(filepath.Join(dir, "*.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) > 0 {
		paths = nil
		for _, name := range names {
			paths = append(paths, filepath.Join(dir, name+".jsonl.gz"))
		}
	}
	all, _, err := ReadAll(t.Context(), paths, ReadOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// ownTexts reads what was written for the starter itself, which is part of the
// project.
func ownTexts(t testing.TB) []Example {
	t.Helper()
	all, _, err := ReadAll(t.Context(), []string{"starter/heat.jsonl", "starter/spam.jsonl"}, ReadOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// fitted returns a model of the examples.
func fitted(t testing.TB, all []Example) *classifier.Model {
	t.Helper()
	m, _, err := Fit(t.Context(), all, FitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// aucOf returns how well a scorer tells a label in the examples.
func aucOf(s Scorer, all []Example, l moderation.Label) float64 {
	var v Evaluator
	for _, e := range all {
		v.Add(Score(s, moderation.Thresholds{}, e))
	}
	result := v.Result()
	return float64(result.Of(l).AUC)
}

// TestCorporaOneByOne trains on each corpus' train part and measures on its dev
// part. The mean must reach the prototype's; one corpus may be .01 below, which
// is within what another choice of dev would change.
func TestCorporaOneByOne(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: training on corpora takes half a minute")
	}
	sum, want := 0.0, 0.0
	for _, c := range corpora() {
		all := readCorpora(t, c.name)
		m := fitted(t, Part(all, func(i int) bool { return all[i].Split == "train" }))
		auc := aucOf(m, Part(all, func(i int) bool { return all[i].Split == "dev" }), c.label)
		t.Logf("%-15s AUC %.4f, the prototype's %.3f", c.name, auc, c.auc)
		if auc < c.auc-.01 {
			t.Errorf("%s: AUC %.4f, want %.3f", c.name, auc, c.auc)
		}
		sum, want = sum+auc, want+c.auc
	}
	n := float64(len(corpora()))
	t.Logf("%-15s AUC %.4f, the prototype's %.4f", "mean", sum/n, want/n)
	if sum < want {
		t.Errorf("mean AUC %.4f, want %.4f", sum/n, want/n)
	}
}

// BenchmarkFit trains on three corpora; it reports comments a second.
func BenchmarkFit(b *testing.B) {
	all := readCorpora(b, "jigsaw_wiki", "youtube_spam", "surge_toxicity")
	n := 0
	for b.Loop() {
		fitted(b, all)
		n += len(all)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "comments/s")
}

// BenchmarkScoreStarter scores real comments with the built-in model.
func BenchmarkScoreStarter(b *testing.B) {
	var texts []string
	for _, e := range readCorpora(b, "jigsaw_wiki") {
		if len(e.Text) >= 200 && len(e.Text) < 240 {
			texts = append(texts, e.Text)
		}
	}
	m := starter(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.ScoreText(texts[i%len(texts)])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "comments/s")
}

// learningCounts are after how many lessons BenchmarkLearning measures.
func learningCounts() []int { return []int{20, 50, 100, 200, 500} }

// BenchmarkLearning is how the numbers in classifier/site.go were chosen: a
// model of all other sources meets a new one, whose comments are learned one
// after another; measured is the AUC over the 500 that follow, with the lessons
// and (base) without. Each source takes as long as training the starter.
func BenchmarkLearning(b *testing.B) {
	all := append(ownTexts(b), readCorpora(b)...)
	for _, c := range corpora() {
		b.Run(c.name, func(b *testing.B) {
			base := fitted(b, Part(all, func(i int) bool { return all[i].Source != c.name }))
			own := Part(all, func(i int) bool { return all[i].Source == c.name })
			const rounds = 4
			for b.Loop() {
				for round := range rounds {
					r := rand.New(rand.NewPCG(1, uint64(round)))
					r.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
					learn(b, base, own, c.label, round)
				}
			}
		})
	}
}

// BenchmarkDayOne measures models on a source that they never saw, each trained
// on all others and on our own texts: what a blog has on its first day. It takes
// three minutes.
func BenchmarkDayOne(b *testing.B) {
	all := append(ownTexts(b), readCorpora(b)...)
	sums, n := map[moderation.Label]float64{}, map[moderation.Label]float64{}
	for _, c := range corpora() {
		m := fitted(b, Part(all, func(i int) bool { return all[i].Source != c.name }))
		auc := aucOf(m, Part(all, func(i int) bool { return all[i].Source == c.name }), c.label)
		b.Logf("%-15s %-5s AUC %.4f", c.name, c.label, auc)
		sums[c.label] += auc
		n[c.label]++
	}
	for _, l := range []moderation.Label{moderation.Spam, moderation.Abuse} {
		b.ReportMetric(sums[l]/n[l], string(l)+"-AUC")
	}
}

// learn walks once through a source's comments and says what it finds.
func learn(b *testing.B, base *classifier.Model, own []Example, l moderation.Label, round int) {
	b.Helper()
	checker := classifier.New(base)
	for i, e := range own {
		if slices.Contains(learningCounts(), i) && i+100 <= len(own) {
			next := own[i:min(i+500, len(own))]
			b.Logf("after %d lessons: AUC %.4f, base %.4f (order %d)", i, aucOf(checker, next, l), aucOf(base, next, l), round)
		}
		if i >= 500 {
			break
		}
		if err := checker.Apply(moderation.Lesson{Number: int64(i + 1), Label: e.Label, Text: e.Text}); err != nil {
			b.Fatal(err)
		}
	}
}
