package history

import (
	"encoding/xml"
	"io"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// parseDisqus reads Disqus' export (http://disqus.com/api/schemas/1.0/disqus.xsd):
// all threads, then all posts, as Disqus calls comments.
func parseDisqus(r *run, in io.Reader) error {
	f, err := r.openXML(in)
	if err != nil {
		return err
	}
	if err := f.root("disqus", "an export of Disqus"); err != nil {
		return err
	}
	threads := map[string]moderation.Post{}
	return f.children(func(e xml.StartElement) error {
		if e.Name.Local != "thread" && e.Name.Local != "post" {
			return f.skip()
		}
		line := f.line()
		n, err := f.node(e)
		if err != nil {
			return err
		}
		if e.Name.Local == "post" {
			return r.take(disqusComment(n, threads, line))
		}
		if id := n.attr("id"); id != "" && len(threads) < maxPosts {
			threads[id] = disqusPost(n, id)
		}
		return nil
	})
}

// disqusPost returns the blog's post that a thread stands under. Its id is what
// the blog calls it, if the blog says so.
func disqusPost(n *node, id string) moderation.Post {
	if own := n.textOf("id"); own != "" {
		id = own
	}
	return moderation.Post{ID: id, URL: n.textOf("link"), Title: shown(n.textOf("title"))}
}

// disqusComment reads a post of Disqus.
func disqusComment(n *node, threads map[string]moderation.Post, line int64) item {
	it := item{line: line}
	a := &it.past.Arrival
	thread := n.child("thread").attr("id")
	post, known := threads[thread]
	if !known {
		post.ID = thread
	}
	a.Post = post
	author := n.child("author")
	a.Author = moderation.Author{Name: author.textOf("name"), Email: author.textOf("email"), URL: author.textOf("url"), IP: text.Address(n.textOf("ipAddress"))}
	if !isTrue(author.textOf("isAnonymous")) {
		a.Author.ID = author.textOf("username")
	}
	c := &a.Comment
	c.PlatformID, c.ParentID = n.attr("id"), n.child("parent").attr("id")
	body(c, moderation.FormatHTML, n.textOf("message"))
	c.CreatedAt, it.err = readTime(n.textOf("createdAt"), time.RFC3339, "2006-01-02T15:04:05")
	switch {
	case isTrue(n.textOf("isSpam")) && c.Body != "":
		it.past.Choice = moderation.ChooseSpam
	case isTrue(n.textOf("isDeleted")):
		it.fate = fateDeleted
	case strings.EqualFold(n.textOf("isApproved"), "false"):
		it.fate = fatePending
	default:
		it.past.Choice = moderation.ChooseApprove
	}
	return it
}

func isTrue(s string) bool { return strings.EqualFold(s, "true") || s == "1" }
