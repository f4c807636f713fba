package history

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

// maxPosts bounds how many posts are remembered for the titles of their comments.
const maxPosts = 50_000

// The ids of Atom entries (RFC 4151 tags) hold the numbers by which the API
// speaks of posts and comments: tag:blogger.com,1999:blog-1.post-2.
var (
	bloggerID   = regexp.MustCompile(`\.(?:post|comment|page)-([0-9]+)$`)
	bloggerLink = regexp.MustCompile(`/feeds/[0-9]+/(?:[0-9]+/)?comments/(?:default|full|summary)/([0-9]+)`)
)

// parseBlogger reads Blogger's Atom: the file that Blogger's own "Back up content"
// gave, where a category says what an entry is and app:draft what is not shown;
// and feed.atom of Google Takeout, where elements of blogger: do.
func parseBlogger(r *run, in io.Reader) error {
	f, err := r.openXML(in)
	if err != nil {
		return err
	}
	if err := f.root("feed", "an export of Blogger (Atom)"); err != nil {
		return err
	}
	posts := map[string]moderation.Post{}
	return f.children(func(e xml.StartElement) error {
		if e.Name.Local != "entry" {
			return f.skip()
		}
		line := f.line()
		n, err := f.node(e)
		if err != nil {
			return err
		}
		switch bloggerKind(n) {
		case "comment":
			return r.take(bloggerComment(n, posts, line))
		case "post", "page":
			if id := bloggerNumber(n.textOf("id")); id != "" && len(posts) < maxPosts {
				published, _ := readTime(n.textOf("published"), time.RFC3339) // what is no time is unknown
				posts[id] = moderation.Post{ID: id, URL: bloggerAddress(n), Title: shown(n.textOf("title")), PublishedAt: published}
			}
		}
		return nil
	})
}

// bloggerKind says what an entry is, in small letters.
func bloggerKind(n *node) string {
	if kind := n.textOf("type"); kind != "" {
		return strings.ToLower(kind)
	}
	for _, c := range n.children {
		if c.name.Local != "category" {
			continue
		}
		if _, kind, found := strings.Cut(c.attr("term"), "/kind#"); found {
			return kind
		}
	}
	return ""
}

// bloggerAddress returns where a post stands: whole in the old export, a path in
// Takeout's.
func bloggerAddress(n *node) string {
	if link := bloggerLinkOf(n, "alternate"); link != "" {
		return link
	}
	return n.textOf("filename")
}

// bloggerLinkOf returns the target of the link with a relation.
func bloggerLinkOf(n *node, rel string) string {
	for _, c := range n.children {
		if c.name.Local == "link" && c.attr("rel") == rel {
			return c.attr("href")
		}
	}
	return ""
}

// bloggerNumber returns the number that an entry's id ends in, empty for another
// id.
func bloggerNumber(tag string) string {
	if m := bloggerID.FindStringSubmatch(tag); m != nil {
		return m[1]
	}
	return ""
}

// bloggerComment reads an entry that is a comment.
func bloggerComment(n *node, posts map[string]moderation.Post, line int64) item {
	it := item{line: line}
	a := &it.past.Arrival
	author := n.child("author")
	a.Author = moderation.Author{Name: author.textOf("name"), URL: author.textOf("uri"), Email: author.textOf("email")}
	if a.Author.Email == "noreply@blogger.com" { // stands for every address
		a.Author.Email = ""
	}
	c := &a.Comment
	c.PlatformID = bloggerNumber(n.textOf("id"))
	body(c, moderation.FormatHTML, n.textOf("content"))
	a.Post, c.ParentID = bloggerPlace(n, posts)
	c.CreatedAt, it.err = readTime(n.textOf("published"), time.RFC3339)
	switch {
	case c.PlatformID == "":
		it.err = fmt.Errorf("its id %s does not end in post- and a number", quoted(n.textOf("id")))
	case n.textOf("trashed") != "" || bloggerRemoved(n):
		it.fate = fateDeleted
	default:
		it.judgeBlogger(n)
	}
	return it
}

// bloggerPlace returns the post on which a comment stands, and the number of the
// comment that it answers.
func bloggerPlace(n *node, posts map[string]moderation.Post) (post moderation.Post, parent string) {
	reply := n.child("in-reply-to") // of the post, also in answers
	id := bloggerNumber(reply.attr("ref"))
	if id == "" {
		id = bloggerNumber(n.textOf("parent"))
	}
	post, known := posts[id]
	if !known {
		post = moderation.Post{ID: id, URL: reply.attr("href")}
	}
	if parent = bloggerNumber(n.textOf("inReplyTo")); parent != "" {
		return post, parent
	}
	if m := bloggerLink.FindStringSubmatch(bloggerLinkOf(n, "related")); m != nil {
		parent = m[1]
	}
	return post, parent
}

// bloggerRemoved says whether a comment's text was taken away.
func bloggerRemoved(n *node) bool {
	for _, c := range n.children {
		if c.name.Local == "extendedProperty" && c.attr("name") == "blogger.contentRemoved" {
			return true
		}
	}
	return false
}

// judgeBlogger reads what became of a comment. The states are the API's (LIVE,
// PENDING, SPAM, EMPTIED), also with _COMMENT behind them.
func (it *item) judgeBlogger(n *node) {
	switch status := strings.TrimSuffix(strings.ToUpper(n.textOf("status")), "_COMMENT"); status {
	case "":
		it.past.Choice = moderation.ChooseApprove
		if strings.EqualFold(n.child("control").textOf("draft"), "yes") {
			it.past.Choice, it.fate = "", fatePending
		}
	case "LIVE":
		it.past.Choice = moderation.ChooseApprove
	case "SPAM":
		it.past.Choice = moderation.ChooseSpam
	case "PENDING", "DRAFT":
		it.fate = fatePending
	case "EMPTIED", "DELETED", "REMOVED", "TRASHED", "SOFT_TRASHED":
		it.fate = fateDeleted
	default:
		if it.err == nil {
			it.err = fmt.Errorf("blogger:status is %s, none of LIVE, PENDING, SPAM, EMPTIED", quoted(status))
		}
	}
}
