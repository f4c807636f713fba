package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// asked is what a check was asked about, beside the comment itself.
type asked struct {
	ID         string
	Revision   int
	Parent     moderation.Parent
	Standing   moderation.Standing
	Mode       moderation.Mode
	Activity   moderation.Activity
	Duplicates moderation.Duplicates
	Ties       moderation.Ties
	Thread     moderation.Thread
	Kin        []moderation.Kin
	Now        time.Time
}

func askedOf(s moderation.Submission, revision int) asked {
	return asked{s.Comment.PlatformID, revision, s.Parent, s.Standing, s.Mode, s.Activity, s.Duplicates, s.Ties, s.Thread, s.Kin, s.Now}
}

// storyteller makes a history by what happens to a blog, and notes what its checks
// are asked.
type storyteller struct {
	*world
	draw     *rapid.T
	asked    []asked
	comments []moderation.CommentID
	names    []string // the platform's ids
	decided  []moderation.DecisionID
	marks    []moderation.MarkID
}

func (s *storyteller) one(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(s.draw, label)
}

// submit lets a comment, or an edit of one, come.
func (s *storyteller) submit(id string) {
	a := s.arrival(id, s.one("words", "Trams are fine by me, and so are buses.", "Trams are fine by me and so are buses!", "Buy pills at http://pills.example today, they are cheap.",
		"See http://pills.example and http://shop.example for more.", "Something else entirely is said here, believe me.")+s.one("end", "", " Really.", " I know it."))
	who := s.one("who", "ann", "bert", "cleo", "nobody")
	a.Author.Name, a.Author.Email, a.Author.UserAgent = who, who+"@example.test", "browser of "+s.one("agent", "one", "two")
	a.Author.IP = netip.MustParseAddr("203.0.113." + s.one("address", "1", "2"))
	a.Fields.Cookie = s.one("cookie", "", "c1", "c2")
	switch who {
	case "nobody":
		a.Author.Email, a.Author.IP = "", netip.Addr{}
	case "bert":
		a.Author.ID = "platform's bert"
	}
	a.Post.ID = s.one("post", "p1", "p2")
	if len(s.names) > 0 && s.one("answers", "yes", "no") == "yes" {
		a.Comment.ParentID = s.names[0]
	}
	b, err := s.Background(s.draw.Context(), a)
	s.must(err)
	why := moderation.Reason{Check: "classifier", Label: moderation.Abuse, Score: .7}
	action := moderation.Action(s.one("action", "approve", "hold", "reject"))
	if action == moderation.Reject && s.one("why", "text", "ban") == "ban" {
		why = banned
	}
	r := s.admitFor(a, action, why)
	if r.Duplicate {
		return
	}
	s.asked = append(s.asked, askedOf(b.Submission(a, s.now), r.Revision))
	if r.Revision == 1 {
		s.comments, s.names = append(s.comments, r.Comment), append(s.names, id)
	}
}

