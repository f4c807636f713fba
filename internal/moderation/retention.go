package moderation

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Part is a part of what is kept, which goes after a time of its own.
type Part string

// The parts of a comment, and what is kept beside comments.
const (
	PartAgent      Part = "agent"
	PartHashes     Part = "hashes"
	PartIdentity   Part = "identity"
	PartText       Part = "text"
	PartEvidence   Part = "evidence"
	PartNotes      Part = "notes"
	PartDeliveries Part = "deliveries"
	PartMarks      Part = "marks"
	PartUsage      Part = "usage"
)

// keptStatuses are what becomes of comments, in the order of a rule's times. Of a comment
// that waits nothing is purged.
func keptStatuses() []Status { return []Status{Approved, Rejected, Withdrawn} }

// anyStatus is of parts that are kept beside comments, and of what is set for all.
const anyStatus Status = ""

// PartRule is what is said of a part: what it is, and for how long it is kept.
type PartRule struct {
	Part Part
	What string // for people
	Why  string
	// Times are the defaults: of comments by outcome, approved, rejected, withdrawn; of
	// all else one.
	Times []time.Duration
	Least time.Duration // a shorter time is refused: see Needs
	Needs string        // what looks back for so long
}

// ByOutcome says whether the part is one of comments.
func (r PartRule) ByOutcome() bool { return len(r.Times) == len(keptStatuses()) }

// PartRules are all parts with their default times.
func PartRules() []PartRule {
	const lately = "raids, ties and bans compare with the last 30 days"
	return []PartRule{
		{PartAgent, "the browser's user agent, in clear", "a moderator may ban by it", []time.Duration{90 * day, 90 * day, 30 * day}, 0, ""},
		{PartHashes, "keyed hashes of e-mail, address, address range, cookie and browser", "to tell raids and rejected writers who come again", []time.Duration{90 * day, 90 * day, 30 * day}, 30 * day, lately},
		{PartIdentity, "the keyed hash by which an author is known again", "trust and standing", []time.Duration{730 * day, 365 * day, 30 * day}, 30 * day, lately},
		{PartText, "text, author's name, page, account and role, what was answered, words and hashes to find it by", "moderators look it up, repeated spam is recognised, models are made", []time.Duration{730 * day, 180 * day, 30 * day}, 0, ""},
		{PartEvidence, "the words of the comment that weighed, and the details of reasons", "why it was judged so", []time.Duration{180 * day, 180 * day, 30 * day}, 0, ""},
		{PartNotes, "moderators' notes, also those on decisions", "for the other moderators", []time.Duration{730 * day, 365 * day, 30 * day}, 0, ""},
		{PartDeliveries, "what blogs were told, or could not be told", "to look into failures", []time.Duration{30 * day}, day, "a blog's echo is recognised by it"},
		{PartMarks, "bans, trusts and changes of mode that have ended", "to see who did what", []time.Duration{365 * day}, 0, ""},
		{PartUsage, "what clients of an Akismet key asked, by day and blog", "to see which blogs use it", []time.Duration{400 * day}, 0, ""},
	}
}

// Retention says for how long each part is kept: the defaults, but for what is set. 0
// means for good.
type Retention map[Part]map[Status]time.Duration

// DefaultRetention is what holds where nothing is set.
func DefaultRetention() Retention {
	r := Retention{}
	for _, rule := range PartRules() {
		r[rule.Part] = map[Status]time.Duration{}
		if !rule.ByOutcome() {
			r[rule.Part][anyStatus] = rule.Times[0]
			continue
		}
		for i, o := range keptStatuses() {
			r[rule.Part][o] = rule.Times[i]
		}
	}
	return r
}

// Set has a part, of comments of a status or with none of each, kept for as long
// as somebody wrote: see [ParseKeeping].
func (r Retention) Set(part Part, o Status, value string) error {
	rules := PartRules()
	at := slices.IndexFunc(rules, func(rule PartRule) bool { return rule.Part == part })
	if at < 0 {
		return fmt.Errorf("%w: there is no part %q: they are %s", ErrInvalid, part, partNames())
	}
	rule := rules[at]
	d, err := ParseKeeping(value)
	if err != nil {
		return err
	}
	if d != 0 && d < rule.Least {
		return fmt.Errorf("%w: %s is kept for %s at least: %s", ErrInvalid, part, FormatSpan(rule.Least), rule.Needs)
	}
	switch _, known := r[part][o]; {
	case o == anyStatus:
		for o := range r[part] {
			r[part][o] = d
		}
	case !known:
		return fmt.Errorf("%w: %s has no time for %q: it takes approved, rejected and withdrawn if it is a part of comments, else one time", ErrInvalid, part, o)
	default:
		r[part][o] = d
	}
	return nil
}

func partNames() string {
	var names []string
	for _, rule := range PartRules() {
		names = append(names, string(rule.Part))
	}
	return strings.Join(names, ", ")
}

