package rules

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"gatehouse/internal/moderation"
)

// testCase is a comment that a rule must catch or pass.
type testCase struct {
	catch bool
	sub   moderation.Submission
	at    place
}

// emptyCase is the submission that a case begins as: a comment of an anonymous
// writer on a blog in normal mode.
func emptyCase() moderation.Submission {
	return moderation.Submission{
		Arrival: moderation.Arrival{
			Site:    moderation.Site{Name: "blog", Mode: moderation.ModeNormal},
			Post:    moderation.Post{ID: "1", URL: "https://blog.example/1", Title: "A post"},
			Author:  moderation.Author{Name: "Reader"},
			Comment: moderation.Comment{PlatformID: "1", Format: moderation.FormatText},
		},
		Mode: moderation.ModeNormal,
		Now:  time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC),
	}
}

// cases reads the comments under catches or passes.
func (r *reader) cases(n ast.Node, what string, catch bool) []testCase {
	var list []testCase
	for _, item := range r.items(n, what) {
		c := testCase{catch: catch, sub: emptyCase(), at: r.at(item)}
		if s, ok := scalar(item); ok {
			c.sub.Comment.Text = s
		} else {
			r.caseFields(item, &c.sub)
		}
		c.sub.Comment.Body = c.sub.Comment.Text
		list = append(list, c)
	}
	return list
}

// caseFields reads a case that is a mapping.
func (r *reader) caseFields(n ast.Node, sub *moderation.Submission) {
	age := -1.0
	r.object(n, "a case",
		r.intoText("text", &sub.Comment.Text),
		r.intoText("site", &sub.Site.Name),
		r.intoText("honeypot", &sub.Fields.Honeypot),
		field{"elapsed", func(n ast.Node) { sub.Fields.Elapsed = seconds(r.number(n, "elapsed")) }},
		field{"mode", func(n ast.Node) { sub.Mode = r.mode(n) }},
		field{"author", func(n ast.Node) { r.author(n, &sub.Author) }},
		field{"parent", func(n ast.Node) {
			sub.Comment.ParentID = "2"
			r.object(n, "parent", r.intoText("author", &sub.Parent.Author), r.intoText("text", &sub.Parent.Text))
		}},
		field{"post", func(n ast.Node) {
			r.object(n, "post", r.intoText("id", &sub.Post.ID), r.intoText("url", &sub.Post.URL), r.intoText("title", &sub.Post.Title),
				r.intoCount("comments", &sub.Thread.Comments), field{"age", func(n ast.Node) { age = r.number(n, "age") }})
		}},
		field{"rejected", func(n ast.Node) { r.ties(n, &sub.Ties) }},
		field{"standing", func(n ast.Node) { r.standing(n, &sub.Standing) }},
		field{"recent", func(n ast.Node) { r.recent(n, &sub.Activity) }},
		field{"duplicates", func(n ast.Node) { r.duplicates(n, &sub.Duplicates) }},
		field{"time", func(n ast.Node) { sub.Now = r.time(n) }},
	)
	if age >= 0 {
		sub.Post.PublishedAt = sub.Now.Add(-seconds(age * 24 * 60 * 60))
	}
}

// seconds returns s seconds as a duration.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// mode reads how strict the site is in a case.
func (r *reader) mode(n ast.Node) moderation.Mode {
	mode, err := moderation.ParseMode(r.text(n, "mode"))
	if err != nil {
		r.add(r.at(n), "mode must be open, normal or strict")
	}
	return mode
}

// author reads the writer of a case.
func (r *reader) author(n ast.Node, a *moderation.Author) {
	r.object(n, "author",
		r.intoText("id", &a.ID), r.intoText("name", &a.Name), r.intoText("email", &a.Email), r.intoText("url", &a.URL),
		r.intoText("user_agent", &a.UserAgent), r.intoText("role", &a.Role),
		field{"account_days", func(n ast.Node) {
			a.Since = emptyCase().Now.Add(-time.Duration(r.number(n, "account_days")) * 24 * time.Hour)
		}},
		field{"ip", func(n ast.Node) {
			ip, err := netip.ParseAddr(r.text(n, "ip"))
			if err != nil {
				r.add(r.at(n), "ip must be an address, such as 192.0.2.1")
			}
			a.IP = ip
		}},
	)
}

