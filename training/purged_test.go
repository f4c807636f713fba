package training

import (
	"math"
	"strings"
	"testing"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// purge takes the texts of lessons, and leaves what the starter learns by.
func purge(t *testing.T, lessons []moderation.PastLesson) {
	t.Helper()
	c := classifier.New(starter(t))
	for i := range lessons {
		l := &lessons[i].Lesson
		features, err := c.Features(*l)
		if err != nil {
			t.Fatal(err)
		}
		l.Text, l.Parent, l.Features = "", moderation.Parent{}, features
	}
}

// TestRetrainOnPurgedTexts retrains on what is left of texts, half of them or all.
func TestRetrainOnPurgedTexts(t *testing.T) {
	want := mustRetrain(t, ownWays(150), moderation.Published{}, RetrainOptions{})
	for name, purged := range map[string]int{"half": 75, "all": 150} {
		t.Run(name, func(t *testing.T) {
			lessons := ownWays(150)
			purge(t, lessons[:purged])
			got := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{})
			if !got.Promote || got.Lessons != want.Lessons || got.LastLesson != want.LastLesson {
				t.Fatalf("retrained %+v, want %+v", got, want)
			}
			if math.Abs(float64(got.Comparison.Candidate.LogLoss-want.Comparison.Candidate.LogLoss)) > .02 {
				t.Errorf("candidate %+v, with texts %+v", got.Comparison.Candidate, want.Comparison.Candidate)
			}
			if again := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{InForce: got.Blend, Data: got.DataSHA256}); again.Blend != nil {
				t.Errorf("made twice of the same: %+v", again)
			}
			lessons[0].Label = moderation.Spam
			if other := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{}); other.DataSHA256 == got.DataSHA256 {
				t.Error("other data have the same hash")
			}
		})
	}
}

// TestRetrainLeavesOutWhatCannotBeRead has lessons of another program among others.
func TestRetrainLeavesOutWhatCannotBeRead(t *testing.T) {
	lessons := ownWays(60)
	for i := range 6 {
		lessons[i].Text, lessons[i].Features = "", []byte{99}
	}
	if r := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{}); r.Blend == nil || r.Lessons != [3]int64{18, 18, 18} {
		t.Errorf("retrained %+v", r)
	}
}

// TestPurgedTextsContradictNobody has texts of which nothing can be compared.
func TestPurgedTextsContradictNobody(t *testing.T) {
	lessons := ownWays(6)
	lessons[4].Text, lessons[5].Text = "the same", "the same"
	purge(t, lessons[:4])
	found := Contradictions(lessons)
	if len(found) != 1 || !strings.Contains(found[0].Text, "the same") || len(found[0].Lessons) != 2 {
		t.Errorf("contradictions %+v", found)
	}
}
