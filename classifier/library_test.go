package classifier

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/jbrukh/bayesian"

	"gatehouse/internal/moderation"
)

// TestPlainLibrary holds the library, used as its README shows it, to the scores
// that package training's baseline of the same name is held to: that package may
// not import it.
func TestPlainLibrary(t *testing.T) {
	content, err := os.ReadFile("../training/testdata/library.json")
	if err != nil {
		t.Fatal(err)
	}
	var known struct {
		Lessons []struct {
			Text  string
			Label moderation.Label
		}
		Scores []struct {
			Text      string
			OK, Abuse float64
		}
	}
	if err := json.Unmarshal(content, &known); err != nil {
		t.Fatal(err)
	}
	words := func(text string) []string { return strings.Fields(strings.ToLower(text)) }
	b := bayesian.NewClassifier(bayesian.Class(moderation.OK), bayesian.Class(moderation.Abuse))
	for _, l := range known.Lessons {
		b.Learn(words(l.Text), bayesian.Class(l.Label))
	}
	if len(known.Scores) == 0 {
		t.Error("no scores")
	}
	for _, c := range known.Scores {
		got, _, _ := b.LogScores(words(c.Text))
		if math.Abs(got[0]-c.OK) > 1e-9 || math.Abs(got[1]-c.Abuse) > 1e-9 {
			t.Errorf("%q: scores %v, want %v and %v", c.Text, got, c.OK, c.Abuse)
		}
	}
}
