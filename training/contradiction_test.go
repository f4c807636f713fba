package training

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// noon is when the tests' lessons begin.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// pastLesson is a lesson of a text, taught so many hours after noon.
func pastLesson(number int64, hours float64, l moderation.Label, text string) moderation.PastLesson {
	return moderation.PastLesson{
		Lesson:  moderation.Lesson{Number: number, Site: 1, Label: l, Text: text},
		Comment: moderation.CommentID(number), At: noon.Add(time.Duration(hours * float64(time.Hour))),
	}
}

func TestContradictions(t *testing.T) {
	lessons := []moderation.PastLesson{
		pastLesson(1, 0, moderation.Spam, "Buy cheap watches at my shop"),
		pastLesson(2, 1, moderation.OK, "The tram was late again today."),
		pastLesson(3, 2, moderation.OK, "buy CHEAP watches at my shop!!!"),
		pastLesson(4, 3, moderation.OK, "The tram was on time today."),
		pastLesson(5, 4, moderation.Abuse, "You are a complete and utter moron, sir, and everybody here knows"),
		pastLesson(6, 5, moderation.OK, "You are a complete and utter m0ron, and everybody here knows"),
		pastLesson(7, 6, moderation.Spam, "🎉"),
		pastLesson(8, 7, moderation.Spam, "🎉"),
		pastLesson(9, 8, moderation.OK, "👍"),
	}
	var got [][]moderation.CommentID
	for _, c := range Contradictions(lessons) {
		var ids []moderation.CommentID
		for _, l := range c.Lessons {
			ids = append(ids, l.Comment)
		}
		got = append(got, ids)
	}
	if diff := cmp.Diff([][]moderation.CommentID{{5, 6}, {1, 3}}, got); diff != "" {
		t.Errorf("contradictions (-want +got):\n%s", diff)
	}
}

func TestLargestBurst(t *testing.T) {
	var lessons []moderation.PastLesson
	add := func(hours float64, l moderation.Label, text string) {
		lessons = append(lessons, pastLesson(int64(len(lessons)+1), hours, l, text))
	}
	for i := range 4 {
		text := fmt.Sprintf("comment number %d", i)
		add(float64(1000*i), moderation.OK, text)
		add(5000+float64(i), moderation.Spam, text)
	}
	if b := LargestBurst(Contradictions(lessons)); b != nil {
		t.Errorf("four contradictory lessons in a day are a burst: %+v", b)
	}
	add(0, moderation.OK, "one more")
	add(5004, moderation.Spam, "one more")
	want := &Burst{5, noon.Add(5000 * time.Hour), noon.Add(5004 * time.Hour)}
	if diff := cmp.Diff(want, LargestBurst(Contradictions(lessons))); diff != "" {
		t.Errorf("burst (-want +got):\n%s", diff)
	}
	for i := range 5 {
		text := fmt.Sprintf("remark of reader %d", i)
		add(9000, moderation.Abuse, text)
		add(9100+float64(i), moderation.OK, text)
	}
	want = &Burst{5, noon.Add(9100 * time.Hour), noon.Add(9104 * time.Hour)}
	if diff := cmp.Diff(want, LargestBurst(Contradictions(lessons))); diff != "" {
		t.Errorf("the newest of two equal bursts (-want +got):\n%s", diff)
	}
}

// TestLargestBurstSparesThoseBefore has many honest lessons in one day, each
// contradicted much later and slowly: nobody hurried to contradict.
func TestLargestBurstSparesThoseBefore(t *testing.T) {
	var lessons []moderation.PastLesson
	for i := range 20 {
		text := fmt.Sprintf("comment number %d", i)
		lessons = append(lessons,
			pastLesson(int64(2*i), float64(i)/2, moderation.OK, text),
			pastLesson(int64(2*i+1), float64(1000+100*i), moderation.Spam, text))
	}
	if b := LargestBurst(Contradictions(lessons)); b != nil {
		t.Errorf("those who were contradicted are a burst: %+v", b)
	}
}

// TestContradictionsOfMany must not compare each lesson with each other one.
func TestContradictionsOfMany(t *testing.T) {
	var lessons []moderation.PastLesson
	for i := range 5000 {
		label := moderation.Labels()[i%2]
		lessons = append(lessons, pastLesson(int64(i), 0, label, fmt.Sprintf("the same words and number %d of many", i/2)))
	}
	start := time.Now()
	found := Contradictions(lessons)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	if len(found) == 0 {
		t.Error("nothing found")
	}
}
