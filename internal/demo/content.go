package demo

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"time"
)

// files are the demo's pages, their looks, and what the blog says.
//
//go:embed assets content templates
var files embed.FS

// content is what the blog comes with. Ages count back from its first start.
type content struct {
	Posts    []post    `json:"posts"` // newest first
	Earlier  []earlier `json:"earlier"`
	Opening  []opening `json:"opening"`
	Examples []example `json:"examples"`
}

// post is an article of the blog.
type post struct {
	Slug   string        `json:"slug"`
	Title  string        `json:"title"`
	Teaser string        `json:"teaser"`
	Age    age           `json:"age"`
	Body   template.HTML `json:"-"` // of content/SLUG.html
}

// earlier is a comment that was there before gatehouse was.
type earlier struct {
	ID     string `json:"id"`
	Post   string `json:"post"`
	Parent string `json:"parent"`
	Author string `json:"author"`
	Host   bool   `json:"host"`
	Age    age    `json:"age"`
	Text   string `json:"text"`
}

// opening is a comment that the blog hands in by itself when it first starts,
// through the same door as any reader's, so that the phone is not empty.
type opening struct {
	Post    string `json:"post"`
	Parent  string `json:"parent"`
	Author  string `json:"author"`
	Email   string `json:"email"`
	Address string `json:"address"`
	Elapsed age    `json:"elapsed"`
	Text    string `json:"text"`
}

// example is a comment that a visitor may put into the form with one tap.
type example struct {
	Key    string `json:"key"`
	Label  string `json:"label"`
	Author string `json:"author"`
	Text   string `json:"text"`
}

// age is a duration, written as in Go ("26h").
type age time.Duration

// UnmarshalText reads the duration.
func (a *age) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	*a = age(d)
	return err
}

// loadContent reads what is built in.
func loadContent() (content, error) {
	var c content
	raw, err := files.ReadFile("content/blog.json")
	if err != nil {
		return content{}, fmt.Errorf("read the demo's content: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return content{}, fmt.Errorf("read the demo's content: %w", err)
	}
	for i := range c.Posts {
		body, err := files.ReadFile("content/" + c.Posts[i].Slug + ".html")
		if err != nil {
			return content{}, fmt.Errorf("read the demo's content: %w", err)
		}
		c.Posts[i].Body = template.HTML(body) //nolint:gosec // built in, nobody writes to it
	}
	return c, nil
}

// post returns the article called slug.
func (c content) post(slug string) (post, bool) {
	i := slices.IndexFunc(c.Posts, func(p post) bool { return p.Slug == slug })
	if i < 0 {
		return post{}, false
	}
	return c.Posts[i], true
}

// titles returns the titles of the articles by their slugs.
func (c content) titles() map[string]string {
	titles := make(map[string]string, len(c.Posts))
	for _, p := range c.Posts {
		titles[p.Slug] = p.Title
	}
	return titles
}

// example returns the one called key, or an empty one.
func (c content) example(key string) example {
	i := slices.IndexFunc(c.Examples, func(e example) bool { return e.Key == key })
	if i < 0 {
		return example{}
	}
	return c.Examples[i]
}

// first returns the ledger of a blog that starts at now: the earlier comments,
// and the opening ones, which wait to be handed in.
func (c content) first(now time.Time) ledger {
	l := ledger{Since: now}
	for _, e := range c.Earlier {
		l.Comments = append(l.Comments, comment{ID: e.ID, Post: e.Post, Parent: e.Parent, Author: e.Author,
			Host: e.Host, Text: e.Text, At: now.Add(-time.Duration(e.Age)), State: published})
	}
	slices.SortStableFunc(l.Comments, func(a, b comment) int { return a.At.Compare(b.At) })
	for _, o := range c.Opening {
		l.Comments = append(l.Comments, comment{ID: newID(), Post: o.Post, Parent: o.Parent, Author: o.Author,
			Text: o.Text, At: now, State: waiting, Sender: &sender{Email: o.Email, Address: o.Address,
				Agent: "Mozilla/5.0 (demo)", ElapsedMS: time.Duration(o.Elapsed).Milliseconds()}})
	}
	return l
}
