package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/platform/bloggertest"
	"gatehouse/internal/store"
)

const (
	bloggerBlogID = "8070105920543249955"
	// What the built-in rules and the starter say of these is certain.
	plainWords = "<p>Thank you for this thoughtful post, I learned a lot about trams.</p>"
	abuseWords = "you are a worthless moron and everybody here hates you, go kill yourself"
)

// bloggerWorld is a gate on a real database, and a blog on a pretend Google, with
// nothing running: the test polls and delivers.
type bloggerWorld struct {
	t      *testing.T
	google *bloggertest.Server
	post   string
	gate   *gate
	site   moderation.Site
	now    time.Time
	data   string
}

func newBloggerWorld(t *testing.T) *bloggerWorld {
	t.Helper()
	w := &bloggerWorld{t: t, google: bloggertest.New(bloggerBlogID), now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), data: t.TempDir()}
	w.post = w.google.AddPost("On trams")
	server := httptest.NewServer(w.google)
	t.Cleanup(server.Close)
	a := &app{ctx: t.Context(), stderr: t.Output(), now: func() time.Time { return w.now }}
	db, err := store.Create(t.Context(), w.data, a.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if w.gate, err = newGate(a, config{PollEvery: "60s"}, db, func(netip.AddrPort) bool { return true }, quietLog()); err != nil {
		t.Fatal(err)
	}
	if w.site, err = db.AddSite(t.Context(), moderation.Site{Name: "blog", Platform: "blogger", Mode: moderation.ModeNormal,
		Callback: server.URL + "/v3/blogs/" + bloggerBlogID}); err != nil {
		t.Fatal(err)
	}
	w.site.Account = moderation.Account{"client_id": moderation.NewSecret(bloggertest.ClientID), "client_secret": moderation.NewSecret(bloggertest.ClientSecret),
		"refresh_token": moderation.NewSecret(w.google.Grant()), "token_url": moderation.NewSecret(server.URL + "/token"),
		"api_url": moderation.NewSecret(server.URL + bloggertest.APIPath)}
	if err := db.UpdateSite(t.Context(), w.site); err != nil {
		t.Fatal(err)
	}
	return w
}

// forgetful starts the program anew, as far as what it keeps in memory goes.
func (w *bloggerWorld) forgetful() {
	old := w.gate.poller.Sources["blogger"].(*platform.Blogger)
	w.gate.poller.Sources["blogger"] = &platform.Blogger{Client: old.Client, Gate: old.Gate, Desk: old.Desk, History: old.History,
		Records: old.Records, Now: old.Now, Log: old.Log}
}

func (w *bloggerWorld) poll() error {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	return w.gate.poller.Sources["blogger"].Poll(w.t.Context(), w.site)
}

func (w *bloggerWorld) mustPoll() {
	w.t.Helper()
	if err := w.poll(); err != nil {
		w.t.Fatal(err)
	}
}

// write adds a comment to the blog that waits there.
func (w *bloggerWorld) write(content string) string {
	return w.google.Write(bloggertest.Comment{Post: w.post, Content: content, Author: bloggertest.Author{Name: "Ann"}})
}