// step lets something happen.
func (s *storyteller) step(n int) {
	s.now = s.now.Add(rapid.SampledFrom([]time.Duration{time.Millisecond, 20 * time.Second, 8 * time.Minute, 5 * time.Hour, 50 * time.Hour, 12 * 24 * time.Hour}).Draw(s.draw, "pause"))
	what := s.one("what", "comment", "comment", "comment", "edit", "decide", "decide", "undo", "withdraw", "mark", "lift", "mode", "persona")
	if what != "mode" && what != "mark" && len(s.comments) == 0 {
		what = "comment"
	}
	some := func() int { return rapid.IntRange(0, len(s.comments)-1).Draw(s.draw, "which") }
	ctx, mo := s.draw.Context(), moderation.Actor{ID: "telegram:1", Name: "Mo"}
	switch what {
	case "comment":
		s.submit(fmt.Sprint("c", n))
	case "edit":
		s.submit(s.names[some()])
	case "decide":
		out, err := s.Decide(ctx, moderation.Order{Comment: s.comments[some()], Choice: moderation.Choice(s.one("choice", "approve", "spam", "abuse")), By: mo, Via: "telegram"}, s.now)
		if err == nil {
			s.decided = append(s.decided, out.Decision.ID)
		} else if !moderation.IsRefusal(err) {
			s.must(err)
		}
	case "undo":
		if len(s.decided) > 0 {
			_, err := s.Undo(ctx, moderation.UndoOrder{Decision: rapid.SampledFrom(s.decided).Draw(s.draw, "decision"), By: mo, Via: "telegram"}, s.now)
			if err != nil && !moderation.IsRefusal(err) {
				s.must(err)
			}
		}
	case "withdraw":
		_, err := s.Withdraw(ctx, moderation.Withdrawal{Site: s.site, PlatformID: s.names[some()], Key: fmt.Sprint("w", n), At: s.now})
		s.must(err)
	case "mark":
		m := moderation.Mark{Kind: moderation.MarkBan, Subject: moderation.ByName, Of: moderation.Author{Name: s.one("banned", "ann*", "cleo")}}
		if s.one("ends", "yes", "no") == "yes" {
			m.Until = s.now.Add(30 * time.Hour)
		}
		s.marks = append(s.marks, s.mark(m).ID)
	case "lift":
		if len(s.marks) > 0 {
			_, err := s.LiftMark(ctx, moderation.Lift{Site: s.site.ID, ID: rapid.SampledFrom(s.marks).Draw(s.draw, "mark"), By: mo}, s.now)
			if !errors.Is(err, moderation.ErrNotFound) {
				s.must(err)
			}
		}
	case "mode":
		_, err := s.TurnMode(ctx, moderation.ModeChange{Site: s.site.ID, Post: s.one("of", "", "p1"), Mode: moderation.Mode(s.one("mode", "", "strict", "open")), By: mo, At: s.now})
		s.must(err)
		s.site, err = s.Site(ctx, s.site.Name)
		s.must(err)
	case "persona":
		_, err := s.AddToPersona(ctx, moderation.PersonaOrder{Comments: []moderation.CommentID{s.comments[some()]}, By: mo, At: s.now})
		if err != nil && !moderation.IsRefusal(err) {
			s.must(err)
		}
	}
}

// TestRetraceAsksAsLive holds what a retrace finds of each comment against what the
// live query found when it came, whatever happened afterwards.
func TestRetraceAsksAsLive(t *testing.T) {
	w := newWorld(t)
	sites := 0
	rapid.Check(t, func(draw *rapid.T) {
		s := &storyteller{world: w, draw: draw}
		sites++
		var err error
		s.site, err = s.AddSite(draw.Context(), moderation.Site{Name: fmt.Sprint("site", sites), Platform: "webhook", Mode: moderation.ModeNormal, TrustAfter: 2})
		s.must(err)
		for n := range rapid.IntRange(2, 25).Draw(draw, "steps") {
			s.step(n)
		}
		s.now = s.now.Add(time.Hour)
		var found []asked
		s.must(s.Retrace(draw.Context(), s.site, time.Time{}, func(r moderation.Retraced, done, total int) error {
			found = append(found, askedOf(r.Submission, r.Submission.Comment.Revision))
			if done != len(found) || total != len(s.asked) {
				draw.Errorf("at comment %d it is at %d of %d, want %d", len(found), done, total, len(s.asked))
			}
			return nil
		}))
		if diff := cmp.Diff(s.asked, found); diff != "" {
			draw.Fatalf("retraced otherwise than it was (-live +retraced):\n%s", diff)
		}
		for i, id := range s.comments[:min(2, len(s.comments))] {
			r, err := s.RetraceComment(draw.Context(), id)
			s.must(err)
			got := askedOf(r.Submission, r.Submission.Comment.Revision)
			last := slices.IndexFunc(s.asked, func(a asked) bool { return a.ID == s.names[i] && a.Revision == got.Revision })
			if last < 0 || cmp.Diff(s.asked[last], got) != "" {
				draw.Fatalf("comment %s alone: %+v", id, got)
			}
		}
	})
}

