package training

import (
	"context"
	"fmt"
	"slices"

	"gatehouse/internal/moderation"
)

// replaySite is the blog that a replay pretends; lessons are numbered within it.
const replaySite moderation.SiteID = 1

// firstReplayRow is after how many comments a replay's table has its first row.
const firstReplayRow = 50

// Replay walks a labelled history through the gate, as if a moderator answered
// every card at once and rightly. It keeps counts only, no comment. Set the
// exported fields, Add the history in its order, then ask for the Result. It is
// not safe for concurrent use.
type Replay struct {
	// Assess says what becomes of a comment: moderation.Service's method, so
	// that a replay runs the code of the live service.
	Assess func(context.Context, moderation.Arrival) (moderation.Verdict, error)
	// Student learns from each answered card, and from nothing else: what was
	// approved or rejected unseen teaches nothing, for a moderator who answers
	// cards never says what it was. Nil: nothing is learned.
	Student interface{ Apply(moderation.Lesson) error }
	// HoldAt are the blog's own thresholds; zero: the model's.
	HoldAt moderation.Thresholds

	counts  replayCounts
	before  replayCounts // at the last row
	next    int          // comments at which the next row is due; 0: the first one
	lessons int64
	failed  int
	table   []ReplayRow
}

// replayCounts counts comments by what they are and by what became of them, labels
// in the order of moderation.Labels.
type replayCounts [3][3]int

// The columns of replayCounts.
const (
	replayApproved = iota
	replayHeld
	replayRejected
)

// ReplayFigures says what became of comments, and at what price.
type ReplayFigures struct {
	Comments int `json:"comments"`
	Held     int `json:"held"` // cards: each one asks for a moderator's answer
	Approved int `json:"approved"`
	Rejected int `json:"rejected"`

	OK    int `json:"ok"`
	Spam  int `json:"spam"`
	Abuse int `json:"abuse"`

	OKApproved    int `json:"ok_approved"`
	SpamApproved  int `json:"spam_approved"`
	AbuseApproved int `json:"abuse_approved"`
	OKHeld        int `json:"ok_held"`
	SpamHeld      int `json:"spam_held"`
	AbuseHeld     int `json:"abuse_held"`
	OKRejected    int `json:"ok_rejected"`
	SpamRejected  int `json:"spam_rejected"`
	AbuseRejected int `json:"abuse_rejected"`

	CardsPer100 Figure `json:"cards_per_100"` // comments
	CardsRight  Figure `json:"cards_right"`   // share of the cards that show spam or abuse
	SpamCaught  Figure `json:"spam_caught"`   // share of the spam that was held or rejected
	AbuseCaught Figure `json:"abuse_caught"`  // share of the abuse that was
	OKHeldShare Figure `json:"ok_held_share"` // share of the decent comments that was held
}

// ReplayRow says how a replay stood after so many comments.
type ReplayRow struct {
	ReplayFigures               // from the first comment
	Since         ReplayFigures `json:"since"` // from the row before
}

// ReplayResult is what became of a whole history.
type ReplayResult struct {
	ReplayFigures
	Lessons int64 `json:"lessons"` // that were taught
	// ChecksFailed is how many comments were held because a check gave no
	// answer. They are among those held.
	ChecksFailed int `json:"checks_failed"`
	// Table has a row after 50, 100, 200, 500, 1000, … comments and one at the
	// end.
	Table []ReplayRow `json:"table"`
}

// Add judges the next comment of the history and, where it is held, answers its
// card with its label.
func (r *Replay) Add(ctx context.Context, e Example) error {
	label := slices.Index(moderation.Labels(), e.Label)
	if label < 0 {
		return fmt.Errorf("replay comment: %w label %q", moderation.ErrInvalid, e.Label)
	}
	verdict, err := r.Assess(ctx, r.arrival(e.Text))
	if err == nil {
		err = ctx.Err() // which makes checks fail, too
	}
	if err != nil {
		return fmt.Errorf("replay comment: %w", err)
	}
	switch verdict.Action {
	case moderation.Approve:
		r.counts[label][replayApproved]++
	case moderation.Reject:
		r.counts[label][replayRejected]++
	default:
		r.counts[label][replayHeld]++
		if slices.ContainsFunc(verdict.Reasons, func(r moderation.Reason) bool { return r.Rule == moderation.CheckFailed }) {
			r.failed++
		}
		if err := r.teach(e); err != nil {
			return err
		}
	}
	r.mark()
	return nil
}