// view returns what is stored of a comment of the blog.
func (w *bloggerWorld) view(id string) moderation.CaseView {
	w.t.Helper()
	views, err := w.gate.db.RecentComments(w.t.Context(), 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(views, func(v moderation.CaseView) bool { return v.Comment.PlatformID == id })
	if i < 0 {
		w.t.Fatalf("comment %s is not stored", id)
	}
	return views[i]
}

// decide is what a moderator does.
func (w *bloggerWorld) decide(id string, choice moderation.Choice) moderation.Decision {
	w.t.Helper()
	return w.order(moderation.Order{Comment: w.view(id).Comment.ID, Choice: choice})
}

// redecide is what a moderator does to a decision that stands.
func (w *bloggerWorld) redecide(id string, choice moderation.Choice) {
	w.t.Helper()
	w.order(moderation.Order{Comment: w.view(id).Comment.ID, Choice: choice, Override: true})
}

func (w *bloggerWorld) order(o moderation.Order) moderation.Decision {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	o.By, o.Via = moderation.Actor{ID: "cli:mo", Name: "Mo"}, "cli"
	out, err := w.gate.service.Decide(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Decision
}

func (w *bloggerWorld) undo(d moderation.Decision) {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	if _, err := w.gate.service.Undo(w.t.Context(), moderation.UndoOrder{Decision: d.ID, By: moderation.Actor{ID: "cli:mo"}, Via: "cli"}); err != nil {
		w.t.Fatal(err)
	}
}

// deliver tries once whatever waits, and returns the errors.
func (w *bloggerWorld) deliver() (errs []error) {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	due, err := w.gate.db.Due(w.t.Context(), w.now, []string{moderation.DeliverCallback}, nil, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range due {
		recoverable, err := w.gate.runner.Routes[moderation.DeliverCallback].Sender.Send(w.t.Context(), d)
		switch {
		case err == nil:
			d.State = moderation.DeliverySent
		case !recoverable:
			d.State = moderation.DeliveryFailed
		}
		d.Attempts++
		if err := w.gate.db.Settle(w.t.Context(), d); err != nil {
			w.t.Fatal(err)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func (w *bloggerWorld) wantStatus(id string, here moderation.Status, there string) {
	w.t.Helper()
	if got := w.view(id).Status; got != here {
		w.t.Errorf("comment %s is %s here, want %s", id, got, here)
	}
	if got := w.google.Status(id); got != there {
		w.t.Errorf("comment %s is %q in Blogger, want %q", id, got, there)
	}
}

func TestBloggerTellsTheVerdicts(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	fine, nasty := w.write(plainWords), w.write(abuseWords)
	w.mustPoll()
	w.wantStatus(fine, moderation.Approved, bloggertest.Live)
	w.wantStatus(nasty, moderation.Held, bloggertest.Pending)
	v := w.view(fine)
	if v.Post.Title != "On trams" || !strings.HasPrefix(v.Post.URL, "http://blog.example.test/") || v.Author.Name != "Ann" || v.Author.ID != "" ||
		strings.Contains(v.Comment.Text, "<p>") || v.Comment.CreatedAt.IsZero() {
		t.Errorf("stored: %+v", v)
	}
	for range 3 {
		w.mustPoll()
	}
	if n := w.google.Count("approve", ""); n != 1 {
		t.Errorf("approve was called %d times, want once", n)
	}
	if n := w.google.Count("post", ""); n != 1 {
		t.Errorf("the post was read %d times, want once", n)
	}
}

func TestBloggerIsToldAfterACrash(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	fine := w.write(plainWords)
	w.google.Fault("approve", 1, bloggertest.ServerError())
	w.mustPoll()
	w.wantStatus(fine, moderation.Approved, bloggertest.Pending) // judged, not told: as after a crash between the two
	w.forgetful()
	w.mustPoll()
	w.wantStatus(fine, moderation.Approved, bloggertest.Live)

	again := w.write(plainWords + "!")
	w.google.Fault("approve", 1, bloggertest.CutAfter()) // done, and the answer lost
	if err := w.poll(); err == nil {
		t.Fatal("the lost answer was not noticed")
	}
	w.mustPoll()
	w.wantStatus(again, moderation.Approved, bloggertest.Live)
}

func TestBloggerIsToldWhatModeratorsDecide(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		choice moderation.Choice
		there  string
	}{
		"approve": {moderation.ChooseApprove, bloggertest.Live},
		"spam":    {moderation.ChooseSpam, bloggertest.Spam},
		"abuse":   {moderation.ChooseAbuse, bloggertest.Emptied},
		"reject":  {moderation.ChooseReject, bloggertest.Emptied},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newBloggerWorld(t)
			id := w.write(abuseWords)
			w.mustPoll()
			w.decide(id, tt.choice)
			if errs := w.deliver(); errs != nil {
				t.Fatal(errs)
			}
			w.wantStatus(id, tt.choice.Status(), tt.there)
			w.mustPoll() // our own doing is no decision of the blog
			if v := w.view(id); v.Decision == nil || v.Decision.By.ID != "cli:mo" || v.Decision.Choice != tt.choice {
				t.Errorf("the decision that stands is %+v", v.Decision)
			}
		})
	}
}

func TestBloggersPollTellsADecisionThatTheOutboxHasNot(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	id := w.write(abuseWords)
	w.mustPoll()
	w.decide(id, moderation.ChooseSpam)
	w.mustPoll()
	w.wantStatus(id, moderation.Rejected, bloggertest.Spam)
}

// TestBloggerAfterAnUndo: nothing makes a comment wait again in Blogger, and how
// it is left there must not be taken for a person's decision.
func TestBloggerAfterAnUndo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		choice moderation.Choice
		there  string // while it waits here again
	}{
		"approve": {moderation.ChooseApprove, bloggertest.Spam}, // hidden, and can be brought back
		"spam":    {moderation.ChooseSpam, bloggertest.Spam},
		"abuse":   {moderation.ChooseAbuse, bloggertest.Emptied},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newBloggerWorld(t)
			id := w.write(abuseWords)
			w.mustPoll()
			d := w.decide(id, tt.choice)
			w.deliver()
			w.undo(d)
			w.mustPoll() // before the undo is told
			if got := w.view(id).Status; got != moderation.Held {
				t.Fatalf("it is %s after the undo and a poll, want held", got)
			}
			if errs := w.deliver(); errs != nil {
				t.Fatal(errs)
			}
			w.forgetful()
			w.mustPoll()
			w.wantStatus(id, moderation.Held, tt.there)
			w.decide(id, moderation.ChooseApprove)
			errs := w.deliver()
			if tt.there == bloggertest.Emptied {
				if len(errs) != 1 || !strings.Contains(errs[0].Error(), "can't be taken back") {
					t.Errorf("approving what was emptied: %v", errs)
				}
				return
			}
			w.wantStatus(id, moderation.Approved, bloggertest.Live)
		})
	}
}

