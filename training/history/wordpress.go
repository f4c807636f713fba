package history

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// wordPressTime is how WXR writes times; those that are called gmt are UTC.
const wordPressTime = "2006-01-02 15:04:05"

// parseWordPress reads WXR, WordPress' export, of any version (1.0 to 1.2): an RSS
// file with a wp:comment for each comment in the item of its post. WordPress'
// wp-admin/includes/export.php writes it.
func parseWordPress(r *run, in io.Reader) error {
	f, err := r.openXML(in)
	if err != nil {
		return err
	}
	if err := f.root("rss", "an export of WordPress (WXR)"); err != nil {
		return err
	}
	return f.children(func(channel xml.StartElement) error {
		if channel.Name.Local != "channel" {
			return f.skip()
		}
		return f.children(func(e xml.StartElement) error {
			if e.Name.Local != "item" {
				return f.skip()
			}
			return r.wordPressItem(f)
		})
	})
}

// wordPressItem reads a post. Its number, title and address stand before its
// comments.
func (r *run) wordPressItem(f *xmlFile) error {
	var post moderation.Post
	return f.children(func(e xml.StartElement) error {
		var into *string
		switch {
		case e.Name.Local == "comment":
			line := f.line()
			n, err := f.node(e)
			if err != nil {
				return err
			}
			return r.take(wordPressComment(n, post, line))
		case e.Name.Local == "title" && e.Name.Space == "":
			into = &post.Title
		case e.Name.Local == "link" && e.Name.Space == "":
			into = &post.URL
		case e.Name.Local == "post_id":
			into = &post.ID
		default:
			return f.skip()
		}
		n, err := f.node(e)
		if err != nil {
			return err
		}
		*into = strings.TrimSpace(n.text)
		return nil
	})
}

// wordPressComment reads a wp:comment.
func wordPressComment(n *node, post moderation.Post, line int64) item {
	it := item{line: line}
	a := &it.past.Arrival
	a.Post = post
	a.Author = moderation.Author{
		ID: zeroIsNone(n.textOf("comment_user_id")), Name: n.textOf("comment_author"), Email: n.textOf("comment_author_email"),
		URL: n.textOf("comment_author_url"), IP: text.Address(n.textOf("comment_author_IP")),
	}
	c := &a.Comment
	c.PlatformID, c.ParentID = n.textOf("comment_id"), zeroIsNone(n.textOf("comment_parent"))
	content := n.textOf("comment_content")
	c.Body, c.Format = content, moderation.FormatHTML
	c.Text = text.FromHTML(strings.ReplaceAll(content, "\n", "<br>")) // as WordPress shows it
	c.CreatedAt, it.err = readTime(noZeroDate(n.textOf("comment_date_gmt")), wordPressTime)
	if c.CreatedAt.IsZero() && it.err == nil {
		c.CreatedAt, it.err = readTime(noZeroDate(n.textOf("comment_date")), wordPressTime)
	}
	switch kind := n.textOf("comment_type"); kind {
	case "", "comment", "pingback", "trackback", "review":
		it.judgeWordPress(n.textOf("comment_approved"))
	default: // plugins keep their notes as comments: order_note, action_log, …
		it.fate = fateOther
	}
	return it
}

// judgeWordPress reads wp:comment_approved.
func (it *item) judgeWordPress(approved string) {
	switch approved {
	case "1", "approve", "approved":
		it.past.Choice = moderation.ChooseApprove
	case "spam":
		it.past.Choice = moderation.ChooseSpam
	case "trash":
		it.past.Choice = moderation.ChooseReject
	case "0", "hold":
		it.fate = fatePending
	case "post-trashed": // its post is in the trash, which says nothing of it
		it.fate = fateDeleted
	default:
		if it.err == nil {
			it.err = fmt.Errorf("wp:comment_approved is %s, none of 1, 0, spam, trash, post-trashed", quoted(approved))
		}
	}
}

// zeroIsNone is the id that WordPress writes, which is 0 for none.
func zeroIsNone(id string) string {
	if id == "0" {
		return ""
	}
	return id
}

// noZeroDate is the time that WordPress writes, which is all zeros for none.
func noZeroDate(s string) string {
	if strings.HasPrefix(s, "0000-") {
		return ""
	}
	return s
}
