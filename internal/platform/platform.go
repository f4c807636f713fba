// Package platform speaks with blogs: each platform has one file that parses
// what it sends and tells it what was decided. Our own webhook, by which any
// blog can be connected, is [Webhook]; decisions go back through the
// [Teller].
//
// The package judges nothing and stores nothing; package web mounts its handlers
// and turns their errors into answers.
package platform

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/moderation"
)

// Sites finds sites by name, with their secrets; moderation.ErrNotFound where
// there is none.
type Sites interface {
	Site(ctx context.Context, name string) (moderation.Site, error)
}

// Gate takes what the platforms' doors let in.
type Gate interface {
	Submit(context.Context, moderation.Arrival) (moderation.Receipt, error)
	Withdraw(context.Context, moderation.Withdrawal) (moderation.Receipt, error)
}

// Desk takes over what was decided on the blog itself.
type Desk interface {
	DecideOnBlog(context.Context, moderation.BlogOrder) (moderation.Outcome, error)
}

// Archive keeps a blog's history.
type Archive interface {
	Import(ctx context.Context, site moderation.Site, history []moderation.Past) (added int, err error)
}

// Platform is one kind of blog: a row of the table that [Platforms] returns.
type Platform struct {
	Name  string // what stands in `sites add --platform`
	Title string // what people call it
	Page  string // of docs/blogs
}

// Platforms returns the table of the platforms that have a file here.
func Platforms() []Platform {
	return []Platform{
		{"webhook", "any blog, by signed webhook", "webhook.md"},
		{"akismet", "any client of Akismet's protocol", "akismet.md"},
		{BloggerName, "Blogger", "blogger.md"},
		{WordPress, "WordPress, by our plugin or its REST API", "wordpress.md"},
	}
}

// Arrival returns the arrival of a comment of which only the body is known.
func Arrival(format moderation.Format, body string) moderation.Arrival {
	return moderation.Arrival{Comment: moderation.Comment{Body: body, Format: format, Text: plain(format, body)}}
}

// KnownNames returns the names of the platforms.
func KnownNames() []string {
	var names []string
	for _, p := range Platforms() {
		names = append(names, p.Name)
	}
	return names
}

// CheckName refuses platforms that have no file here, with
// moderation.ErrInvalid.
func CheckName(name string) error {
	if known := KnownNames(); !slices.Contains(known, name) {
		return fmt.Errorf("%w: platform %q is not known; known: %s", moderation.ErrInvalid, name, strings.Join(known, ", "))
	}
	return nil
}