func TestBloggersDeletedCommentsAndPosts(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	other := w.google.AddPost("Another")
	decided, kept := w.write(abuseWords), w.write(abuseWords+" now")
	waiting := w.google.Write(bloggertest.Comment{Post: other, Content: abuseWords})
	w.mustPoll()
	w.decide(decided, moderation.ChooseApprove)
	w.google.Set(decided, "")
	if errs := w.deliver(); errs != nil {
		t.Errorf("telling of a deleted comment: %v", errs)
	}
	w.wantStatus(decided, moderation.Withdrawn, "")
	w.google.DeletePost(other)
	w.mustPoll()
	w.wantStatus(waiting, moderation.Withdrawn, "")
	w.wantStatus(kept, moderation.Held, bloggertest.Pending)
	if list, _, err := w.gate.db.Deliveries(t.Context(), 10); err != nil || slices.ContainsFunc(list, func(d moderation.Delivery) bool { return d.Kind == moderation.DeliverCallback }) {
		t.Errorf("deliveries %+v, %v", list, err)
	}
}

// TestABlogThatIsAwayWithdrawsNothing: 404 for everything says nothing about one
// comment.
func TestABlogThatIsAwayWithdrawsNothing(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	id := w.write(abuseWords)
	w.mustPoll()
	w.decide(id, moderation.ChooseApprove)
	w.site.Callback = strings.Replace(w.site.Callback, bloggerBlogID, "1", 1)
	if err := w.gate.db.UpdateSite(t.Context(), w.site); err != nil {
		t.Fatal(err)
	}
	if errs := w.deliver(); len(errs) != 1 {
		t.Errorf("errors %v, want one", errs)
	}
	if err := w.poll(); err == nil {
		t.Error("the missing blog was not noticed")
	}
	if got := w.view(id).Status; got != moderation.Approved {
		t.Errorf("it is %s", got)
	}
}

func TestBloggersPages(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	w.google.SetPageSize(7)
	var ids []string
	for i := range 40 {
		ids = append(ids, w.write(fmt.Sprintf("%s number %d", abuseWords, i)))
	}
	w.google.Fault("list", 3, bloggertest.Fault{}) // three pages come
	w.google.Fault("list", 1, bloggertest.ServerError())
	if err := w.poll(); err == nil {
		t.Fatal("half a list passed for a whole one")
	}
	cases, total, err := w.gate.db.OpenCases(t.Context(), nil, 100)
	if err != nil || total != 21 {
		t.Fatalf("%d cases after three pages of seven, %v", total, err)
	}
	if first := cases[0].Comment.PlatformID; first != ids[19] {
		t.Errorf("the first is %s, want the oldest that was read, %s", first, ids[19])
	}
	w.mustPoll()
	if _, total, _ = w.gate.db.OpenCases(t.Context(), nil, 100); total != 40 {
		t.Errorf("%d cases, want 40", total)
	}
	if n := w.google.Count("get", ""); n != 0 {
		t.Errorf("%d comments were looked up, though all wait", n)
	}
}

