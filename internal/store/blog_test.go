package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// onBlog takes over a decision of the blog's.
func (w *world) onBlog(o moderation.BlogOrder) moderation.Outcome {
	w.t.Helper()
	o.Site, o.By = w.site, moderation.Actor{ID: "site:blog", Name: "Host"}
	out, err := w.DecideOnBlog(w.t.Context(), o, w.now)
	w.must(err)
	return out
}

func TestTheBlogsDecisionSupersedes(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("c1", "You moron."), moderation.Hold)
	w.decide(r.Comment, moderation.ChooseApprove)
	out := w.onBlog(moderation.BlogOrder{PlatformID: "c1", Choice: moderation.ChooseSpam})
	if out.Status != moderation.Rejected || out.Repeated || out.Decision.By.Name != "Host" {
		t.Errorf("outcome %+v", out)
	}
	if diff := cmp.Diff([]string{"spam You moron."}, w.lessons()); diff != "" {
		t.Errorf("lessons (-want +got):\n%s", diff)
	}
	w.wantCase(r.Comment, moderation.CaseDecided, 1)
	if told := w.settle(moderation.DeliverCallback); len(told) != 0 {
		t.Errorf("the blog is told %q of what it decided itself, or of what it overrode", told)
	}
}

func TestABlogThatSaysNothingNewChangesNothing(t *testing.T) {
	tests := map[string]struct {
		stands moderation.Choice
		order  moderation.BlogOrder
		want   bool // it is news
	}{
		"the same":                        {moderation.ChooseAbuse, moderation.BlogOrder{Choice: moderation.ChooseAbuse}, false},
		"an echo that knows spam only":    {moderation.ChooseAbuse, moderation.BlogOrder{Choice: moderation.ChooseSpam, Coarse: true}, false},
		"spam, said on purpose":           {moderation.ChooseAbuse, moderation.BlogOrder{Choice: moderation.ChooseSpam}, true},
		"into the trash after spam":       {moderation.ChooseSpam, moderation.BlogOrder{Choice: moderation.ChooseReject}, false},
		"shown after all":                 {moderation.ChooseSpam, moderation.BlogOrder{Choice: moderation.ChooseApprove, Coarse: true}, true},
		"held again":                      {moderation.ChooseApprove, moderation.BlogOrder{Choice: moderation.ChooseUndo}, true},
		"the machine's hold needs a word": {"", moderation.BlogOrder{Choice: moderation.ChooseApprove, Coarse: true}, true},
		"held, and it waits":              {"", moderation.BlogOrder{Choice: moderation.ChooseUndo}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.admit(w.arrival("c1", "You moron."), moderation.Hold)
			if tt.stands != "" {
				w.decide(r.Comment, tt.stands)
			}
			before := w.lessons()
			tt.order.PlatformID = "c1"
			out := w.onBlog(tt.order)
			if out.Repeated == tt.want {
				t.Errorf("repeated %v, want %v", out.Repeated, !tt.want)
			}
			if diff := cmp.Diff(before, w.lessons()); !tt.want && diff != "" {
				t.Errorf("lessons (-before +after):\n%s", diff)
			}
		})
	}
}

// TestAnEchoIsNoDecision lets a blog report what it was told as WordPress' Akismet
// plugin does, and its people report what they decide.
func TestAnEchoIsNoDecision(t *testing.T) {
	const ham, spam = moderation.ChooseApprove, moderation.ChooseSpam
	tests := map[string]struct {
		steps string // decisions here: approve, spam, undo; reports: ham!, spam!; later
		want  moderation.Status
		said  string // of each report: whether it was taken for an echo
	}{
		"the echo of an undone spam":               {"spam undo ham!", moderation.Held, "echo"},
		"while it is being told":                   {"spam undo untold ham!", moderation.Held, "echo"},
		"an approval's echo, after undo and spam":  {"approve undo spam ham! spam!", moderation.Rejected, "echo echo"},
		"a person after the echo":                  {"spam undo ham! ham!", moderation.Approved, "echo new"},
		"a person, long after":                     {"spam undo later ham!", moderation.Approved, "new"},
		"spam that was so already, then a person":  {"spam undo ham! spam!", moderation.Rejected, "echo new"},
		"a person against what was told":           {"approve spam!", moderation.Rejected, "new"},
		"a person who changes their mind":          {"approve spam! ham!", moderation.Approved, "new new"},
		"a person about what the machine has held": {"ham!", moderation.Approved, "new"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.admit(w.arrival("c1", "You moron."), moderation.Hold)
			var said []string
			report := func(choice moderation.Choice) {
				w.now = w.now.Add(time.Second)
				out := w.onBlog(moderation.BlogOrder{PlatformID: "c1", Choice: choice, Coarse: true, Echoes: true})
				said = append(said, map[bool]string{true: "echo", false: "new"}[out.Repeated])
			}
			last := moderation.DecisionID(0)
			for _, step := range strings.Fields(tt.steps) {
				switch step {
				case "ham!", "spam!":
					if !strings.Contains(tt.steps, "untold") {
						w.settle(moderation.DeliverCallback)
					}
					report(map[string]moderation.Choice{"ham!": ham, "spam!": spam}[step])
				case "later":
					w.settle(moderation.DeliverCallback)
					w.now = w.now.Add(11 * time.Minute)
				case "undo":
					w.undo(last)
				case "untold":
				default:
					last = w.decide(r.Comment, moderation.Choice(step)).Decision.ID
				}
			}
			v, err := w.CommentView(t.Context(), r.Comment)
			w.must(err)
			if got := strings.Join(said, " "); got != tt.said || v.Status != tt.want {
				t.Errorf("reports were taken as %q, want %q; the comment is %s, want %s", got, tt.said, v.Status, tt.want)
			}
			if tt.want == moderation.Held {
				w.wantCase(r.Comment, moderation.CaseOpen, 1)
				if lessons := w.lessons(); len(lessons) != 0 {
					t.Errorf("lessons %q", lessons)
				}
			}
		})
	}
}

