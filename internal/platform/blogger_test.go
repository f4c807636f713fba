package platform

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

func TestParseBloggerComment(t *testing.T) {
	c, err := ParseBloggerComment([]byte(`{"kind": "blogger#comment", "status": "pending", "id": "17", "inReplyTo": {"id": "16"}, "post": {"id": "5"}, "blog": {"id": "1"},
		"published": "2012-04-15T19:38:01-07:00", "updated": "2012-04-15T19:43:21.5-07:00", "content": "Yes &amp; <b>no</b>",
		"author": {"id": "01180413297158166091", "displayName": "Ann", "url": "https://www.blogger.com/profile/01180413297158166091", "image": {"url": "//x"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := BloggerComment{ID: "17", Post: "5", Status: "PENDING", Arrival: moderation.Arrival{Post: moderation.Post{ID: "5"},
		Author: moderation.Author{ID: "01180413297158166091", Name: "Ann", URL: "https://www.blogger.com/profile/01180413297158166091"},
		Comment: moderation.Comment{PlatformID: "17", ParentID: "16", Body: "Yes &amp; <b>no</b>", Format: moderation.FormatHTML, Text: "Yes & no",
			CreatedAt: time.Date(2012, 4, 16, 2, 38, 1, 0, time.UTC), UpdatedAt: time.Date(2012, 4, 16, 2, 43, 21, 5e8, time.UTC)}}}
	if diff := cmp.Diff(want, c, cmp.AllowUnexported(), cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }), cmp.Comparer(func(a, b moderation.Author) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseBloggerPost(t *testing.T) {
	p, err := parseBloggerPost("5", []byte(`{"id": "5", "published": "2012-04-15T19:38:01-07:00", "url": "http://b.example/5.html", "title": "Trams"}`))
	want := moderation.Post{ID: "5", URL: "http://b.example/5.html", Title: "Trams", PublishedAt: time.Date(2012, 4, 16, 2, 38, 1, 0, time.UTC)}
	if err != nil || p != want {
		t.Errorf("post %+v, error %v; want %+v", p, err, want)
	}
}

func TestBloggerIdentity(t *testing.T) {
	tests := map[string]struct{ id, url, want string }{
		"a profile":             {"123", "https://www.blogger.com/profile/123", "123"},
		"a profile, by http":    {"123", "http://www.blogger.com/profile/123?rel=author", "123"},
		"no id":                 {"", "https://www.blogger.com/profile/123", ""},
		"no address":            {"123", "", ""},
		"an address of its own": {"123", "https://spam.example/profile/123", ""},
		"another's profile":     {"123", "https://www.blogger.com/profile/124", ""},
		"a look-alike":          {"123", "https://www.blogger.com.evil.example/profile/123", ""},
		"the id of nobody":      {"0", "https://www.blogger.com/profile/0", ""},
		"no number":             {"anonymous", "https://www.blogger.com/profile/anonymous", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var c bloggerComment
			c.Author.ID, c.Author.URL = tt.id, tt.url
			if got := c.identity(); got != tt.want {
				t.Errorf("identity %q, want %q", got, tt.want)
			}
		})
	}
}

func TestReadBloggerBlog(t *testing.T) {
	tests := map[string]struct{ id, address string }{
		"8070105920543249955":                                    {"8070105920543249955", ""},
		"https://www.blogger.com/blog/posts/123?hl=en":           {"123", ""},
		"https://www.blogger.com/u/1/blog/comments/pending/123":  {"123", ""},
		"name.blogspot.com":                                      {"", "https://name.blogspot.com/"},
		"http://name.blogspot.com/2026/03/trams.html?m=1#c7":     {"", "http://name.blogspot.com/"},
		"https://blog.example.org":                               {"", "https://blog.example.org/"},
		"ftp://name.blogspot.com":                                {},
		"name":                                                   {},
		"https://ann:pass@blog.example.org/":                     {},
		"https://www.blogger.com/blog/posts/123/../../../evil/4": {"123", ""},
	}
	for s, want := range tests {
		id, address, err := ReadBloggerBlog(" " + s + "\n")
		if id != want.id || address != want.address || (err != nil) != (want.id+want.address == "") {
			t.Errorf("%q: %q %q %v, want %+v", s, id, address, err, want)
		}
	}
}

func TestBloggersErrors(t *testing.T) {
	tests := map[string]struct {
		code        int
		body, says  string
		quota       bool
		recoverable bool
	}{
		"classic": {403, `{"error": {"errors": [{"domain": "usageLimits", "reason": "userRateLimitExceeded", "message": "Slow down"}], "code": 403, "message": "Slow down"}}`,
			"Blogger answered 403 (userRateLimitExceeded): Slow down", true, true},
		"of Google's newer servers": {429, `{"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED", "details": [{"reason": "RATE_LIMIT_EXCEEDED"}]}}`,
			"Blogger answered 429 (RATE_LIMIT_EXCEEDED): Quota exceeded", true, true},
		"the API is off": {403, `{"error": {"code": 403, "message": "off", "errors": [{"reason": "accessNotConfigured"}], "status": "PERMISSION_DENIED"}}`,
			"Blogger answered 403 (accessNotConfigured): off; enable the Blogger API in Google's console, in the project of the client", false, true},
		"a page":      {502, `<html>`, "Blogger answered 502", false, true},
		"bad request": {400, `{"error": {"code": 400, "message": "no", "status": "INVALID_ARGUMENT"}}`, "Blogger answered 400 (INVALID_ARGUMENT): no", false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := parseBloggerError(tt.code, []byte(tt.body))
			if e.Error() != tt.says || e.isQuota() != tt.quota {
				t.Errorf("%q, quota %v", e.Error(), e.isQuota())
			}
			recoverable, err := explainTell(e)
			var later *moderation.LaterError
			if recoverable != tt.recoverable || errors.As(err, &later) != tt.quota {
				t.Errorf("recoverable %v, %v", recoverable, err)
			}
		})
	}
}

func FuzzParseBlogger(f *testing.F) {
	f.Add([]byte(`{"items": [{"id": "17", "post": {"id": "5"}, "status": "PENDING", "content": "<b", "published": "2012-04-15T19:38:01-07:00"}], "nextPageToken": "x"}`))
	f.Add([]byte(`{"id": "17", "post": {"id": "5"}, "author": {"id": "1", "url": "https://www.blogger.com/profile/1"}}`))
	f.Add([]byte(`{"error": {"errors": [{"reason": "quotaExceeded"}], "details": [{}], "message": "a\u202eb"}}`))
	f.Add([]byte(`{"installed": {"client_id": "x"}}`))
	f.Add([]byte("{\"id\": \"\xff\"}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		page, _, _ := ParseBloggerComments(body)
		if c, err := ParseBloggerComment(body); err == nil {
			page = append(page, c)
		}
		for _, c := range page {
			if !bloggerID.MatchString(c.ID) || !bloggerID.MatchString(c.Post) || c.Arrival.Comment.PlatformID != c.ID {
				t.Errorf("comment %+v", c)
			}
			if p := c.Arrival.Comment.ParentID; p != "" && !bloggerID.MatchString(p) {
				t.Errorf("parent %q", p)
			}
			if at := c.Arrival.Comment.UpdatedAt; !at.IsZero() && at.Year() > 9999 {
				t.Errorf("time %s", at)
			}
		}
		if blog, err := parseBloggerBlog(body); err == nil && !bloggerID.MatchString(blog.ID) {
			t.Errorf("blog %+v", blog)
		}
		parseBloggerPost("5", body)
		if e := parseBloggerError(403, body); len([]rune(e.Error())) > 400 {
			t.Errorf("%d characters: %s", len(e.Error()), e)
		}
		if app, err := ParseBloggerApp(body); err == nil && app.ID == "" {
			t.Error("a client without an id")
		}
	})
}

func FuzzReadBloggerBlog(f *testing.F) {
	for _, s := range []string{"123", "https://www.blogger.com/blog/posts/123", "name.blogspot.com", "https://x.test/?a=b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, address, err := ReadBloggerBlog(" " + s + "\n")
		if err != nil {
			return
		}
		if (id == "") == (address == "") || id != "" && !bloggerID.MatchString(id) {
			t.Errorf("%q: %q %q", s, id, address)
		}
		if _, err := url.Parse(address); err != nil {
			t.Errorf("%q: %q: %v", s, address, err)
		}
	})
}
