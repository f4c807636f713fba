package main

import (
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"gatehouse/internal/moderation"
)

// statsCmd counts what became of comments.
type statsCmd struct {
	databaseFlags
	Since string `default:"7d" placeholder:"TIME" help:"How far back: 24h, 7d (${default}); 90 days at most."`
	Site  string `placeholder:"NAME" help:"Only this blog's."`
	JSON  bool   `help:"Print JSON, one day a line."`
}

// dayJSON is a day as stats prints it with --json.
type dayJSON struct {
	Day          string `json:"day"` // of the machine's time zone
	Comments     int    `json:"comments"`
	Published    int    `json:"published"` // without a question
	Held         int    `json:"held"`
	Rejected     int    `json:"rejected"` // by rules
	HeldApproved int    `json:"held_approved"`
	HeldRejected int    `json:"held_rejected"`
	Waiting      int    `json:"waiting"`
	TakenDown    int    `json:"taken_down"`     // published, and rejected by a person
	MedianWait   *int64 `json:"median_wait_ms"` // of what was held that day and is decided; null: nothing
}

// Run prints a line a day and their sum.
func (c *statsCmd) Run(a *app) error {
	span, err := moderation.ParseSpan(c.Since)
	if err != nil {
		return usageError{fmt.Errorf("count comments: --since: %w", err)}
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	sites, err := sitesNamed(a, db, c.Site)
	if err != nil {
		return err
	}
	days, err := db.Days(a.ctx, sites, a.now().Add(-span), time.Local)
	if err != nil {
		return err
	}
	if c.JSON {
		for _, d := range days {
			if err := printJSONLine(a.stdout, newDayJSON(d)); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "day\tpublished\trejected\theld\tthen approved\tthen rejected\tstill waiting\ttaken down\tmedian wait\t")
	var sum moderation.Day
	for _, d := range days {
		fmt.Fprintf(w, "%s\t%s\t\n", d.Start.Format("2006-01-02"), dayCells(d))
		sum = addDay(sum, d)
	}
	fmt.Fprintf(w, "all\t%s\t\n", dayCells(sum))
	return w.Flush()
}

func newDayJSON(d moderation.Day) dayJSON {
	out := dayJSON{Day: d.Start.Format("2006-01-02"), Comments: d.Approved + d.Held + d.Rejected, Published: d.Approved, Held: d.Held, Rejected: d.Rejected,
		HeldApproved: d.HeldApproved, HeldRejected: d.HeldRejected, Waiting: d.Waiting, TakenDown: d.TakenDown}
	if wait, ok := median(d.Answered); ok {
		ms := wait.Milliseconds()
		out.MedianWait = &ms
	}
	return out
}

// dayCells are the numbers of a day.
func dayCells(d moderation.Day) string {
	wait := "-"
	if m, ok := median(d.Answered); ok {
		wait = moderation.FormatSpan(m.Round(time.Second))
	}
	return fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s", d.Approved, d.Rejected, d.Held, d.HeldApproved, d.HeldRejected, d.Waiting, d.TakenDown, wait)
}

// addDay adds the numbers of a day to a sum.
func addDay(sum, d moderation.Day) moderation.Day {
	sum.Approved += d.Approved
	sum.Held += d.Held
	sum.Rejected += d.Rejected
	sum.HeldApproved += d.HeldApproved
	sum.HeldRejected += d.HeldRejected
	sum.Waiting += d.Waiting
	sum.TakenDown += d.TakenDown
	sum.Answered = append(sum.Answered, d.Answered...)
	slices.Sort(sum.Answered)
	return sum
}

// median returns the middle of ascending times, false where there is none.
func median(sorted []time.Duration) (time.Duration, bool) {
	if len(sorted) == 0 {
		return 0, false
	}
	return sorted[len(sorted)/2], true
}