func TestWhatTheBlogHoldsAgainCanBeDecided(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("c1", "You moron."), moderation.Approve)
	for _, choice := range []moderation.Choice{moderation.ChooseSpam, moderation.ChooseApprove, moderation.ChooseReject, moderation.ChooseApprove, moderation.ChooseUndo} {
		w.onBlog(moderation.BlogOrder{PlatformID: "c1", Choice: choice})
	}
	if diff := cmp.Diff([]string{}, w.lessons()); diff != "" {
		t.Errorf("lessons (-want +got):\n%s", diff)
	}
	w.decide(r.Comment, moderation.ChooseAbuse) // nothing stands in its way
	if diff := cmp.Diff([]string{"abuse You moron."}, w.lessons()); diff != "" {
		t.Errorf("lessons (-want +got):\n%s", diff)
	}
}

func TestTheBlogHoldsAgain(t *testing.T) {
	w := newWorld(t)
	published := w.admit(w.arrival("c1", "You moron."), moderation.Approve)
	if out := w.onBlog(moderation.BlogOrder{PlatformID: "c1", Choice: moderation.ChooseUndo}); out.Status != moderation.Held {
		t.Errorf("status %s", out.Status)
	}
	w.wantCase(published.Comment, moderation.CaseOpen, 1)
	w.decide(published.Comment, moderation.ChooseAbuse)
	w.onBlog(moderation.BlogOrder{PlatformID: "c1", Choice: moderation.ChooseUndo})
	w.wantCase(published.Comment, moderation.CaseOpen, 1)
	if lessons := w.lessons(); len(lessons) != 0 {
		t.Errorf("lessons %q", lessons)
	}
}

