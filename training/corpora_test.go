package training

import (
	"os"
	"path/filepath"
	"testing"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// corpus is a public corpus and what it holds beside decent comments.
type corpus struct {
	name  string
	label moderation.Label
}

// corpora lists those that have both parts and labels.
func corpora() []corpus {
	return []corpus{
		{"convabuse", moderation.Abuse},
		{"davidson", moderation.Abuse},
		{"hatexplain", moderation.Abuse},
		{"jigsaw_wiki", moderation.Abuse},
		{"sms_spam", moderation.Spam},
		{"stormfront", moderation.Abuse},
		{"surge_toxicity", moderation.Abuse},
		{"tgspam_samples", moderation.Spam},
		{"youtube_spam", moderation.Spam},
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

// BenchmarkFit trains on all corpora and on our own texts, as the starter is; it
// reports comments a second.
func BenchmarkFit(b *testing.B) {
	all := append(ownTexts(b), readCorpora(b)...)
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

// BenchmarkStarter makes the built-in model ready.
func BenchmarkStarter(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		starter(b)
	}
}