// Imported comments have come when they were written, those of one second in the
// order of their numbers; comments of other sites and later ones are not seen.
func TestRetraceOfAnImportedHistory(t *testing.T) {
	w := newWorld(t)
	other, err := w.AddSite(t.Context(), moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	const said = "Say that again slowly, please, so that everybody understands it."
	tell := func(id string, at time.Duration, choice moderation.Choice) moderation.Past {
		a := w.arrival(id, said)
		a.Comment.CreatedAt = epoch.Add(at)
		return moderation.Past{Arrival: a, Choice: choice}
	}
	w.now = epoch.Add(time.Hour)
	w.importAll(tell("third", 2*time.Second, moderation.ChooseApprove), tell("first", 0, moderation.ChooseSpam), tell("second", time.Second, moderation.ChooseSpam),
		tell("with second", time.Second, moderation.ChooseApprove))
	_, err = w.Import(t.Context(), other, []moderation.Past{tell("elsewhere", 0, moderation.ChooseSpam)}, w.now)
	w.must(err)
	var got []string
	walk := func(since time.Time) {
		got = nil
		w.must(w.Retrace(t.Context(), w.site, since, func(r moderation.Retraced, _, _ int) error {
			s := r.Submission
			got = append(got, fmt.Sprintf("%s: %d said before, %d rejected; the author has %d and %d", s.Comment.PlatformID,
				s.Duplicates.Exact, s.Duplicates.Rejected, s.Standing.Approved, s.Standing.Rejected))
			if s.Author.Email != "" || s.Author.IP.IsValid() || s.Author.Name != "Ann" {
				t.Errorf("the author of %s is %+v", s.Comment.PlatformID, s.Author)
			}
			return nil
		}))
	}
	walk(time.Time{})
	all := []string{
		"first: 0 said before, 0 rejected; the author has 0 and 0",
		"second: 1 said before, 1 rejected; the author has 0 and 1",
		"with second: 2 said before, 2 rejected; the author has 0 and 2",
		"third: 3 said before, 2 rejected; the author has 1 and 2",
	}
	if diff := cmp.Diff(all, got); diff != "" {
		t.Errorf("retraced otherwise (-want +got):\n%s", diff)
	}
	if walk(epoch.Add(2 * time.Second)); len(got) != 1 || got[0] != all[3] {
		t.Errorf("since the third: %q, want %q", got, all[3:])
	}
	if _, err := w.RetraceComment(t.Context(), 99); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("a comment that is not there: %v", err)
	}
}

// BenchmarkRetrace walks over an imported history of a blog with regular readers, and
// asks the live query about the same comments beside it.
func BenchmarkRetrace(b *testing.B) {
	const n = 5000
	w := newWorld(b)
	dice := rand.New(rand.NewPCG(1, 2))
	var history []moderation.Past
	for i := range n {
		body := ""
		for range 10 + dice.IntN(60) {
			body += fmt.Sprintf("w%d ", int(dice.ExpFloat64()*300))
		}
		a := w.arrival(fmt.Sprint("c", i), body)
		a.Author.Name, a.Author.Email = fmt.Sprint("reader", i%300), fmt.Sprint("reader", i%300, "@example.test")
		a.Author.IP = netip.AddrFrom4([4]byte{203, 0, byte(i % 7), byte(i % 200)})
		a.Post.ID, a.Comment.CreatedAt = fmt.Sprint("p", i/40), epoch.Add(time.Duration(i-n)*7*time.Minute)
		history = append(history, moderation.Past{Arrival: a, Choice: []moderation.Choice{moderation.ChooseApprove, moderation.ChooseSpam}[i%5/4], Untaught: true})
	}
	added, err := w.Import(b.Context(), w.site, history, epoch)
	w.must(err)
	if added != n {
		b.Fatalf("%d of %d were imported", added, n)
	}
	b.Run("the past of each", func(b *testing.B) {
		walked := 0
		for b.Loop() {
			w.must(w.Retrace(b.Context(), w.site, time.Time{}, func(moderation.Retraced, int, int) error { walked++; return nil }))
		}
		b.ReportMetric(float64(walked)/b.Elapsed().Seconds(), "comments/s")
	})
	b.Run("the present of each", func(b *testing.B) {
		asked := 0
		for b.Loop() {
			for _, p := range history {
				p.Arrival.Site = w.site
				w.background(p.Arrival)
				asked++
			}
		}
		b.ReportMetric(float64(asked)/b.Elapsed().Seconds(), "comments/s")
	})
}
