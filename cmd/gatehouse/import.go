package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
	"gatehouse/training/history"
)

const (
	// importBatch is how many comments are written in one transaction.
	importBatch = 500
	// importPause is left between two of them, for a service on the same database
	// to write, too.
	importPause = 10 * time.Millisecond
)

// importCmd brings a blog's history in.
type importCmd struct {
	databaseFlags
	Format string `arg:"" enum:"wordpress,blogger,disqus,csv,jsonl" help:"wordpress, blogger, disqus, csv or jsonl."`
	File   string `arg:"" help:"What the blog exported, plain or gzipped; - is standard input. For blogger also Takeout's folder or .zip."`

	Site     string            `required:"" placeholder:"NAME" help:"The blog that it is the history of."`
	DryRun   bool              `help:"Say what would be added, and add nothing."`
	Strict   bool              `help:"End at the first comment that can't be kept, instead of leaving it out."`
	All      string            `enum:",approve,spam,abuse,reject" default:"" placeholder:"DECISION" help:"For csv and jsonl: what became of comments of which the file does not say it: approve, spam, abuse or reject."`
	Columns  map[string]string `mapsep:"," placeholder:"FIELD=NAME" help:"For csv: columns that have names of their own, as body=Comment,author=Name."`
	Encoding string            `placeholder:"NAME" help:"How the file is written, such as windows-1252; else what it says of itself, else UTF-8."`
	Teach    int               `default:"10000" placeholder:"N" help:"Of how many comments of each label, the newest, the classifier learns (${default}); the others are kept all the same."`
	Blog     string            `placeholder:"NAME" help:"For blogger: which of the blogs in the Takeout folder."`
	JSON     bool              `help:"Print JSON."`
}

// Help says what is taken.
func (importCmd) Help() string {
	return `What was published is taken for ok, what was spam for spam, and what was in the trash for rejected, which teaches nothing. What waits for a decision or was deleted is left out. Of a long history the newest 10,000 comments of each label teach the classifier; the others are kept all the same. Comments that the blog has already are left alone, so the same file twice changes nothing, and an import that was ended goes on where it was. A service may run meanwhile. Afterwards gatehouse retrain says what was gained. See docs/history.md.`
}

// importOutput is what import prints as JSON.
type importOutput struct {
	Site     string        `json:"site"`
	File     string        `json:"file"`
	DryRun   bool          `json:"dry_run"`
	Added    int64         `json:"added"` // or would be, in a dry run
	By       choiceCounts  `json:"decisions"`
	From     time.Time     `json:"from,omitzero"` // of what was added
	To       time.Time     `json:"to,omitzero"`
	Taught   labelCounts   `json:"taught"` // lessons, of the newest
	Known    int64         `json:"known"`  // the blog has them already, or they stand twice in the file
	Pending  int64         `json:"pending"`
	Deleted  int64         `json:"deleted"`
	Other    int64         `json:"other"`
	Purged   int64         `json:"purged"`
	Bad      int64         `json:"bad"`
	BadItems []history.Bad `json:"bad_items"` // the first ones
	Odd      int64         `json:"replaced_characters"`
}

// choiceCounts counts comments by what became of them.
type choiceCounts struct {
	Approve int64 `json:"approve"`
	Spam    int64 `json:"spam"`
	Abuse   int64 `json:"abuse"`
	Reject  int64 `json:"reject"`
}

func (n *choiceCounts) count(c moderation.Choice) {
	switch c {
	case moderation.ChooseApprove:
		n.Approve++
	case moderation.ChooseSpam:
		n.Spam++
	case moderation.ChooseAbuse:
		n.Abuse++
	case moderation.ChooseReject:
		n.Reject++
	}
}

