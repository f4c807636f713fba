package store_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// told names the comments of a list as the platform does.
func told(views []moderation.CaseView, err error) string {
	if err != nil {
		return err.Error()
	}
	var ids []string
	for _, v := range views {
		ids = append(ids, v.Comment.PlatformID)
	}
	return strings.Join(ids, " ")
}

// other is a second site.
func (w *world) other() moderation.Site {
	w.t.Helper()
	s, err := w.AddSite(w.t.Context(), moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	return s
}

// pass is a minute later than the admission before.
func (w *world) pass(a moderation.Arrival, action moderation.Action) moderation.CommentID {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	return w.admit(a, action).Comment
}

func TestListsOfComments(t *testing.T) {
	w := newWorld(t)
	mine, other := []moderation.SiteID{w.site.ID}, w.other()
	w.pass(w.arrival("a", "Hello there."), moderation.Approve)
	elsewhere := w.arrival("b", "Hello elsewhere.")
	elsewhere.Site = other
	w.pass(elsewhere, moderation.Approve)
	held := w.pass(w.arrival("c", "You moron."), moderation.Hold)
	w.pass(w.arrival("d", "Hello again."), moderation.Approve)
	down := w.pass(w.arrival("e", "Hello, morons."), moderation.Approve)
	w.pass(w.arrival("f", "Buy this."), moderation.Reject)
	ctx := t.Context()
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	check("published", told(w.Published(ctx, nil, 10)), "e d b a")
	check("published, two", told(w.Published(ctx, nil, 2)), "e d")
	check("published here", told(w.Published(ctx, mine, 10)), "e d a")
	check("published nowhere", told(w.Published(ctx, []moderation.SiteID{}, 10)), "")
	check("nothing decided", told(w.Decided(ctx, nil, 10)), "")
	w.decide(down, moderation.ChooseAbuse)
	w.now = w.now.Add(time.Minute)
	out := w.decide(held, moderation.ChooseApprove)
	check("published, one taken down", told(w.Published(ctx, nil, 10)), "d b a")
	check("decided", told(w.Decided(ctx, mine, 10)), "c e")
	check("decided elsewhere", told(w.Decided(ctx, []moderation.SiteID{other.ID}, 10)), "")
	w.undo(out.Decision.ID)
	check("decided, one undone", told(w.Decided(ctx, nil, 10)), "e")
	w.must(w.RemoveSite(ctx, other.ID))
	check("published, a site gone", told(w.Published(ctx, nil, 10)), "d a")
	v, err := w.View(ctx, down)
	w.must(err)
	if v.Case.ID != 0 || v.Decision == nil || !v.At.Equal(epoch.Add(5*time.Minute)) {
		t.Errorf("view %+v", v)
	}
	_, err = w.View(ctx, 99)
	w.wantErr(err, moderation.ErrNotFound)
}

func TestFind(t *testing.T) {
	w := newWorld(t)
	other := w.other()
	w.pass(w.arrival("1", "The tram to the Café is late"), moderation.Approve)
	w.pass(w.arrival("2", "Trams AND buses OR bikes; don't NEAR(me)"), moderation.Hold)
	w.pass(w.arrival("3", "東京の電車"), moderation.Approve)
	by := w.arrival("4", "Nothing of the kind")
	by.Author.Name = "José Tramér"
	w.pass(by, moderation.Reject)
	elsewhere := w.arrival("5", "tram elsewhere")
	elsewhere.Site = other
	w.pass(elsewhere, moderation.Approve)
	w.pass(w.arrival("6", "This was about a lorry"), moderation.Approve)
	w.pass(w.edited("6", "This is about a ferry"), moderation.Approve)
	here := []moderation.SiteID{w.site.ID}
	for words, want := range map[string]string{
		"tram": "4 2 1", "TRAM cafe": "1", "late tram": "1", "trams": "2", "tra": "", "buse": "2", "jose": "4", "josé tramer": "4",
		"and": "2", "AND OR": "2", "near": "2", "dont": "2", "don't": "2", `"tram`: "4 2 1", "tram*": "4 2 1", "-tram": "4 2 1", "text:tram": "",
		"東京": "3", "電": "3", "tr4m cafe": "1", "ferry": "6", "lorry": "", "nowhere": "", "ann tram": "2 1",
	} {
		if got := told(w.Find(t.Context(), here, words, 10)); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
	if got := told(w.Find(t.Context(), nil, "tram", 2)); got != "5 4" {
		t.Errorf("two on all sites: %q", got)
	}
	if got := told(w.Find(t.Context(), []moderation.SiteID{}, "tram", 2)); got != "" {
		t.Errorf("on no site: %q", got)
	}
	for _, words := range []string{"", " ", `"*"`, "!?", "🚋"} {
		_, err := w.Find(t.Context(), here, words, 10)
		w.wantErr(err, moderation.ErrInvalid)
	}
}

// TestFindBefore opens what a program made that kept no words.
func TestFindBefore(t *testing.T) {
	w := newWorld(t)
	for i := range 450 {
		w.admit(w.arrival(fmt.Sprint(i), fmt.Sprintf("Remark number%d", i)), moderation.Approve)
	}
	w.decide(w.admit(w.arrival("held", "A moron"), moderation.Hold).Comment, moderation.ChooseAbuse)
	w.downgrade(22)
	w.open()
	if got := told(w.Find(t.Context(), nil, "number7", 10)); got != "" {
		t.Errorf("found before it can be: %q", got)
	}
	w.admit(w.edited("449", "Remark numberless"), moderation.Approve)
	left, err := w.FillWords(t.Context())
	w.must(err)
	if got := told(w.Find(t.Context(), nil, "number440", 10)); got != "440" || left != 251 {
		t.Errorf("%d left, the newest first: %q", left, got)
	}
	w.fillWords()
	for words, want := range map[string]string{"number007": "", "number444": "444", "number449": "", "numberless": "449"} {
		if got := told(w.Find(t.Context(), nil, words, 10)); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
	if got := told(w.Decided(t.Context(), nil, 10)); got != "held" {
		t.Errorf("decided: %q", got)
	}
	if got := told(w.Published(t.Context(), nil, 3)); got != "449 448 447" {
		t.Errorf("published: %q", got)
	}
}

func TestThread(t *testing.T) {
	w := newWorld(t)
	reply := func(id, parent string, action moderation.Action) moderation.CommentID {
		a := w.arrival(id, "Text of "+id)
		a.Comment.ParentID = parent
		return w.pass(a, action)
	}
	reply("root", "", moderation.Approve)
	reply("b", "root", moderation.Reject)
	c := reply("c", "b", moderation.Hold)
	lost := reply("lost", "not stored", moderation.Approve)
	reply("x", "y", moderation.Approve)
	y := reply("y", "x", moderation.Approve)
	self := reply("self", "self", moderation.Approve)
	last := reply("last", "", moderation.Approve)
	elsewhere := w.arrival("elsewhere", "On another post")
	elsewhere.Post.ID = "p2"
	alone := w.pass(elsewhere, moderation.Approve)
	for name, tt := range map[string]struct {
		id    moderation.CommentID
		limit int
		want  string
	}{
		"up to the root": {c, 10, "root b"}, "the nearest": {c, 1, "b"}, "not stored": {lost, 10, ""}, "a loop": {y, 10, "x"}, "itself": {self, 10, ""},
		"answers nothing": {last, 4, "lost x y self"}, "the first on its post": {alone, 10, ""},
	} {
		if got := told(w.Thread(t.Context(), tt.id, tt.limit)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	_, err := w.Thread(t.Context(), 99, 10)
	w.wantErr(err, moderation.ErrNotFound)
}

func TestSimilar(t *testing.T) {
	w := newWorld(t)
	say := func(id, body string, c moderation.Choice) moderation.CommentID {
		n := w.pass(w.arrival(id, body), moderation.Hold)
		if c != "" {
			w.decide(n, c)
		}
		return n
	}
	say("same", "Cheap watches from the finest Geneva workshop, order today", moderation.ChooseSpam)
	say("near", "Cheap watches from the finest Geneva workshop, order it now", moderation.ChooseSpam)
	say("open", "Cheap watches from the finest Geneva workshop, order today!", "")
	say("topic", "My grandfather had one of the watches from that workshop in Geneva", moderation.ChooseApprove)
	say("other", "The tram is late again and nobody in the council cares about us", moderation.ChooseApprove)
	id := say("asked", "Cheap watches from the finest Geneva workshop: order today", moderation.ChooseSpam)
	found, err := w.Similar(t.Context(), id, 10)
	w.must(err)
	var got []string
	for i, l := range found {
		got = append(got, l.View.Comment.PlatformID)
		if l.View.Decision == nil || l.Alike <= 0 || l.Alike > 1 || i > 0 && l.Alike > found[i-1].Alike {
			t.Errorf("%s: alike %.2f, decision %v", l.View.Comment.PlatformID, l.Alike, l.View.Decision)
		}
	}
	if diff := cmp.Diff([]string{"same", "near", "topic"}, got); diff != "" {
		t.Errorf("like it (-want +got):\n%s", diff)
	}
	if len(found) > 0 && found[0].Alike != 1 {
		t.Errorf("the same text is alike %.2f", found[0].Alike)
	}
	if found, err := w.Similar(t.Context(), id, 1); err != nil || len(found) != 1 {
		t.Errorf("one: %d, %v", len(found), err)
	}
	_, err = w.Similar(t.Context(), 99, 10)
	w.wantErr(err, moderation.ErrNotFound)
}

func TestAuthors(t *testing.T) {
	w := newWorld(t)
	write := func(id, name, email string) moderation.CommentID {
		a := w.arrival(id, "Text of "+id)
		a.Author = moderation.Author{Name: name, Email: email}
		if email != "" {
			a.Author.IP = netip.MustParseAddr("203.0.113.9")
		}
		return w.pass(a, moderation.Approve)
	}
	first := write("1", "Ann", "ann@example.test")
	write("2", "Ann Smith", "smith@example.test")
	bare := write("3", "ANN", "")
	write("4", "Ann", "ann@example.test")
	write("5", "ann", "")
	write("6", "Bob", "")
	if got := told(w.ByAuthor(t.Context(), first, 10)); got != "4" {
		t.Errorf("of an identity: %q", got)
	}
	if got := told(w.ByAuthor(t.Context(), bare, 10)); got != "5 4 1" {
		t.Errorf("of a name: %q", got)
	}
	records, err := w.Authors(t.Context(), nil, "Änn", 10)
	w.must(err)
	var got []string
	for _, r := range records {
		got = append(got, fmt.Sprintf("%s %d %t, last %s", r.Author.Name, r.Comments, r.Standing.Known, r.Last))
	}
	if diff := cmp.Diff([]string{"ann 2 false, last 5", "Ann 2 true, last 4", "Ann Smith 1 true, last 2"}, got); diff != "" {
		t.Errorf("authors (-want +got):\n%s", diff)
	}
	_, err = w.Authors(t.Context(), nil, "!", 10)
	w.wantErr(err, moderation.ErrInvalid)
}

func TestDaysAndDigest(t *testing.T) {
	w := newWorld(t)
	berlin, err := time.LoadLocation("Europe/Berlin")
	w.must(err)
	// On 29 March 2026 clocks go forward: the day has 23 hours.
	w.now = time.Date(2026, 3, 28, 23, 30, 0, 0, berlin)
	since := w.now
	w.admit(w.arrival("1", "Hello."), moderation.Approve)
	w.now = time.Date(2026, 3, 29, 23, 30, 0, 0, berlin)
	approved := w.admit(w.arrival("2", "You moron."), moderation.Hold).Comment
	rejected := w.admit(w.arrival("3", "Buy this."), moderation.Hold).Comment
	w.admit(w.arrival("4", "What?"), moderation.Hold)
	down := w.admit(w.arrival("5", "Hello, morons."), moderation.Approve).Comment
	w.admit(w.arrival("6", "Casino."), moderation.Reject)
	looked := w.admit(w.arrival("7", "Fine."), moderation.Approve).Comment
	w.look(looked)
	w.now = w.now.Add(time.Hour)
	w.decide(approved, moderation.ChooseApprove)
	w.now = w.now.Add(-time.Minute)
	w.decide(rejected, moderation.ChooseSpam)
	w.decide(down, moderation.ChooseAbuse)
	days, err := w.Days(t.Context(), nil, since, berlin)
	w.must(err)
	start := func(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, berlin) }
	want := []moderation.Day{
		{Start: start(28), Approved: 1},
		{Start: start(29), Approved: 2, Held: 3, Rejected: 1, HeldApproved: 1, HeldRejected: 1, Waiting: 1, TakenDown: 1,
			Answered: []time.Duration{59 * time.Minute, time.Hour}},
		{Start: start(30)},
	}
	if diff := cmp.Diff(want, days); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
	if days, err := w.Days(t.Context(), []moderation.SiteID{}, time.Time{}, berlin); err != nil || len(days) != 90 || days[89].Start != start(30) {
		t.Errorf("%d days, error %v", len(days), err)
	}
	d, err := w.Digest(t.Context(), nil, since)
	w.must(err)
	if diff := cmp.Diff(moderation.Digest{Published: 3, Held: 3, Rejected: 1, Decided: 3, Waiting: 1, Oldest: time.Date(2026, 3, 29, 21, 30, 0, 0, time.UTC)}, d); diff != "" {
		t.Errorf("digest (-want +got):\n%s", diff)
	}
	if d, err := w.Digest(t.Context(), []moderation.SiteID{}, since); err != nil || d != (moderation.Digest{}) {
		t.Errorf("of no site: %+v, %v", d, err)
	}
}

func TestADayThatBeginsAtOne(t *testing.T) {
	w := newWorld(t)
	havana, err := time.LoadLocation("America/Havana") // clocks go forward at midnight
	w.must(err)
	w.now = time.Date(2026, 3, 9, 12, 0, 0, 0, havana)
	days, err := w.Days(t.Context(), nil, w.now.AddDate(0, 0, -2), havana)
	w.must(err)
	var got []string
	for _, d := range days {
		got = append(got, d.Start.Format("2 15:04"))
	}
	if !slices.Equal(got, []string{"7 00:00", "8 01:00", "9 00:00"}) {
		t.Errorf("days begin at %q", got)
	}
}