// standing reads what is known of the writer of a case.
func (r *reader) standing(n ast.Node, s *moderation.Standing) {
	flag := func(name string, target *bool) field {
		return field{name, func(n ast.Node) { *target = r.onOff(n, name) }}
	}
	r.object(n, "standing", flag("known", &s.Known), flag("trusted", &s.Trusted), flag("banned", &s.Banned),
		r.intoCount("approved", &s.Approved), r.intoCount("rejected", &s.Rejected), r.intoCount("proven", &s.Proven),
		r.intoCount("recent", &s.Recent), r.intoCount("recent_rejected", &s.RecentRejected))
}

// intoCount returns a field that reads a number into target.
func (r *reader) intoCount(name string, target *int) field {
	return field{name, func(n ast.Node) { *target = int(r.number(n, name)) }}
}

// recent reads what came lately: {author: {10m: 5}, post: {1h: 40}}. What came
// within a minute came within an hour too.
func (r *reader) recent(n ast.Node, a *moderation.Activity) {
	var fields []field
	for _, c := range commons() {
		w := c.of(a)
		fields = append(fields, field{c.name, func(n ast.Node) {
			var counts []field
			for _, window := range windows() {
				counts = append(counts, r.intoCount(window.name, window.of(w)))
			}
			r.object(n, c.name, counts...)
			w.TenMinutes = max(w.TenMinutes, w.Minute)
			w.Hour = max(w.Hour, w.TenMinutes)
			w.Day = max(w.Day, w.Hour)
		}})
	}
	r.object(n, "recent", fields...)
}

// duplicates reads what was said before.
func (r *reader) duplicates(n ast.Node, d *moderation.Duplicates) {
	r.object(n, "duplicates", r.intoCount("exact", &d.Exact), r.intoCount("near", &d.Near), r.intoCount("rejected", &d.Rejected),
		r.intoCount("writers", &d.Writers),
		field{"minutes", func(n ast.Node) { d.Last = seconds(60 * r.number(n, "minutes")) }},
		field{"alike", func(n ast.Node) { d.Alike = r.number(n, "alike") }},
	)
}

// time reads when a comment came.
func (r *reader) time(n ast.Node) time.Time {
	t, err := time.Parse(time.RFC3339, r.text(n, "time"))
	if err != nil {
		r.add(r.at(n), "time must be like 2026-03-01T12:00:00Z")
	}
	return t
}

// CaseResult is the outcome of one case of a rule.
type CaseResult struct {
	Rule  string // as signals call it
	File  string
	Line  int
	Catch bool // whether the rule must hit
	Text  string
	OK    bool  // whether it did what it must
	Err   error // an [*Error] that says what is wrong; nil where OK
}

// Test runs every case of the book, in its order.
func (b *Book) Test() []CaseResult {
	var results []CaseResult
	for _, r := range b.rules {
		for _, cases := range [][]testCase{r.catches, r.passes} {
			for _, c := range cases {
				results = append(results, b.testOne(r, c))
			}
		}
	}
	return results
}

// testOne runs one case.
func (b *Book) testOne(r *rule, c testCase) CaseResult {
	result := CaseResult{Rule: r.name, File: c.at.src.name, Line: c.at.line, Catch: c.catch, Text: c.sub.Comment.Text}
	s := b.state(c.sub)
	defer b.release(s)
	s.scan()
	hit, err := s.holds(r)
	switch {
	case err != nil:
		result.Err = errorAt(c.at, "rule %q fails on this case: %v", r.name, err)
	case hit && !c.catch:
		result.Err = errorAt(c.at, "rule %q must pass this comment, but catches it; it has %s", r.name, s.factsOf(r))
	case !hit && c.catch:
		result.Err = errorAt(c.at, "rule %q does not catch this comment; it has %s", r.name, s.factsOf(r))
	}
	result.OK = result.Err == nil
	return result
}

// factsOf lists the facts and functions in the condition of r with their values.
func (s *state) factsOf(r *rule) string {
	var list []string
	for _, i := range r.program.slots {
		list = append(list, fmt.Sprintf("%s = %s", s.book.slots[i].shown, quoteValue(s.value(i))))
	}
	if len(list) == 0 {
		return "no facts to go by"
	}
	return strings.Join(list, ", ")
}
