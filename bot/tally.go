package bot

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/plot"
)

// tally is what became of the comments of some days, counted for people.
type tally struct {
	title    string // which blogs
	days     []moderation.Day
	loc      *time.Location
	sum      moderation.Day // of all days
	answered []time.Duration
}

// newTally sums up days, of which there is one at least.
func newTally(title string, days []moderation.Day, loc *time.Location) tally {
	t := tally{title: title, days: days, loc: loc}
	for _, d := range days {
		t.sum.Approved += d.Approved
		t.sum.Held += d.Held
		t.sum.Rejected += d.Rejected
		t.sum.HeldApproved += d.HeldApproved
		t.sum.HeldRejected += d.HeldRejected
		t.sum.Waiting += d.Waiting
		t.sum.TakenDown += d.TakenDown
		t.answered = append(t.answered, d.Answered...)
	}
	slices.Sort(t.answered)
	return t
}

// comments is how many came.
func (t tally) comments() int { return t.sum.Approved + t.sum.Held + t.sum.Rejected }

// namesShown is how many blogs a title names.
const namesShown = 3

// titleOf names blogs.
func titleOf(sites []moderation.Site) string {
	var names []string
	for _, s := range sites {
		names = append(names, s.Name)
	}
	if rest := len(names) - namesShown; rest > 1 {
		names = append(names[:namesShown], count(rest, "more", "more"))
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}

// period says which days, and by which clock.
func (t tally) period() string {
	first, last := t.days[0].Start.In(t.loc), t.days[len(t.days)-1].Start.In(t.loc)
	if len(t.days) == 1 {
		return last.Format("Monday, 2 January 2006") + ", " + t.loc.String()
	}
	from := "2 Jan"
	if first.Year() != last.Year() {
		from += " 2006"
	}
	return count(len(t.days), "day", "days") + ", " + first.Format(from) + " to " + last.Format("2 Jan 2006") + ", " + t.loc.String()
}

// picture draws the days.
func (t tally) picture() plot.Daily {
	d := plot.Daily{Title: t.title, Period: t.period(), Counted: "Comments a day", Timed: "Time to decision",
		Notes: []string{t.approvedAfterAll(), t.takenDown()}}
	for _, l := range []struct {
		name  string
		count func(moderation.Day) int
	}{
		{"held, then approved", func(d moderation.Day) int { return d.HeldApproved }},
		{"held, then rejected", func(d moderation.Day) int { return d.HeldRejected }},
		{"waiting", func(d moderation.Day) int { return d.Waiting }},
		{"rejected by rules", func(d moderation.Day) int { return d.Rejected }},
		{"published", func(d moderation.Day) int { return d.Approved }},
	} {
		layer := plot.Layer{Name: l.name}
		for _, day := range t.days {
			layer.Counts = append(layer.Counts, l.count(day))
		}
		d.Layers = append(d.Layers, layer)
	}
	label := "2 Jan"
	if len(t.days) <= 7 {
		label = "Mon 2"
	}
	for _, day := range t.days {
		d.Labels = append(d.Labels, day.Start.In(t.loc).Format(label))
		d.Waits = append(d.Waits, plot.Wait{Count: len(day.Answered), Median: quantile(day.Answered, 0.5), Late: quantile(day.Answered, 0.9)})
	}
	d.Labels[len(d.Labels)-1] = "today"
	return d
}

// caption says in words what the picture shows.
func (t tally) caption() *sheet {
	s := (&sheet{}).own("📊 ").bold(t.title).own(" · ", t.period(), "\n")
	if t.comments() == 0 {
		return s.own("No comments came.")
	}
	s.own(quantity(t.comments(), "comment", "comments"), ": ", plot.Thousands(t.sum.Approved), " published without a question, ",
		plot.Thousands(t.sum.Held), " held, ", plot.Thousands(t.sum.Rejected), " rejected by rules\n")
	if t.sum.Held > 0 {
		s.own("Of the held: ", plot.Thousands(t.sum.HeldApproved), " approved, ", plot.Thousands(t.sum.HeldRejected), " rejected, ",
			quantity(t.sum.Waiting, "waits", "wait"))
		if gone := t.sum.Held - t.sum.HeldApproved - t.sum.HeldRejected - t.sum.Waiting; gone > 0 {
			s.own(", ", plot.Thousands(gone), " withdrawn")
		}
		s.own("\n")
	}
	s.own(t.approvedAfterAll(), "\n", t.takenDown())
	if len(t.answered) > 0 {
		s.own("\nTime to decision: ", span(quantile(t.answered, 0.5)), " (median), 9 of 10 within ", span(quantile(t.answered, 0.9)))
	}
	return s
}

// approvedAfterAll says how often people were asked in vain.
func (t tally) approvedAfterAll() string {
	decided := t.sum.HeldApproved + t.sum.HeldRejected
	switch {
	case t.sum.Held == 0:
		return "Nothing was held."
	case decided == 0:
		return "Nothing of what was held is decided."
	}
	return "Held, and approved after all: " + share(t.sum.HeldApproved, decided, "decided")
}

// takenDown says how much slipped through, as far as people noticed.
func (t tally) takenDown() string {
	if t.sum.Approved == 0 {
		return "Nothing was published without a question."
	}
	return "Published, and taken down by a person: " + share(t.sum.TakenDown, t.sum.Approved, "published")
}

// share writes a part of a whole.
func share(part, whole int, what string) string {
	return plot.Thousands(part) + " of " + plot.Thousands(whole) + " " + what + " (" + percent(float64(part)/float64(whole)) + ")"
}

// quantity is count with commas.
func quantity(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return plot.Thousands(n) + " " + many
}

// quantile returns the smallest of ascending values that a share q of them do not
// exceed; 0 where there are none.
func quantile[T cmp.Ordered](ascending []T, q float64) (v T) {
	if len(ascending) == 0 {
		return v
	}
	return ascending[max(int(math.Ceil(q*float64(len(ascending))))-1, 0)]
}
