package main

import (
	"bufio"
	"fmt"
	"html"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// exportAtOnce is how many comments are read in one go.
const exportAtOnce = 500

// exportCmd writes out what is known of comments.
type exportCmd struct {
	databaseFlags
	Site   string `placeholder:"NAME" help:"This blog only; else all of them."`
	Author string `placeholder:"WHO" help:"Instead, all that is held on a person, for them to read: id:17, an e-mail or network address, a name, or comment:17 for its author."`
}

// Help says what comes out.
func (exportCmd) Help() string {
	return `One JSON object a line on standard output: each comment's newest revision as the webhook takes it, with its status and the decision that stands. gatehouse import jsonl takes it back, but for comments whose text was purged. E-mails and addresses are kept as hashes only, so they are not in it. With --author one JSON object with all that is held on a person, hashes included, and nothing of others; docs/privacy.md.`
}

// exportLine is a comment as export writes it.
type exportLine struct {
	Site      string            `json:"site"`
	ID        string            `json:"id"`
	UpdatedAt time.Time         `json:"updated_at,omitzero"`
	Post      exportPost        `json:"post"`
	ParentID  string            `json:"parent_id"`
	Parent    exportParent      `json:"parent"`
	Author    exportAuthor      `json:"author"`
	Body      string            `json:"body"`
	Format    moderation.Format `json:"format"`
	CreatedAt time.Time         `json:"created_at,omitzero"`
	Status    moderation.Status `json:"status"`
	Decision  moderation.Choice `json:"decision,omitempty"`
	DecidedBy string            `json:"decided_by,omitempty"`
	DecidedAt time.Time         `json:"decided_at,omitzero"`
	PurgedAt  time.Time         `json:"purged_at,omitzero"` // when the text was, which is empty then
}

type exportPost struct {
	ID          string    `json:"id"`
	URL         string    `json:"url"`
	Title       string    `json:"title"`
	PublishedAt time.Time `json:"published_at,omitzero"`
}

type exportParent struct {
	Author string `json:"author"`
	Body   string `json:"body"` // in the comment's format
}

type exportAuthor struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	URL       string `json:"url"`
	UserAgent string `json:"user_agent"`
	Role      string `json:"role"`
}

// Run writes all comments in the order in which they came.
func (c *exportCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	if c.Author != "" {
		return c.exportAuthor(a, db)
	}
	sites, err := chosenSites(a, db, c.Site)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(a.stdout)
	for _, s := range sites {
		if err := exportSite(a, db, s, out); err != nil {
			return err
		}
	}
	return out.Flush()
}

// exportAuthor writes what is held on a person.
func (c *exportCmd) exportAuthor(a *app, db *store.DB) error {
	whom, err := moderation.ParseWhom(c.Author)
	if err != nil {
		return usageError{fmt.Errorf("export author: %w", err)}
	}
	site, err := siteOfWhom(a, db, whom, c.Site)
	if err != nil {
		return err
	}
	held, err := db.Dossier(a.ctx, whom, site.ID)
	if err != nil {
		return err
	}
	if held.Held.IsNothing() {
		fmt.Fprintf(a.stderr, "nothing is kept of %s; what was purged of a person can't be found by it\n", oneLine(c.Author))
	}
	return printJSON(a.stdout, held)
}

// exportSite writes the comments of one blog.
func exportSite(a *app, db *store.DB, s moderation.Site, out *bufio.Writer) error {
	for last := moderation.CommentID(0); ; {
		views, err := db.CommentsAfter(a.ctx, s.ID, last, exportAtOnce)
		if err != nil {
			return err
		}
		for i := range views {
			if err := printJSONLine(out, newExportLine(&views[i])); err != nil {
				return err
			}
			last = views[i].Comment.ID
		}
		if len(views) < exportAtOnce {
			return nil
		}
	}
}

func newExportLine(v *moderation.CaseView) exportLine {
	c := v.Comment
	l := exportLine{Site: v.Site.Name, ID: c.PlatformID, UpdatedAt: c.UpdatedAt, Post: exportPost(v.Post), ParentID: c.ParentID,
		Parent: exportParent{v.Parent.Author, v.Parent.Text},
		Author: exportAuthor{v.Author.ID, v.Author.Name, v.Author.URL, v.Author.UserAgent, v.Author.Role},
		Body:   c.Body, Format: c.Format, CreatedAt: c.CreatedAt, Status: v.Status, PurgedAt: c.PurgedAt}
	if c.Format == moderation.FormatHTML {
		l.Parent.Body = strings.ReplaceAll(html.EscapeString(v.Parent.Text), "\n", "<br>")
	}
	if d := v.Decision; d != nil && d.After == v.Status {
		l.Decision, l.DecidedBy, l.DecidedAt = d.Choice, d.By.String(), d.At
	}
	return l
}