// arrival is a comment of somebody unknown, as a blog in normal mode hands it
// over.
func (r *Replay) arrival(text string) moderation.Arrival {
	return moderation.Arrival{
		Site:    moderation.Site{ID: replaySite, Name: "replay", Mode: moderation.ModeNormal, Thresholds: r.HoldAt},
		Comment: moderation.Comment{Body: text, Text: text, Format: moderation.FormatText},
	}
}

// teach answers a card.
func (r *Replay) teach(e Example) error {
	if r.Student == nil {
		return nil
	}
	r.lessons++
	err := r.Student.Apply(moderation.Lesson{Number: r.lessons, Site: replaySite, Label: e.Label, Text: e.Text})
	if err != nil {
		return fmt.Errorf("learn from card %d: %w", r.lessons, err)
	}
	return nil
}

// mark adds a row to the table where one is due: after 50, 100, 200, 500, 1000
// comments and so on.
func (r *Replay) mark() {
	if r.next == 0 {
		r.next = firstReplayRow
	}
	if r.counts.comments() < r.next {
		return
	}
	r.table = append(r.table, r.row())
	r.before = r.counts
	first := r.next
	for first%10 == 0 {
		first /= 10
	}
	if first == 2 {
		r.next = r.next / 2 * 5
	} else {
		r.next *= 2
	}
}

// row says how the replay stands.
func (r *Replay) row() ReplayRow {
	return ReplayRow{r.counts.figures(), r.counts.minus(r.before).figures()}
}

// Result says what became of all comments so far; more may be added.
func (r *Replay) Result() ReplayResult {
	table := slices.Clone(r.table)
	if r.counts != r.before {
		table = append(table, r.row())
	}
	return ReplayResult{ReplayFigures: r.counts.figures(), Lessons: r.lessons, ChecksFailed: r.failed, Table: table}
}

// comments counts all.
func (c replayCounts) comments() (n int) {
	for _, of := range c {
		n += of[replayApproved] + of[replayHeld] + of[replayRejected]
	}
	return n
}

// minus returns what came after before.
func (c replayCounts) minus(before replayCounts) replayCounts {
	for label := range c {
		for action := range c[label] {
			c[label][action] -= before[label][action]
		}
	}
	return c
}

// figures adds up and names the counts.
func (c replayCounts) figures() ReplayFigures {
	ok, spam, abuse := c[0], c[1], c[2]
	sum := func(a [3]int) int { return a[replayApproved] + a[replayHeld] + a[replayRejected] }
	f := ReplayFigures{
		Comments: c.comments(), OK: sum(ok), Spam: sum(spam), Abuse: sum(abuse),
		OKApproved: ok[replayApproved], SpamApproved: spam[replayApproved], AbuseApproved: abuse[replayApproved],
		OKHeld: ok[replayHeld], SpamHeld: spam[replayHeld], AbuseHeld: abuse[replayHeld],
		OKRejected: ok[replayRejected], SpamRejected: spam[replayRejected], AbuseRejected: abuse[replayRejected],
	}
	f.Approved = f.OKApproved + f.SpamApproved + f.AbuseApproved
	f.Held = f.OKHeld + f.SpamHeld + f.AbuseHeld
	f.Rejected = f.OKRejected + f.SpamRejected + f.AbuseRejected
	f.CardsPer100 = 100 * share(f.Held, f.Comments)
	f.CardsRight = share(f.SpamHeld+f.AbuseHeld, f.Held)
	f.SpamCaught = share(f.Spam-f.SpamApproved, f.Spam)
	f.AbuseCaught = share(f.Abuse-f.AbuseApproved, f.Abuse)
	f.OKHeldShare = share(f.OKHeld, f.OK)
	return f
}
