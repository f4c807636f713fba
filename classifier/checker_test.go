package classifier

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// checks that a checker is both.
var (
	_ moderation.Checker = (*Checker)(nil)
	_ moderation.Student = (*Checker)(nil)
)

func TestCheckGivesOneSignal(t *testing.T) {
	c := New(testModel(t))
	for _, test := range []struct {
		name, text string
		label      moderation.Label
	}{
		{"decent", "interesting report, thanks, i learned what the council said", moderation.OK},
		{"abuse", "you are a moron, a worthless idiot, scum", moderation.Abuse},
		{"spam", "cheap viagra casino bonus http://pills.example.com click !!!", moderation.Spam},
		{"nothing", "", moderation.OK},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := check(t, c, test.text)
			if s.Check != "classifier" || s.Label != test.label || s.Scores == nil || s.Score != s.Scores.Of(test.label) || s.Limits != c.Model().Limits() {
				t.Errorf("signal %+v", s)
			}
			if got := c.Score(submission(1, test.text)); got != *s.Scores {
				t.Errorf("Score %v, Check %v", got, *s.Scores)
			}
		})
	}
}

func TestVersionCountsLessons(t *testing.T) {
	c := New(testModel(t))
	version := func(site moderation.SiteID) string {
		r, err := c.Check(t.Context(), submission(site, "hello"))
		if err != nil {
			t.Fatal(err)
		}
		return r.Version
	}
	before := version(1)
	if want := "test-" + c.Model().ID()[:6]; before != want {
		t.Errorf("version %q, want %q", before, want)
	}
	mustApply(t, c, lesson(17, 0, moderation.OK, "hello"))
	if got, want := version(1), before+"+17"; got != want {
		t.Errorf("version %q, want %q", got, want)
	}
	if got := version(2); got != before {
		t.Errorf("another site's version %q, want %q", got, before)
	}
}

// TestTroll is the story of the first day: three comments of one troll are
// marked, and the fourth one stands out at once.
func TestTroll(t *testing.T) {
	c := New(testModel(t))
	fourth := "another gammon from snorbleville said that"
	decent := "the council said what the plan is"
	before, decentBefore := check(t, c, fourth).Scores.Abuse, check(t, c, decent).Scores.Abuse
	mustApply(t, c,
		lesson(1, 0, moderation.Abuse, "typical gammon of snorbleville"),
		lesson(2, 0, moderation.Abuse, "go home gammon, snorbleville does not want a gammon"),
		lesson(3, 0, moderation.Abuse, "snorbleville gammon again"))
	after := check(t, c, fourth)
	if after.Scores.Abuse < 1.5*before {
		t.Errorf("abuse %.4f after three lessons, %.4f before", after.Scores.Abuse, before)
	}
	if got := check(t, c, decent).Scores.Abuse; got > 1.2*decentBefore {
		t.Errorf("a decent comment: abuse %.4f after, %.4f before", got, decentBefore)
	}
	if got := New(c.Model()).Score(submission(1, fourth)).Abuse; got != before {
		t.Errorf("the model itself changed: %v", got)
	}
}

func TestApprovingLowers(t *testing.T) {
	c := New(testModel(t))
	held := "that stupid vermin problem in the school, disgusting"
	like := "the vermin problem is disgusting"
	before, likeBefore := check(t, c, held).Scores.Abuse, check(t, c, like).Scores.Abuse
	mustApply(t, c, lesson(1, 0, moderation.OK, held))
	if after := check(t, c, held).Scores.Abuse; after >= before {
		t.Errorf("approved: abuse %v, before %v", after, before)
	}
	if after := check(t, c, like).Scores.Abuse; after >= likeBefore {
		t.Errorf("its like: abuse %v, before %v", after, likeBefore)
	}
}

// TestOneLabelAloneDecidesNothing teaches one label again and again.
func TestOneLabelAloneDecidesNothing(t *testing.T) {
	texts := invented(8, 300)
	for _, l := range moderation.Labels() {
		c := New(testModel(t))
		for i, text := range texts {
			mustApply(t, c, lesson(int64(i+1), 0, l, text.text))
		}
		for _, text := range invented(9, 60) {
			p, q := logOddsOf(c.Model().ScoreText(text.text)), logOddsOf(c.Score(submission(1, text.text)))
			for i := range p {
				wantNear(t, fmt.Sprintf("300 lessons of %s, log-odds", l), q[i], p[i], lessonReach+1e-6)
			}
		}
	}
}

func TestLessonsAreAppliedOnce(t *testing.T) {
	c := New(testModel(t))
	text := "a gammon"
	mustApply(t, c, lesson(5, 0, moderation.Abuse, text))
	once := check(t, c, text)
	mustApply(t, c, lesson(5, 0, moderation.Abuse, text), lesson(4, 0, moderation.OK, text), lesson(3, 5, moderation.Abuse, text))
	if diff := cmp.Diff(once, check(t, c, text)); diff != "" {
		t.Errorf("after lessons with old numbers (-want +got):\n%s", diff)
	}
	last, standing := c.Lessons(1)
	if last != 5 || standing != [3]int64{0, 0, 1} {
		t.Errorf("last %d, standing %v", last, standing)
	}
}

