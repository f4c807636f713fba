package training

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"

	"github.com/google/go-cmp/cmp"
)

// nobody is a history that knows nothing.
type nobody struct{}

func (nobody) Background(context.Context, moderation.Arrival) (moderation.Background, error) {
	return moderation.Background{}, nil
}

// gateOf returns the live service's judgement with these checks.
func gateOf(checks ...moderation.Checker) func(context.Context, moderation.Arrival) (moderation.Verdict, error) {
	s := &moderation.Service{History: nobody{}, Checkers: checks, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	return s.Assess
}

// saying is a check that does with a comment what its first word says, and
// fails at "break".
type saying struct{}

func (saying) Name() string { return "saying" }

func (saying) Check(_ context.Context, s moderation.Submission) (moderation.Report, error) {
	word, _, _ := strings.Cut(s.Comment.Text, " ")
	if word == "break" {
		return moderation.Report{}, errors.New("disk on fire")
	}
	return moderation.Report{Signals: []moderation.Signal{{Check: "saying", Action: moderation.Action(word)}}}, nil
}

// pupil notes what it is taught.
type pupil struct {
	lessons []moderation.Lesson
	err     error
}

func (p *pupil) Apply(l moderation.Lesson) error {
	p.lessons = append(p.lessons, l)
	return p.err
}

// replayed sends examples through r.
func replayed(t *testing.T, r *Replay, all ...Example) ReplayResult {
	t.Helper()
	for _, e := range all {
		if err := r.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return r.Result()
}

// everyWay holds each label with each thing that can become of it: 1 to 9 times.
func everyWay() (all []Example) {
	n := 0
	for _, l := range moderation.Labels() {
		for _, a := range []moderation.Action{moderation.Approve, moderation.Hold, moderation.Reject} {
			n++
			all = append(all, slices.Repeat([]Example{{Text: string(a) + " it", Label: l}}, n)...)
		}
	}
	return all
}

func TestReplayCounts(t *testing.T) {
	p := &pupil{}
	got := replayed(t, &Replay{Assess: gateOf(saying{}), Student: p}, everyWay()...)
	want := ReplayFigures{
		Comments: 45, Approved: 12, Held: 15, Rejected: 18, OK: 6, Spam: 15, Abuse: 24,
		OKApproved: 1, OKHeld: 2, OKRejected: 3, SpamApproved: 4, SpamHeld: 5, SpamRejected: 6,
		AbuseApproved: 7, AbuseHeld: 8, AbuseRejected: 9,
		CardsPer100: 100 * 15 / 45., CardsRight: 13 / 15., SpamCaught: 11 / 15., AbuseCaught: 17 / 24., OKHeldShare: 2 / 6.,
	}
	result := ReplayResult{ReplayFigures: want, Lessons: 15, Table: []ReplayRow{{want, want}}}
	if diff := cmp.Diff(result, got, about()); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

// TestOnlyCardsTeach holds that lessons come of held comments alone, numbered in
// order, each with its label.
func TestOnlyCardsTeach(t *testing.T) {
	p := &pupil{}
	replayed(t, &Replay{Assess: gateOf(saying{}), Student: p}, everyWay()...)
	taught := map[moderation.Label]int{}
	for i, l := range p.lessons {
		if l.Number != int64(i+1) || l.Text != "hold it" || l.Withdraws != 0 || l.Site != replaySite {
			t.Errorf("lesson %d is %+v", i+1, l)
		}
		taught[l.Label]++
	}
	want := map[moderation.Label]int{moderation.OK: 2, moderation.Spam: 5, moderation.Abuse: 8}
	if diff := cmp.Diff(want, taught); diff != "" {
		t.Errorf("lessons by label (-want +got):\n%s", diff)
	}
}

// TestReplayTable asks for the result after every comment, which changes none.
func TestReplayTable(t *testing.T) {
	r := &Replay{Assess: gateOf(saying{})}
	var result ReplayResult
	for n := range 5001 {
		action := "approve"
		if n >= 100 && n < 200 {
			action = "hold"
		}
		result = replayed(t, r, Example{Text: action, Label: moderation.Spam})
	}
	var rows []string
	for _, row := range result.Table {
		rows = append(rows, fmt.Sprintf("%d: %d, %d of %d", row.Comments, row.Held, row.Since.Held, row.Since.Comments))
	}
	want := []string{"50: 0, 0 of 50", "100: 0, 0 of 50", "200: 100, 100 of 100", "500: 100, 0 of 300", "1000: 100, 0 of 500",
		"2000: 100, 0 of 1000", "5000: 100, 0 of 3000", "5001: 100, 0 of 1"}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestReplayOfNothing(t *testing.T) {
	nan := Figure(math.NaN())
	want := ReplayResult{ReplayFigures: ReplayFigures{CardsPer100: nan, CardsRight: nan, SpamCaught: nan, AbuseCaught: nan, OKHeldShare: nan}}
	if diff := cmp.Diff(want, (&Replay{}).Result(), about()); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

// TestABrokenCheckMakesCards holds that a replay has the live service's caution,
// and says where it needed it.
func TestABrokenCheckMakesCards(t *testing.T) {
	got := replayed(t, &Replay{Assess: gateOf(saying{})},
		Example{Text: "break", Label: moderation.OK}, Example{Text: "hold", Label: moderation.OK})
	if got.Held != 2 || got.ChecksFailed != 1 {
		t.Errorf("%d held, %d for a failed check; want 2 and 1", got.Held, got.ChecksFailed)
	}
}

func TestReplayRefuses(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, tc := range map[string]struct {
		ctx   context.Context
		label moderation.Label
		pupil pupil
		want  error
	}{
		"another label":   {t.Context(), "ham", pupil{}, moderation.ErrInvalid},
		"an interruption": {stopped, moderation.OK, pupil{}, context.Canceled},
		"a bad lesson":    {t.Context(), moderation.OK, pupil{err: moderation.ErrInvalid}, moderation.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			r := Replay{Assess: gateOf(saying{}), Student: &tc.pupil}
			if err := r.Add(tc.ctx, Example{Text: "hold", Label: tc.label}); !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
		})
	}
}

// TestReplayIsThePolicysWord compares the model's replay with what the policy
// says of each comment, and a lower threshold with the model's own.
func TestReplayIsThePolicysWord(t *testing.T) {
	m := fitted(t, invented(120))
	all := invented(20)
	want := 0
	for _, e := range all {
		if Score(m, m.Limits(), e).Predicted != moderation.OK {
			want++
		}
	}
	own := replayed(t, &Replay{Assess: gateOf(classifier.New(m))}, all...)
	if own.Held != want || own.Rejected != 0 || want == 0 || want == len(all) {
		t.Errorf("%d of %d held, %d rejected; want %d and 0", own.Held, len(all), own.Rejected, want)
	}
	everything := replayed(t, &Replay{Assess: gateOf(classifier.New(m)), HoldAt: moderation.Thresholds{Spam: 1e-300, Abuse: 1}}, all...)
	if everything.Held != len(all) {
		t.Errorf("%d of %d held from a probability of 1e-300", everything.Held, len(all))
	}
}

// TestReplayLearns meets a slur that the model can't know: alone, then on cards
// beside slurs that it does know, then alone again. What came too early slips
// through in any case; what comes later slips through unless the cards taught.
func TestReplayLearns(t *testing.T) {
	m := fitted(t, invented(120))
	var alone, cards, decent []Example
	for i := range 100 {
		alone = append(alone, Example{Text: "town snorble plan", Label: moderation.Abuse})
		cards = append(cards,
			Example{Text: fmt.Sprintf("worthless snorble scum %d", i), Label: moderation.Abuse},
			Example{Text: fmt.Sprintf("he said idiot and scum %d", i), Label: moderation.OK})
		decent = append(decent, Example{Text: "town road plan", Label: moderation.OK})
	}
	// figures are those of the early slurs, of the cards, and of what came after.
	figures := func(learn bool) (early, middle, late ReplayFigures, lessons int64) {
		student := classifier.New(m)
		r := &Replay{Assess: gateOf(student), HoldAt: moderation.Thresholds{Spam: 0.5, Abuse: 0.5}}
		if learn {
			r.Student = student
		}
		early = replayed(t, r, alone...).ReplayFigures
		first := r.counts
		replayed(t, r, cards...)
		second := r.counts
		lessons = replayed(t, r, slices.Concat(alone, decent)...).Lessons
		return early, second.minus(first).figures(), r.counts.minus(second).figures(), lessons
	}

	early, middle, late, lessons := figures(false)
	if early.AbuseApproved != 100 || middle.AbuseHeld != 100 || late.AbuseApproved != 100 || late.OKHeld != 0 || lessons != 0 {
		t.Errorf("without lessons: %d early slurs and %d late ones slipped through, want 100 and 100; %d of 100 known ones held; %d decent ones held; %d lessons",
			early.AbuseApproved, late.AbuseApproved, middle.AbuseHeld, late.OKHeld, lessons)
	}
	early, middle, late, lessons = figures(true)
	if early.AbuseApproved != 100 || middle.AbuseHeld != 100 || late.AbuseHeld != 100 || late.OKHeld != 0 {
		t.Errorf("with lessons: %d early slurs slipped through, want 100; %d of 100 known ones and %d of 100 late ones held; %d decent ones held",
			early.AbuseApproved, middle.AbuseHeld, late.AbuseHeld, late.OKHeld)
	}
	if held := early.Held + middle.Held + late.Held; lessons != int64(held) {
		t.Errorf("%d lessons of %d cards", lessons, held)
	}
}
