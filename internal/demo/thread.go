package demo

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"
)

// deepest is how many steps replies are set in; deeper ones stay at that step.
const deepest = 3

// hues is how many colours there are for the pictures of writers.
const hues = 8

// thread is what one reader sees below an article.
type thread struct {
	Slug     string
	Heading  string
	Comments []*remark
}

// remark is a comment as one reader sees it.
type remark struct {
	ID      string
	Slug    string
	Author  string
	Initial string
	Hue     uint32 // of the picture, below hues
	Host    bool
	Text    string
	At      time.Time
	When    string // At, for people
	State   state
	Mine    bool
	Gone    bool   // not for this reader, and kept in place for the sake of its replies
	Note    string // what its writer is told of it
	Version string // another one when the remark looks different
	Step    int    // how far it is set in
	Replies []*remark
}

// CanReply says whether the remark may be answered.
func (m *remark) CanReply() bool { return m.State == published && !m.Gone }

// threadFor returns the comments below the article called slug as writer sees
// them: newest first, the replies to each in the order in which they came.
func threadFor(l ledger, slug, writer string, now time.Time) thread {
	t := thread{Slug: slug}
	all := make(map[string]*remark, len(l.Comments))
	count := 0
	for _, c := range l.Comments {
		if c.Post != slug {
			continue
		}
		if c.State == published {
			count++
		}
		m := remarkOf(c, writer, now)
		all[c.ID] = m
		if parent := all[c.Parent]; parent != nil {
			m.Step = min(parent.Step+1, deepest)
			parent.Replies = append(parent.Replies, m)
		} else {
			t.Comments = append(t.Comments, m)
		}
	}
	t.Comments = visible(t.Comments)
	slices.Reverse(t.Comments)
	t.Heading = counted(count)
	return t
}

// visible leaves out what is gone and has no reply to be seen.
func visible(remarks []*remark) []*remark {
	return slices.DeleteFunc(remarks, func(m *remark) bool {
		m.Replies = visible(m.Replies)
		return m.Gone && len(m.Replies) == 0
	})
}

// remarkOf returns c as writer sees it, without its replies.
func remarkOf(c comment, writer string, now time.Time) *remark {
	mine := writer != "" && c.Writer == writer
	m := &remark{ID: c.ID, Slug: c.Post, State: c.State, Mine: mine, Gone: c.State != published && !mine,
		Version: fmt.Sprintf("%s-%d-%t", c.State, c.Seq, mine)}
	if m.Gone {
		m.Note = "This comment was taken down by a moderator."
		if c.State != refused {
			m.Note = "This comment is awaiting moderation."
		}
		return m
	}
	m.Author, m.Initial, m.Hue, m.Host = c.Author, initialOf(c.Author), hueOf(c.Author), c.Host
	m.Text, m.At, m.When = c.Text, c.At, when(c.At, now)
	m.Note = noteFor(c)
	return m
}

// noteFor returns what the writer of c is told of it; nothing while it stands.
func noteFor(c comment) string {
	switch c.State {
	case waiting:
		return "Awaiting moderation. It could not be handed in yet; the blog tries again by itself. Only you can see it."
	case held:
		return "Awaiting moderation. For now, only you can see it."
	case refused:
		switch c.Category {
		case "spam":
			return "Not published: a moderator took it for advertising. Only you can see it."
		case "abuse":
			return "Not published: a moderator found that it attacks somebody. Only you can see it."
		}
		return "Not published. Only you can see it."
	}
	return ""
}

// counted returns how many comments there are, in words.
func counted(n int) string {
	switch n {
	case 0:
		return "No comments yet"
	case 1:
		return "1 comment"
	}
	return fmt.Sprintf("%d comments", n)
}

// when returns a moment as people write it, in the time zone of now.
func when(at, now time.Time) string {
	at = at.In(now.Location())
	days := func(t time.Time) int64 {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
	}
	switch days(now) - days(at) {
	case 0:
		return "today, " + at.Format("15:04")
	case 1:
		return "yesterday, " + at.Format("15:04")
	}
	if at.Year() == now.Year() {
		return at.Format("2 January, 15:04")
	}
	return at.Format("2 January 2006")
}

// initialOf returns the first letter of a name, for its picture.
func initialOf(name string) string {
	r, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return "?"
	}
	return string(unicode.ToUpper(r))
}

// hueOf returns the colour of a name's picture, always the same one.
func hueOf(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(cmp.Or(name, "?")))
	return h.Sum32() % hues
}
