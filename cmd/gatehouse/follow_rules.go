package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/rules"
)

// toldMistakes is how many mistakes of a book a warning names.
const toldMistakes = 3

// retellEvery is how long the moderators' chat is left alone after it could not be
// told of the rule book.
const retellEvery = 5 * time.Second

// followRules takes up changes of the rule book's files until ctx ends, and says
// what came of each: in the log and in the moderators' chat. The signal SIGHUP has
// the files read at once.
func (g *gate) followRules(ctx context.Context) {
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	news := make(chan string, 100)
	var herald sync.WaitGroup
	herald.Go(func() { g.tellModerators(ctx, news) })
	defer herald.Wait()
	g.rules.Watch(ctx, again, func(c rules.Change) {
		version, size := c.Book.Version(), c.Book.Size()
		switch {
		case c.Err != nil:
			g.log.Error("the rule book was changed and has a mistake: the one before stays in force", "rules", version, "err", c.Err)
		default:
			g.log.Info("the rule book was changed and is in force", "rules", version, "count", size.Rules, "mended", c.Mended)
		}
		words := newsOf(c)
		if words == "" || g.bot == nil {
			return
		}
		select {
		case news <- words:
		default: // nobody reads a hundred of them
		}
	})
}

// newsOf returns what moderators are told of a change; "" for one that went well
// as the ones before.
func newsOf(c rules.Change) string {
	switch {
	case c.Err != nil:
		return fmt.Sprintf("The rule book was changed and has a mistake. Comments are judged by the one before (%s) until it is mended.\n%s",
			c.Book.Version(), strings.Join(mistakes(c.Err), "\n"))
	case c.Mended:
		return fmt.Sprintf("The rule book is mended: %d rules are in force (%s).", c.Book.Size().Rules, c.Book.Version())
	}
	return ""
}

// tellModerators sends news to the moderators' chat, one after another, each until
// Telegram takes it or refuses it for good.
func (g *gate) tellModerators(ctx context.Context, news <-chan string) {
	for {
		select {
		case <-ctx.Done():
			return
		case words := <-news:
			for ctx.Err() == nil {
				again, err := g.bot.Tell(ctx, words)
				if err == nil || ctx.Err() != nil {
					break
				}
				g.log.Warn("moderators not told of the rule book", "again", again, "err", err)
				if !again {
					break
				}
				sleep(ctx, retellEvery)
			}
		}
	}
}

// rulesWarnings are what /readyz says of the rule book.
func (g *gate) rulesWarnings() []string {
	err := g.rules.Err()
	if err == nil {
		return nil
	}
	return []string{fmt.Sprintf("rules: version %s stays in force, for the changed files have a mistake: %s",
		g.rules.Book().Version(), strings.Join(mistakes(err), "; "))}
}

// mistakes returns what is wrong with a book, each with file and line, and without
// showing what else is in the files or where they are.
func mistakes(err error) []string {
	var found []string
	all := rules.Errors(err)
	for _, e := range all[:min(len(all), toldMistakes)] {
		found = append(found, fmt.Sprintf("%s:%d:%d: %s", filepath.Base(e.File), e.Line, e.Column, e.Message))
	}
	if more := len(all) - toldMistakes; more > 0 {
		found = append(found, fmt.Sprintf("and %d more", more))
	}
	if len(found) == 0 {
		found = []string{oneLine(err.Error())}
	}
	return found
}

var _ moderation.Checker = (*rules.Live)(nil)