func TestCommentsAreFoundByTheirOtherNames(t *testing.T) {
	w := newWorld(t)
	a := w.arrival("guid1", "Buy pills.")
	a.Aliases, a.ReplyTo = []string{"check:1", "text:x"}, moderation.ReplyTo{URL: "https://blog.example.test/late", ID: "1"}
	r := w.admit(a, moderation.Hold)
	if id, err := w.PlatformID(t.Context(), w.site.ID, []string{"unheard", "text:x"}); err != nil || id != "guid1" {
		t.Errorf("by alias: %q, %v", id, err)
	}
	_, err := w.PlatformID(t.Context(), w.site.ID, []string{"unheard"})
	w.wantErr(err, moderation.ErrNotFound)
	other := w.arrival("guid2", "Buy pills.")
	other.Aliases = []string{"text:x"}
	w.admit(other, moderation.Hold)
	if id, _ := w.PlatformID(t.Context(), w.site.ID, []string{"text:x"}); id != "guid2" {
		t.Errorf("the newest wins: %q", id)
	}
	w.must(w.Link(t.Context(), w.site, r.Comment, []string{"check:2"}, moderation.ReplyTo{URL: "https://blog.example.test/late", ID: "2"}))
	out := w.onBlog(moderation.BlogOrder{Aliases: []string{"check:2"}, Choice: moderation.ChooseSpam})
	if out.Decision.Comment != r.Comment {
		t.Errorf("decided comment %s, want %s", out.Decision.Comment, r.Comment)
	}
	w.undo(out.Decision.ID)
	told := w.settle(moderation.DeliverCallback)
	want := `{"comment":1,"platform_id":"guid1","revision":1,"seq":2,"status":"held","decided_by":"Mo","decided_at":"2026-03-01T12:00:00Z","reply_to":{"url":"https://blog.example.test/late","id":"2"}}`
	if diff := cmp.Diff([]string{want}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestPassingNamesAreForgotten(t *testing.T) {
	w := newWorld(t)
	a := w.arrival("guid1", "Buy pills.")
	a.Aliases = []string{moderation.Passing("check:1"), "text:x"}
	r := w.admit(a, moderation.Hold)
	w.now = w.now.Add(60 * 24 * time.Hour)
	w.must(w.Link(t.Context(), w.site, r.Comment, []string{moderation.Passing("check:2"), "text:x"}, moderation.ReplyTo{}))
	w.must(w.Prune(t.Context(), w.now))
	names := func() (known string) {
		for _, name := range []string{"check:1", "check:2", "text:x"} {
			if id, err := w.PlatformID(t.Context(), w.site.ID, []string{name}); err == nil && id == "guid1" {
				known += name + " "
			}
		}
		return known
	}
	if got := names(); got != "check:1 check:2 text:x " {
		t.Errorf("after 60 days it is known as %s", got)
	}
	w.now = w.now.Add(31 * 24 * time.Hour)
	w.must(w.Prune(t.Context(), w.now))
	if got := names(); got != "check:2 text:x " {
		t.Errorf("after 91 days it is known as %s", got)
	}
}

func TestKnownNamesAreNotWrittenAgain(t *testing.T) {
	w := newWorld(t)
	a := w.arrival("guid1", "Buy pills.")
	a.Aliases, a.ReplyTo = []string{moderation.Passing("check:1"), "text:x"}, moderation.ReplyTo{URL: "https://blog.example.test/late", ID: "1"}
	r := w.admit(a, moderation.Hold)
	raw, err := sql.Open("sqlite", filepath.Join(w.dir, "gatehouse.db"))
	w.must(err)
	defer raw.Close()
	raw.SetMaxOpenConns(1) // data_version is a connection's
	version := func() (v int) {
		w.must(raw.QueryRowContext(t.Context(), `PRAGMA data_version`).Scan(&v))
		return v
	}
	before := version()
	w.now = w.now.Add(time.Hour)
	w.must(w.Link(t.Context(), w.site, r.Comment, a.Aliases, a.ReplyTo))
	if after := version(); after != before {
		t.Error("what was known is written again")
	}
	w.must(w.Link(t.Context(), w.site, r.Comment, []string{"text:y"}, a.ReplyTo))
	if after := version(); after == before {
		t.Error("a new name is not written")
	}
}

func TestHistoryIsImportedOnce(t *testing.T) {
	w := newWorld(t)
	past := func(id, body string, c moderation.Choice) moderation.Past {
		a := w.arrival(id, body)
		a.Comment.CreatedAt = epoch.AddDate(-1, 0, 0)
		return moderation.Past{Arrival: a, Choice: c, By: moderation.Actor{ID: "import:wordpress", Name: "history"}}
	}
	w.admit(w.arrival("live", "Here already."), moderation.Hold)
	history := []moderation.Past{past("1", "Well said.", moderation.ChooseApprove), past("2", "Buy pills.", moderation.ChooseSpam),
		past("3", "Oops.", moderation.ChooseReject), past("live", "Here already.", moderation.ChooseApprove)}
	for i, want := range []int{3, 0} {
		added, err := w.Import(t.Context(), w.site, history, w.now)
		w.must(err)
		if added != want {
			t.Errorf("import %d added %d, want %d", i, added, want)
		}
	}
	if diff := cmp.Diff([]string{"ok Well said.", "spam Buy pills."}, w.lessons()); diff != "" {
		t.Errorf("lessons (-want +got):\n%s", diff)
	}
	standing, err := w.StandingLessons(t.Context(), w.site.ID)
	w.must(err)
	for _, l := range standing {
		if l.At != epoch.AddDate(-1, 0, 0) {
			t.Errorf("a lesson of %s, want the time of its comment", l.At)
		}
	}
	b, err := w.Background(t.Context(), w.arrival("new", "Hello."))
	w.must(err)
	if b.Standing.Approved != 1 || b.Standing.Rejected != 2 {
		t.Errorf("standing %+v", b.Standing)
	}
	if told, cards := w.settle(moderation.DeliverCallback), w.settle(moderation.DeliverCard); len(told) != 0 || len(cards) != 1 {
		t.Errorf("told %q, cards %q: want the live comment's card only", told, cards)
	}
}

func TestAnAccountIsSealed(t *testing.T) {
	w := newWorld(t)
	w.site.Account = moderation.Account{"user": moderation.NewSecret("admin"), "password": moderation.NewSecret("SEKRIT")}
	w.must(w.UpdateSite(t.Context(), w.site))
	s, err := w.Site(t.Context(), "blog")
	w.must(err)
	if s.Account["password"].Reveal() != "SEKRIT" || s.Account["user"].Reveal() != "admin" {
		t.Error("the account did not come back")
	}
	if shown := fmt.Sprintf("%v %+v", s, s.Account); strings.Contains(shown, "SEKRIT") {
		t.Errorf("the password is shown: %s", shown)
	}
	found, err := w.SiteByAkismetKey(t.Context(), s.AkismetKey)
	w.must(err)
	if found.Name != "blog" {
		t.Errorf("by key: %s", found.Name)
	}
	_, err = w.SiteByAkismetKey(t.Context(), moderation.NewSecret("nonsense"))
	w.wantErr(err, moderation.ErrNotFound)
}