func TestBloggersThreads(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	live := w.google.Write(bloggertest.Comment{Post: w.post, Content: "<b>Trams</b> are late.", Author: bloggertest.Author{Name: "Bob"}, Status: bloggertest.Live})
	stored := w.write(abuseWords)
	w.mustPoll()
	reply := func(to string) string {
		return w.google.Write(bloggertest.Comment{Post: w.post, Parent: to, Content: "I do not agree with you", Author: bloggertest.Author{Name: "Cem"}})
	}
	toLive, toStored, toGone := reply(live), reply(stored), reply("123")
	w.mustPoll()
	if v := w.view(toLive); v.Comment.ParentID != live || v.Parent.Author != "Bob" || v.Parent.Text != "Trams are late." {
		t.Errorf("the answer to a comment of before: %+v", v.Parent)
	}
	if v := w.view(toStored); v.Parent.Author != "Ann" || v.Parent.Text != abuseWords {
		t.Errorf("the answer to a stored comment: %+v", v.Parent)
	}
	if v := w.view(toGone); v.Parent != (moderation.Parent{}) || v.Comment.ParentID != "123" {
		t.Errorf("the answer to a deleted comment: %+v", v.Parent)
	}
	if n := w.google.Count("get", stored); n != 0 {
		t.Errorf("a stored parent was fetched %d times", n)
	}
}

func TestBloggersQuota(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault bloggertest.Fault
		after time.Duration
	}{
		"403 rateLimitExceeded":     {bloggertest.Quota("rateLimitExceeded"), 0},
		"403 userRateLimitExceeded": {bloggertest.Quota("userRateLimitExceeded"), 0},
		"403 quotaExceeded":         {bloggertest.Quota("quotaExceeded"), 0},
		"429":                       {bloggertest.TooMany(0), 0},
		"429 with Retry-After":      {bloggertest.TooMany(120), 2 * time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newBloggerWorld(t)
			id := w.write(abuseWords)
			w.mustPoll()
			w.google.Fault("list", 1, tt.fault)
			err := w.poll()
			var later *moderation.LaterError
			if err == nil || errors.As(err, &later) != (tt.after > 0) || later != nil && later.After != tt.after {
				t.Errorf("poll: %v", err)
			}
			w.decide(id, moderation.ChooseSpam)
			w.google.Fault("spam", 1, tt.fault)
			errs := w.deliver()
			if len(errs) != 1 || !errors.As(errs[0], &later) || later.After < time.Minute {
				t.Errorf("a delivery: %v, want it put off", errs)
			}
			w.deliver()
			w.wantStatus(id, moderation.Rejected, bloggertest.Spam)
		})
	}
}

// TestOneBadCommentStopsNothing: what Google can't do to one comment, it may well
// do to the others.
func TestOneBadCommentStopsNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		act   string
		fault bloggertest.Fault
	}{
		"500 to approve":     {"approve", bloggertest.ServerError()},
		"502 to its look-up": {"get", bloggertest.BadGateway()},
		"403 (forbidden)":    {"approve", bloggertest.Forbidden()},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newBloggerWorld(t)
			bad := w.write(plainWords)
			w.google.FaultOn(tt.act, bad, tt.fault)
			next := w.write(plainWords + "!")
			w.mustPoll()
			w.wantStatus(next, moderation.Approved, bloggertest.Live)
			for range 60 {
				w.mustPoll()
			}
			if n := w.google.Count(tt.act, bad); n < 4 || n > 8 {
				t.Errorf("Google was asked %d times in an hour, want ever more seldom", n)
			}
			w.google.ClearFaults()
			w.now = w.now.Add(time.Hour)
			w.mustPoll()
			w.wantStatus(bad, moderation.Approved, bloggertest.Live)
		})
	}
}

