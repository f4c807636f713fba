package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform/bloggertest"
	"gatehouse/internal/store"
)

// connectProcess gives a program's site called blog access to a pretend Google,
// as `sites connect blogger` does.
func connectProcess(t *testing.T, p *process, google *bloggertest.Server, address string) {
	t.Helper()
	db, err := store.Create(t.Context(), filepath.Join(p.dir, "data"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := db.Site(t.Context(), "blog")
	if err != nil {
		s, err = db.AddSite(t.Context(), moderation.Site{Name: "blog", Platform: "blogger", Mode: moderation.ModeNormal})
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Callback = address + bloggertest.APIPath + "/blogs/" + bloggerBlogID
	s.Account = moderation.Account{"client_id": moderation.NewSecret(bloggertest.ClientID), "client_secret": moderation.NewSecret(bloggertest.ClientSecret),
		"refresh_token": moderation.NewSecret(google.Grant()), "token_url": moderation.NewSecret(address + bloggertest.TokenPath),
		"api_url": moderation.NewSecret(address + bloggertest.APIPath)}
	if err := db.UpdateSite(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func (p *process) mustRun(args ...string) string {
	p.t.Helper()
	out, stderr, err := p.run(args...)
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	return out
}

// waiting returns the numbers of the comments that wait, by a word in their texts.
func (p *process) waiting(word string) int {
	n := 0
	for _, line := range strings.Split(p.mustRun("queue", "--json", "--limit", "1000"), "\n") {
		if strings.Contains(line, word) {
			n++
		}
	}
	return n
}

// TestCrashBlogger runs the real program on a blog with readers and an owner, and
// kills it again and again while it judges and tells.
func TestCrashBlogger(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the end-to-end test takes about half a minute")
	}
	google := bloggertest.New(bloggerBlogID)
	post := google.AddPost("On trams")
	server := httptest.NewServer(google)
	defer server.Close()
	p := newProcess(t, "GATEHOUSE_POLL_EVERY=300ms")
	connectProcess(t, p, google, server.URL)
	google.SetPageSize(20)
	var fine, nasty []string
	for i := range 60 {
		fine = append(fine, google.Write(bloggertest.Comment{Post: post, Content: fmt.Sprintf("%s This is number %d.", plainWords, i)}))
		if i%6 == 0 {
			nasty = append(nasty, google.Write(bloggertest.Comment{Post: post, Content: fmt.Sprintf("%s, number %d", abuseWords, i)}))
		}
	}
	live := func() (n int) {
		for _, id := range fine {
			if google.Status(id) == bloggertest.Live {
				n++
			}
		}
		return n
	}
	google.Fault("approve", 2, bloggertest.CutAfter())
	defer p.kill()
	for _, at := range []int{1, 15, 40} {
		p.start()
		until(t, fmt.Sprintf("%d comments are published", at), func() bool { return live() >= at })
		p.kill()
	}
	p.start()
	until(t, "all that is fine is published", func() bool { return live() == len(fine) })
	for _, id := range nasty {
		if got := google.Status(id); got != bloggertest.Pending {
			t.Errorf("an abusive comment is %s, want %s", got, bloggertest.Pending)
		}
	}
	until(t, "the abusive ones wait for a moderator", func() bool { return p.waiting("moron") == len(nasty) })
	decideInBoth(t, p, google, nasty)
	loseAccess(t, p, google, server.URL, post)
	if log := p.logged(); strings.Contains(log, "1//") || strings.Contains(log, "ya29.") || strings.Contains(log, "moron") || strings.Contains(log, bloggertest.ClientSecret) {
		t.Error("a secret or a comment is in the log")
	}
}

// decideInBoth lets a moderator decide in gatehouse and the owner in Blogger.
func decideInBoth(t *testing.T, p *process, google *bloggertest.Server, nasty []string) {
	t.Helper()
	google.Set(nasty[0], bloggertest.Live)
	google.Set(nasty[1], "")
	until(t, "what the owner did in Blogger is known", func() bool { return p.waiting("moron") == len(nasty)-2 })
	ids := regexp.MustCompile(`"comment_id": ?"?([0-9]+)`).FindAllStringSubmatch(p.mustRun("queue", "--json", "--limit", "1000"), -1)
	if len(ids) < 3 {
		t.Fatalf("the queue has %v", ids)
	}
	want := map[string]string{"approve": bloggertest.Live, "spam": bloggertest.Spam, "abuse": bloggertest.Emptied}
	for i, choice := range []string{"approve", "spam", "abuse"} {
		p.mustRun("decide", ids[i][1], choice)
		until(t, choice+" reaches Blogger", func() bool { return google.Status(nasty[2+i]) == want[choice] })
	}
}

// loseAccess withdraws the access, and gives it again.
func loseAccess(t *testing.T, p *process, google *bloggertest.Server, address, post string) {
	t.Helper()
	google.Revoke()
	until(t, "the log says what to do", func() bool { return strings.Contains(p.logged(), "gatehouse sites connect blogger blog") })
	id := google.Write(bloggertest.Comment{Post: post, Content: plainWords})
	refreshes := google.Refreshes()
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond) // five polls
	defer cancel()
	<-ctx.Done()
	if n := google.Refreshes(); n != refreshes {
		t.Errorf("%s refreshes were tried with a token that was withdrawn", strconv.Itoa(n-refreshes))
	}
	if n := strings.Count(p.logged(), "site is asked for comments once an hour only, until it is connected again"); n != 1 {
		t.Errorf("it is said %d times, want once", n)
	}
	connectProcess(t, p, google, address)
	until(t, "it goes on when it is connected again", func() bool { return google.Status(id) == bloggertest.Live })
}
