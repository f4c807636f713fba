package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// historyLine is a comment of a history, with what was decided about it.
type historyLine struct {
	ID                                              string `json:"id"`
	Text                                            string `json:"text"`
	Name, Email, Account, Agent, Parent, ParentName string // of the author, and whom they answer

	Choice moderation.Choice `json:"choice"` // undo: approved, and that taken back; empty: published and left alone
}

// historyMain is a program for scripts: it writes the lines of FILE into the
// database in DIR as comments on SITE, one an hour, the last one DAYS ago.
//
//	history DIR SITE DAYS FILE
func historyMain() {
	if err := writeHistory(context.Background(), os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func writeHistory(ctx context.Context, dir, site, days, file string) error {
	lines, err := readHistory(file)
	if err != nil {
		return err
	}
	age, err := time.ParseDuration(days + "h")
	if err != nil {
		return err
	}
	now := time.Now().Add(-24*age - time.Duration(len(lines))*time.Hour)
	db, err := store.Open(ctx, dir, func() time.Time { return now })
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	s, err := db.Site(ctx, site)
	if err != nil {
		return err
	}
	for _, l := range lines {
		now = now.Add(time.Hour)
		if err := writeComment(ctx, db, s, l, now); err != nil {
			return err
		}
	}
	return nil
}

// writeComment admits a comment and decides it.
func writeComment(ctx context.Context, db *store.DB, s moderation.Site, l historyLine, now time.Time) error {
	verdict := moderation.Verdict{Action: moderation.Hold, Model: "m", Rules: "r"}
	if l.Choice == "" {
		verdict.Action = moderation.Approve
	}
	r, err := db.Admit(ctx, moderation.Admission{At: now, Verdict: verdict, Arrival: moderation.Arrival{Site: s,
		Author:  moderation.Author{ID: l.Account, Name: l.Name, Email: l.Email, UserAgent: l.Agent},
		Parent:  moderation.Parent{Author: l.ParentName},
		Comment: moderation.Comment{PlatformID: l.ID, ParentID: l.Parent, Body: l.Text, Text: l.Text, Format: moderation.FormatText}}})
	if err != nil || l.Choice == "" {
		return err
	}
	order := moderation.Order{Comment: r.Comment, Choice: l.Choice, By: operator(), Via: "cli"}
	if l.Choice == moderation.ChooseUndo {
		order.Choice = moderation.ChooseApprove
	}
	if _, err := db.Decide(ctx, order, now); err != nil || l.Choice != moderation.ChooseUndo {
		return err
	}
	_, err = db.Undo(ctx, moderation.UndoOrder{Comment: r.Comment, By: operator(), Via: "cli"}, now)
	return err
}

func readHistory(path string) ([]historyLine, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var lines []historyLine
	in := bufio.NewScanner(f)
	for in.Scan() {
		var l historyLine
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s: %w", in.Bytes(), err)
		}
		lines = append(lines, l)
	}
	return lines, in.Err()
}