// ParseKeeping reads for how long something is kept: a time as [ParseSpan] takes it, or
// never, 0 or off: it is never purged, which is 0.
func ParseKeeping(s string) (time.Duration, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "never", "0", "off":
		return 0, nil
	}
	d, err := ParseSpan(s)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is neither a time such as 90d nor never", ErrInvalid, s)
	}
	return d, nil
}

// FormatKeeping writes d as [ParseKeeping] reads it.
func FormatKeeping(d time.Duration) string {
	if d == 0 {
		return "never"
	}
	return FormatSpan(d)
}

// Due is what is to be purged: a part of what last changed before a time.
type Due struct {
	Site   SiteID // 0: the part is kept beside comments
	Part   Part
	Status Status
	Before time.Time
}

// Purged is what became of it.
type Purged struct {
	Rows    int  // purged
	Waiting int  // not purged yet, for somebody or something waits for it
	More    bool // there may be more to do
}

// PurgeStore forgets what is due, a little at a time.
type PurgeStore interface {
	// PurgeSites returns all sites of which something is kept, removed ones too.
	PurgeSites(context.Context) ([]SiteID, error)
	// Purge forgets some of what is due. The features of lessons whose text goes are
	// made by f.
	Purge(ctx context.Context, due Due, f Featurer) (Purged, error)
	// CountDue says how much Purge would forget, and forgets nothing.
	CountDue(context.Context, Due) (Purged, error)
}

// Purger keeps what is kept within its times.
type Purger struct {
	Store     PurgeStore
	Times     PurgeTimes // for RunUnattended
	Featurer  Featurer
	Retention Retention
	Now       Clock
	Log       *slog.Logger
	// Pause waits between two transactions, so that comments get theirs, for about as
	// long as the one before took; nil: it does not.
	Pause func(context.Context, time.Duration)

	doubted doubtedClock
}

// PurgeResult is what was purged of one part and outcome.
type PurgeResult struct {
	Site   SiteID
	Part   Part
	Status Status
	Purged
}

// Plan returns what is due, of one site or with 0 of all.
func (p *Purger) Plan(ctx context.Context, site SiteID) ([]Due, error) {
	sites := []SiteID{site}
	var err error
	if site == 0 {
		if sites, err = p.Store.PurgeSites(ctx); err != nil {
			return nil, fmt.Errorf("plan purge: %w", err)
		}
	}
	var plan []Due
	add := func(site SiteID, part Part, o Status) {
		if d := p.Retention[part][o]; d > 0 {
			plan = append(plan, Due{site, part, o, p.Now().Add(-d)})
		}
	}
	for _, rule := range PartRules() {
		switch {
		case rule.ByOutcome():
			for _, id := range sites {
				for _, o := range keptStatuses() {
					add(id, rule.Part, o)
				}
			}
		case site == 0:
			add(0, rule.Part, anyStatus)
		}
	}
	return plan, nil
}

// Run purges what is due, of one site or with 0 of all, and tells what it did, also
// where it ends early. What it did not come to is due still.
func (p *Purger) Run(ctx context.Context, site SiteID) ([]PurgeResult, error) {
	plan, err := p.Plan(ctx, site)
	if err != nil {
		return nil, err
	}
	var results []PurgeResult
	for _, due := range plan {
		sum, err := p.purge(ctx, due)
		if sum.Rows+sum.Waiting > 0 {
			results = append(results, PurgeResult{due.Site, due.Part, due.Status, sum})
		}
		if sum.Rows > 0 {
			p.Log.Info("purged", "part", due.Part, "status", due.Status, "site", due.Site, "rows", sum.Rows, "waiting", sum.Waiting, "before", due.Before.UTC())
		}
		if err != nil {
			return results, err
		}
	}
	return results, nil
}

func (p *Purger) purge(ctx context.Context, due Due) (sum Purged, err error) {
	for more := true; more; {
		began := time.Now()
		done, err := p.Store.Purge(ctx, due, p.Featurer)
		if err != nil {
			return sum, fmt.Errorf("purge %s: %w", due.Part, err)
		}
		sum.Rows, sum.Waiting, more = sum.Rows+done.Rows, done.Waiting, done.More
		if more && p.Pause != nil {
			p.Pause(ctx, time.Since(began))
		}
	}
	return sum, nil
}

// Count says how much Run would purge.
func (p *Purger) Count(ctx context.Context, site SiteID) ([]PurgeResult, error) {
	plan, err := p.Plan(ctx, site)
	if err != nil {
		return nil, err
	}
	var results []PurgeResult
	for _, due := range plan {
		n, err := p.Store.CountDue(ctx, due)
		if err != nil {
			return nil, fmt.Errorf("count %s to purge: %w", due.Part, err)
		}
		if n.Rows+n.Waiting > 0 {
			results = append(results, PurgeResult{due.Site, due.Part, due.Status, n})
		}
	}
	return results, nil
}