// TestManyBadCommentsEndThePoll: they are no trouble of one comment.
func TestManyBadCommentsEndThePoll(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	for i := range 10 {
		w.write(fmt.Sprintf("%s %d", plainWords, i))
	}
	w.google.Fault("approve", -1, bloggertest.ServerError())
	if err := w.poll(); err == nil || !strings.Contains(err.Error(), "500") {
		t.Errorf("poll: %v", err)
	}
	if n := w.google.Count("approve", ""); n != 3 {
		t.Errorf("approve was called %d times, want 3", n)
	}
	w.google.ClearFaults()
	bad := []string{w.write(abuseWords + " 1"), w.write(abuseWords + " 2"), w.write(abuseWords + " 3"), w.write(abuseWords + " 4")}
	w.mustPoll()
	for _, id := range bad {
		w.google.Set(id, bloggertest.Live)
	}
	for _, i := range []int{0, 1, 3} { // three, but not in a row
		w.google.FaultOn("get", bad[i], bloggertest.Forbidden())
	}
	w.mustPoll()
	w.wantStatus(bad[2], moderation.Approved, bloggertest.Live)
}

// TestGooglesTokenGoesToGoogleOnly: whatever stands for the blog's address.
func TestGooglesTokenGoesToGoogleOnly(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	called := make(chan string, 100)
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { called <- r.URL.Path }))
	defer stranger.Close()
	api := w.site.Account["api_url"].Reveal()
	for _, address := range []string{stranger.URL + "/v3/blogs/" + bloggerBlogID, api + "/blogs/" + bloggerBlogID + "/../../x", api + ".evil.test/blogs/1", api} {
		w.site.Callback = address
		err := w.poll()
		if !errors.Is(err, platform.ErrDisconnected) || !strings.Contains(err.Error(), "gatehouse sites connect blogger blog") {
			t.Errorf("%s: poll: %v", address, err)
		}
	}
	if len(called) != 0 || len(w.google.Calls()) != 0 {
		t.Errorf("%d calls to a stranger, %d to Google", len(called), len(w.google.Calls()))
	}
}

func TestBloggersTokens(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	id := w.write(abuseWords)
	w.mustPoll()
	w.mustPoll()
	if n := w.google.Refreshes(); n != 1 {
		t.Errorf("%d refreshes in two polls, want one", n)
	}
	w.google.Expire()
	w.mustPoll()
	w.google.Revoke()
	err := w.poll()
	if !errors.Is(err, platform.ErrDisconnected) || !strings.Contains(err.Error(), "gatehouse sites connect blogger blog") {
		t.Errorf("poll after the revocation: %v", err)
	}
	w.decide(id, moderation.ChooseApprove)
	var later *moderation.LaterError
	if errs := w.deliver(); len(errs) != 1 || !errors.As(errs[0], &later) {
		t.Errorf("a delivery after the revocation: %v, want it put off", errs)
	}
	w.site.Account["refresh_token"] = moderation.NewSecret(w.google.Grant())
	if err := w.gate.db.UpdateSite(t.Context(), w.site); err != nil {
		t.Fatal(err)
	}
	if errs := w.deliver(); errs != nil {
		t.Errorf("after it was connected again: %v", errs)
	}
	w.wantStatus(id, moderation.Approved, bloggertest.Live)
}

// TestApproveThatDoesNotPublish: what Blogger does is not documented. Whatever it
// is, it is said, and does not use up the quota.
func TestApproveThatDoesNotPublish(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	w.google.ApproveNothing()
	w.write(plainWords)
	for range 60 {
		w.mustPoll()
	}
	if n := w.google.Count("approve", ""); n < 2 || n > 8 {
		t.Errorf("approve was tried %d times in an hour", n)
	}
}

func TestBloggerWithoutAdministration(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	w.write(plainWords)
	w.google.SetAdmin(false)
	if err := w.poll(); err == nil || !strings.Contains(err.Error(), "403 (forbidden)") {
		t.Errorf("poll: %v", err)
	}
	views, err := w.gate.db.RecentComments(t.Context(), 10)
	if err != nil || len(views) != 0 {
		t.Errorf("%d comments, %v", len(views), err)
	}
}

// TestAWithdrawnCommentComesAgain: a list that came late, or a post restored.
func TestAWithdrawnCommentComesAgain(t *testing.T) {
	t.Parallel()
	w := newBloggerWorld(t)
	id := w.write(abuseWords)
	w.mustPoll()
	c, _ := w.google.Comment(id)
	w.google.Set(id, "")
	w.mustPoll()
	w.wantStatus(id, moderation.Withdrawn, "")
	w.google.Write(c)
	w.mustPoll()
	w.wantStatus(id, moderation.Held, bloggertest.Pending)
}