func TestLessonsThatCannotBeApplied(t *testing.T) {
	c := New(testModel(t))
	mustApply(t, c, lesson(1, 0, moderation.Abuse, "a gammon"))
	for _, test := range []struct {
		name   string
		lesson moderation.Lesson
		says   string
	}{
		{"no label", lesson(2, 0, "praise", "a text"), `label "praise"`},
		{"another text", lesson(3, 1, moderation.Abuse, "another text"), "not the one that was learned"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := c.Apply(test.lesson); err == nil || !strings.Contains(err.Error(), test.says) || !errors.Is(err, moderation.ErrInvalid) {
				t.Errorf("error %v, want %q", err, test.says)
			}
			if err := c.Apply(test.lesson); err != nil {
				t.Errorf("a second time: %v", err)
			}
		})
	}
	mustApply(t, c, lesson(9, 4, moderation.Abuse, "never taught"))
	if _, standing := c.Lessons(1); standing != [3]int64{0, 0, 1} {
		t.Errorf("standing %v", standing)
	}
}

// TestScoresDependOnStandingLessonsAlone teaches and takes back in any order;
// a checker that was taught only what stands must say the same of everything.
func TestScoresDependOnStandingLessonsAlone(t *testing.T) {
	m := testModel(t)
	probe := append(invented(6, 10), labelled{"ab ba a b c gammon", ""})
	rapid.Check(t, func(t *rapid.T) {
		c := New(m)
		var standing, taught []moderation.Lesson
		for n := range rapid.IntRange(0, 20).Draw(t, "steps") {
			number := int64(n + 1)
			if len(standing) > 0 && rapid.Bool().Draw(t, "withdraw") {
				i := rapid.IntRange(0, len(standing)-1).Draw(t, "which")
				mustApplyRapid(t, c, lesson(number, standing[i].Number, "", standing[i].Text))
				standing = append(standing[:i:i], standing[i+1:]...)
				continue
			}
			l := lesson(number, 0, rapid.SampledFrom(moderation.Labels()).Draw(t, "label"), rapid.StringMatching(`([abc]{1,2} |the |idiot |council ){0,6}`).Draw(t, "text"))
			mustApplyRapid(t, c, l)
			standing, taught = append(standing, l), append(taught, l)
		}
		fresh := New(m)
		for i := len(standing) - 1; i >= 0; i-- { // in another order, too
			l := standing[i]
			l.Number = int64(len(standing) - i)
			mustApplyRapid(t, fresh, l)
		}
		for _, text := range probe {
			if got, want := c.Score(submission(1, text.text)), fresh.Score(submission(1, text.text)); got != want {
				t.Fatalf("%q after %d lessons of which %d stand: %v, want %v", text.text, len(taught), len(standing), got, want)
			}
		}
		if len(standing) > 0 {
			a, b := c.site(1), fresh.site(1)
			if diff := cmp.Diff(b.tally, a.tally, exposeTally); diff != "" || a.vocabulary != b.vocabulary {
				t.Fatalf("vocabulary %v, want %v; tally (-want +got):\n%s", a.vocabulary, b.vocabulary, diff)
			}
		}
	})
}

// mustApplyRapid applies a lesson.
func mustApplyRapid(t *rapid.T, c *Checker, l moderation.Lesson) {
	if err := c.Apply(l); err != nil {
		t.Fatal(err)
	}
}

// TestSiteScoresAreTheLibrarys compares what lessons say with the model of
// record, made of the same counts and the same background.
func TestSiteScoresAreTheLibrarys(t *testing.T) {
	m := testModel(t)
	c := New(m)
	for i, text := range invented(7, 40) {
		mustApply(t, c, lesson(int64(i+1), 0, text.label, text.text))
	}
	s := c.site(1)
	for v := range numViews {
		lib := s.tally.Library(v, m.background)
		none, _, _ := lib.LogScores(nil)
		for _, text := range invented(8, 40) {
			f := extract(text.text)
			var words []string
			for _, k := range f.keys[v] {
				if _, known := s.tally.views[v].counts[k]; known {
					words = append(words, k.word())
				}
			}
			scores, _, _ := lib.LogScores(words)
			got := s.scores(&f, nil)[v]
			for i := range got.sum {
				wantNear(t, text.text, got.sum[i], scores[1+i]-none[1+i]-scores[0]+none[0], 1e-9)
			}
		}
	}
}

// TestChecksGoOnWhileLearning is for the race detector; afterwards the lessons
// must be there.
func TestChecksGoOnWhileLearning(t *testing.T) {
	c := New(testModel(t))
	var readers, writers sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					check(t, c, "you idiot, the council said it")
				}
			}
		})
	}
	for site := range 3 {
		writers.Go(func() {
			for n := range 100 {
				l := lesson(int64(n+1), 0, moderation.Abuse, "an idiot of the council")
				if n%2 == 1 {
					l.Withdraws = int64(n)
				}
				l.Site = moderation.SiteID(site + 1)
				if err := c.Apply(l); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	if last, standing := c.Lessons(1); last != 100 || standing != [3]int64{} {
		t.Errorf("last %d, standing %v", last, standing)
	}
}