// Run reads the file to its end, or as far as it can be read.
func (c *importCmd) Run(a *app) error {
	if c.Teach < 0 {
		return usagef("--teach %d: it must be 0 or more", c.Teach)
	}
	if len(c.Columns) > 0 && c.Format != "csv" {
		return usagef("--columns is for csv, not for %s", c.Format)
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	site, err := db.Site(a.ctx, c.Site)
	if err != nil {
		return err
	}
	w := &importer{a: a, db: db, site: site, out: importOutput{Site: site.Name, File: c.File, DryRun: c.DryRun},
		service: &moderation.Service{Archive: db, Now: a.now, Bell: &moderation.Bell{}, Log: quietLog()}}
	progress := a.progress("reading " + c.File)
	opts := history.Options{Strict: c.Strict, Choice: moderation.Choice(c.All), Columns: c.Columns, Encoding: c.Encoding,
		Blog: c.Blog, Stdin: a.stdin, Progress: progress.bytes}
	stats, err := history.Read(a.ctx, c.Format, c.File, opts, w.take)
	if last := w.write(); err == nil || !errors.Is(last, context.Canceled) {
		err = errors.Join(err, last)
	}
	progress.close()
	if !c.DryRun && a.ctx.Err() == nil {
		taught, failed := db.TeachHistory(a.ctx, site, c.Teach)
		w.out.Taught = newLabelCounts(taught)
		err = errors.Join(err, failed)
	}
	return c.tell(a, w.result(stats), err)
}

// importer writes comments into the database, many at a time.
type importer struct {
	a       *app
	db      *store.DB
	site    moderation.Site
	service *moderation.Service
	batch   []moderation.Past
	out     importOutput
}

// take keeps a comment until there are enough for a transaction.
func (w *importer) take(p moderation.Past) error {
	p.Untaught = true // until the newest are known
	if w.batch = append(w.batch, p); len(w.batch) < importBatch {
		return nil
	}
	if err := w.write(); err != nil {
		return err
	}
	if !w.out.DryRun {
		sleep(w.a.ctx, importPause)
	}
	return nil
}

// write writes what take has kept, but for what the blog has already.
func (w *importer) write() error {
	ids := make([]string, len(w.batch))
	for i, p := range w.batch {
		ids[i] = p.Arrival.Comment.PlatformID
	}
	known, err := w.db.Known(w.a.ctx, w.site.ID, ids)
	if err != nil {
		return err
	}
	fresh := slices.DeleteFunc(w.batch, func(p moderation.Past) bool { return known[p.Arrival.Comment.PlatformID] })
	added := len(fresh)
	if !w.out.DryRun && len(fresh) > 0 {
		if added, err = w.service.Import(w.a.ctx, w.site, fresh); err != nil {
			return err
		}
	}
	w.out.Known += int64(len(ids) - added)
	w.out.Added += int64(added)
	for _, p := range fresh {
		w.out.By.count(p.Choice)
		w.out.span(p.Arrival.Comment.CreatedAt)
	}
	clear(w.batch[:len(ids)]) // their texts may go
	w.batch = w.batch[:0]
	return nil
}

// span widens the time that the import covers.
func (o *importOutput) span(t time.Time) {
	if t.IsZero() {
		return
	}
	if o.From.IsZero() || t.Before(o.From) {
		o.From = t
	}
	if t.After(o.To) {
		o.To = t
	}
}

// result adds what was left out.
func (w *importer) result(s history.Stats) *importOutput {
	o := &w.out
	o.Known += s.Repeated
	o.Pending, o.Deleted, o.Other, o.Purged, o.Bad, o.Odd = s.Pending, s.Deleted, s.Other, s.Purged, s.Bad, s.Odd
	o.BadItems = append([]history.Bad{}, s.BadItems...)
	return o
}

// tell prints what was read, and returns what ended it early, or that there was
// nothing.
func (c *importCmd) tell(a *app, out *importOutput, err error) error {
	left := fmt.Sprintf("%d comments are in; the same command goes on from there", out.Added)
	err = a.interrupted(err, left)
	if out.Bad > 0 {
		fmt.Fprintf(a.stderr, "left out %d that can't be kept:\n", out.Bad)
		for _, bad := range out.BadItems {
			fmt.Fprintf(a.stderr, "  %s\n", bad)
		}
		if rest := out.Bad - int64(len(out.BadItems)); rest > 0 {
			fmt.Fprintf(a.stderr, "  and %d more\n", rest)
		}
	}
	if out.Odd > 0 {
		fmt.Fprintf(a.stderr, "%d bytes were no text and stand as a blank or a question mark; if many, name the file's encoding with --encoding\n", out.Odd)
	}
	readable := out.Added + out.Known + out.Pending + out.Deleted + out.Other + out.Purged
	if readable == 0 {
		if err == nil {
			err = fmt.Errorf("read %s: no comment in it", c.File)
		}
		return err
	}
	if c.JSON {
		return errors.Join(err, printJSON(a.stdout, out))
	}
	if failed := out.print(a.stdout); failed != nil || err != nil {
		return errors.Join(err, failed)
	}
	if out.Added > 0 && !out.DryRun {
		fmt.Fprintf(a.stderr, "gatehouse retrain --site %s says what was gained\n", out.Site)
	}
	return nil
}

// print writes what was read for people.
func (o *importOutput) print(w io.Writer) error {
	var b strings.Builder
	done := "added"
	if o.DryRun {
		done = "would be added"
	}
	fmt.Fprintf(&b, "%s: %d comments %s: %d published, %d spam", o.Site, o.Added, done, o.By.Approve, o.By.Spam)
	if o.By.Abuse > 0 {
		fmt.Fprintf(&b, ", %d abuse", o.By.Abuse)
	}
	fmt.Fprintf(&b, ", %d rejected", o.By.Reject)
	if !o.From.IsZero() {
		fmt.Fprintf(&b, "; from %s to %s", o.From.Format(time.DateOnly), o.To.Format(time.DateOnly))
	}
	b.WriteByte('\n')
	if t := o.Taught; t.OK+t.Spam+t.Abuse > 0 {
		fmt.Fprintf(&b, "learned from: %d ok, %d spam, %d abuse\n", t.OK, t.Spam, t.Abuse)
	}
	for _, left := range []struct {
		count int64
		why   string
	}{
		{o.Known, "known already"},
		{o.Pending, "waiting for a decision"},
		{o.Deleted, "deleted"},
		{o.Other, "not of readers (notes of plugins)"},
		{o.Purged, "whose text was purged"},
		{o.Bad, "that can't be kept"},
	} {
		if left.count > 0 {
			fmt.Fprintf(&b, "left out: %d %s\n", left.count, left.why)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
