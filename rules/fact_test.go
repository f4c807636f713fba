package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// TestEachFactOfAComment holds what every fact in the table is of one comment.
func TestEachFactOfAComment(t *testing.T) {
	sub := says("MAX, yes! I b\u200bought it at http://www.shop.example.co.uk and https://bit.ly/x 👍🏽 🇩🇪 " +
		"𝐡𝐞 is a m o r o n, nooooo; mоron. Write to bob@example.org or call +49 30 1234567, 4111 1111 1111 1111, " +
		"DE89 3704 0044 0532 0130 00. 12 Elm Street, Springfield, IL 62704. Да")
	sub.Now = time.Date(2026, 3, 1, 23, 30, 0, 0, time.FixedZone("", 3600))
	sub.Fields = moderation.Fields{Honeypot: "x", Elapsed: 1500 * time.Millisecond}
	sub.Author = moderation.Author{ID: "7", Name: "Max see a.com", Email: "max@example.com", URL: "https://max.example", IP: netipAddr("192.0.2.1"), UserAgent: "Agent", Role: "subscriber"}
	sub.Parent = moderation.Parent{Author: "Max", Text: "What I said."}
	sub.Post.PublishedAt = sub.Now.Add(-36 * time.Hour)
	sub.Author.Since = sub.Now.Add(-50 * time.Hour)
	sub.Ties = moderation.Ties{Address: 1, Range: 2, AddressOthers: 7, RangeOthers: 8, Email: 3, Cookie: 4, Agent: 5, AgentOthers: 6}
	sub.Thread = moderation.Thread{Comments: 12}
	sub.Standing = moderation.Standing{Known: true, Approved: 9, Rejected: 2, Recent: 10, RecentRejected: 1, Proven: 5, Trusted: true, Banned: true}
	sub.Duplicates = moderation.Duplicates{Exact: 1, Near: 2, Rejected: 3, Writers: 4, Last: 90 * time.Second, Of: 17, Alike: 0.9}
	want := map[string]any{
		"text.words": 54, "text.length": 256, "text.capitals": 13.0 / 124, "text.repeated": 5, "text.emoji": 2, "text.invisible": 1,
		"text.fancy": 2, "text.mixed": 1, "text.spaced": 1,
		"script.latin": 123.0 / 126, "script.cyrillic": 3.0 / 126, "script.greek": 0.0, "script.arabic": 0.0, "script.hebrew": 0.0, "script.devanagari": 0.0,
		"script.thai": 0.0, "script.han": 0.0, "script.kana": 0.0, "script.hangul": 0.0, "script.other": 0.0,
		"links.count": 2, "links.hosts": []string{"www.shop.example.co.uk", "bit.ly"}, "links.domains": []string{"example.co.uk", "bit.ly"},
		"links.shorteners": 1, "links.sources": 0, "links.only": false,
		"personal.emails": 1, "personal.phones": 1, "personal.cards": 1, "personal.accounts": 1, "personal.addresses": 1,
		"honeypot": "x", "elapsed": 1.5, "time.hour": 22, "time.weekday": "sunday",
		"author.name": "Max see a.com", "author.links": 1, "author.email": "max@example.com", "author.url": "https://max.example", "author.id": "7",
		"author.anonymous": false, "author.role": "subscriber", "author.ip": "192.0.2.1", "author.user_agent": "Agent",
		"author.account_days": 2, "rejected.address": 1, "rejected.range": 2, "rejected.address_others": 7, "rejected.range_others": 8, "rejected.email": 3, "rejected.cookie": 4, "rejected.agent": 5, "rejected.agent_others": 6,
		"standing.known": true, "standing.approved": 9, "standing.rejected": 2, "standing.recent": 10, "standing.recent_rejected": 1,
		"standing.proven": 5, "standing.trusted": true, "standing.banned": true,
		"parent.author": "Max", "parent.text": "What I said.", "parent.named": true, "parent.same_author": false,
		"post.id": "1", "post.title": "A post", "post.url": "https://blog.example/1", "post.age": 1.5, "post.comments": 12,
		"site": "blog", "mode": "normal",
		"duplicates.exact": 1, "duplicates.near": 2, "duplicates.rejected": 3, "duplicates.writers": 4, "duplicates.minutes": 1.5, "duplicates.alike": 0.9,
	}
	book := parse(t, "")
	got := make(map[string]any)
	for _, f := range book.Explain(sub).Facts {
		got[f.Name] = f.Value
	}
	if got["text"] != sub.Comment.Text || got["text.normal"] == "" {
		t.Errorf("text %q, normal %q", got["text"], got["text.normal"])
	}
	delete(got, "text")
	delete(got, "text.normal")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestWhoIsSpokenTo(t *testing.T) {
	book := parse(t, "")
	for name, tc := range map[string]struct {
		text, name string
		want       bool
	}{
		"whole name":         {"you are wrong, john q smith!", "John Q. Smith", true},
		"first name":         {"You see, John, it is late.", "John Smith", true},
		"greeting":           {"john, it is late", "John Smith", true},
		"at":                 {"so @john it is late", "john", true},
		"a word":             {"I will do it", "Will", false},
		"begins a sentence":  {"No. Will it rain?", "Will", false},
		"small letters":      {"a troll is a troll", "troll", false},
		"many are called so": {"Anonymous, you are wrong", "Anonymous", false},
		"another":            {"You see, Johnson", "John", false},
		"nobody":             {"You see", "", false},
		"too short":          {"You see, Al, it is late", "Al", false},
	} {
		t.Run(name, func(t *testing.T) {
			sub := says(tc.text)
			sub.Parent.Author = tc.name
			s := book.state(sub)
			defer book.release(s)
			if got := s.addresses(tc.name); got != tc.want {
				t.Errorf("%q speaks to %q: %v, want %v", tc.text, tc.name, got, tc.want)
			}
		})
	}
}

// TestCasesSetWhatFactsRead holds that a case can be about anything that a
// condition can ask.
func TestCasesSetWhatFactsRead(t *testing.T) {
	for condition, fields := range map[string]string{
		`recent(author, "1m") == 3 and recent(author, "24h") == 7`:                       "recent: {author: {1m: 3, 1h: 7}}",
		`recent(address, "10m") == 3 and recent(address, "1m") == 0`:                     "recent: {address: {10m: 3}}",
		`recent(range, "1h") == 3`:                                                       "recent: {range: {1h: 3}}",
		`recent(post, "24h") == 3`:                                                       "recent: {post: {24h: 3}}",
		`recent(host, "24h") == 3`:                                                       "recent: {host: {1m: 3}}",
		`duplicates.exact == 1 and duplicates.near == 2 and duplicates.rejected == 3`:    "duplicates: {exact: 1, near: 2, rejected: 3}",
		`duplicates.writers == 4 and duplicates.minutes == 5 and duplicates.alike > 0.8`: "duplicates: {writers: 4, minutes: 5, alike: 0.9}",
		`post.comments == 9 and post.age == 2.5`:                                         "post: {age: 2.5, comments: 9}",
		`time.hour == 3 and time.weekday == "monday"`:                                    "time: 2026-03-02T03:00:00Z",
		`post.age == 1 and time.hour == 3`:                                               "post: {age: 1}, time: 2026-03-02T03:00:00Z",
		`standing.recent == 8 and standing.recent_rejected == 2 and standing.proven > 3`: "standing: {recent: 8, recent_rejected: 2, proven: 4}",
	} {
		parse(t, "rules: [{id: a, when: '"+condition+"', action: hold, message: m, catches: [{text: x, "+fields+"}], passes: [x]}]")
	}
}

func TestExplainTellsWhatCameLately(t *testing.T) {
	sub := says("x")
	sub.Activity.Author = moderation.Window{TenMinutes: 3, Hour: 3, Day: 4}
	var got []string
	for _, f := range parse(t, "").Explain(sub).Facts {
		if strings.HasPrefix(f.Name, "recent(") {
			got = append(got, f.Name+" = "+f.String())
		}
	}
	want := []string{`recent(author, "10m") = 3`, `recent(author, "1h") = 3`, `recent(author, "24h") = 4`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestWhatWasCountedIsEvidence(t *testing.T) {
	book := parse(t, `
rules:
  - {id: a, when: 'recent(author, "10m") >= 5', action: hold, message: writes too fast, catches: [{recent: {author: {10m: 5}}}], passes: [x]}
  - {id: b, when: 'duplicates.near > 0', action: hold, message: said before, catches: [{duplicates: {near: 1}}], passes: [x]}
`)
	sub := says("x")
	sub.Activity.Author.TenMinutes = 7
	sub.Duplicates = moderation.Duplicates{Near: 1, Of: 17}
	report, err := book.Check(t.Context(), sub)
	if err != nil || len(report.Signals) != 2 {
		t.Fatalf("signals %+v, error %v", report.Signals, err)
	}
	for i, want := range []string{"writes too fast: 7 within 10 minutes", "said before: like comment 17"} {
		if got := report.Signals[i].Detail; got != want {
			t.Errorf("detail %q, want %q", got, want)
		}
	}
}
