// Package platform speaks with blogs: each platform has one file that parses
// what it sends and tells it what was decided. Our own webhook, by which any
// blog can be connected, is [Webhook]; decisions go back through [Callback].
//
// The package judges nothing and stores nothing; package web mounts its handlers
// and turns their errors into answers.
package platform

import (
	"context"
	"fmt"

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

// Arrival returns the arrival of a comment of which only the body is known.
func Arrival(format moderation.Format, body string) moderation.Arrival {
	return moderation.Arrival{Comment: moderation.Comment{Body: body, Format: format, Text: plain(format, body)}}
}

// CheckName refuses platforms that have no file here, with
// moderation.ErrInvalid.
func CheckName(name string) error {
	if name != "webhook" {
		return fmt.Errorf("%w: platform %q is not known; known: webhook", moderation.ErrInvalid, name)
	}
	return nil
}
