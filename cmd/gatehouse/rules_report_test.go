package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// judgeMain is a command of the scripts: it reads comments, one a line, and has them
// judged and kept as the service does, with what a moderator then decides.
func judgeMain() {
	a := &app{ctx: context.Background(), now: time.Now}
	if err := judge(a, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(a *app, name string) error {
	flags := databaseFlags{}
	conf, err := flags.config()
	if err != nil {
		return err
	}
	db, err := flags.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // a test's
	j, err := newJudges(conf.Rules)
	if err != nil {
		return err
	}
	site, err := db.Site(a.ctx, name)
	if err != nil {
		return err
	}
	service := &moderation.Service{Ledger: db, Records: db, Blogs: db, History: db, Checkers: j.checkers(), Bell: &moderation.Bell{}, Now: a.now, Log: quietLog()}
	for lines := json.NewDecoder(os.Stdin); ; {
		var line struct{ ID, Body, Author, Decision string }
		if err := lines.Decode(&line); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		arrival := platform.Arrival(moderation.FormatText, line.Body)
		arrival.Site, arrival.Comment.PlatformID, arrival.Author.Name = site, line.ID, line.Author
		r, err := service.Submit(a.ctx, arrival)
		if err == nil && line.Decision != "" {
			_, err = service.Decide(a.ctx, moderation.Order{Comment: r.Comment, Choice: moderation.Choice(line.Decision), By: operator(), Via: "cli"})
		}
		if err != nil {
			return err
		}
	}
}
