package moderation

import (
	"context"
	"time"
)

// Browser is what people look up about comments. Where it takes sites, it tells
// of those only; nil means all, and an empty list none. Lists are the newest first, at most
// limit long, unless they say otherwise. Comments are shown at their newest revision,
// with the newest case that is about it, or a case without a number where there is none:
// [Scribe.Look] gives it one.
type Browser interface {
	// View returns a comment; ErrNotFound.
	View(ctx context.Context, id CommentID) (CaseView, error)
	// Published returns what was published by the machine alone and stands so: no
	// moderator was asked about its newest revision and none has decided that.
	Published(ctx context.Context, sites []SiteID, limit int) ([]CaseView, error)
	// Decided returns comments on whose newest revision a decision stands, by the time of that.
	Decided(ctx context.Context, sites []SiteID, limit int) ([]CaseView, error)
	// Find returns comments that have all of words, in the text or as the author's
	// name, folded as people read them: case and accents do not count. The last word may be
	// the beginning of one. ErrInvalid where there is no word.
	Find(ctx context.Context, sites []SiteID, words string, limit int) ([]CaseView, error)
	// Thread returns what a comment answers, what that answers, and so on: the
	// nearest limit of them, the oldest first, as far as they are stored. Where it
	// answers nothing, it returns what was written last on its post before it.
	Thread(ctx context.Context, id CommentID, limit int) ([]CaseView, error)
	// Similar returns decided comments of the same site that are most like it, best first.
	Similar(ctx context.Context, id CommentID, limit int) ([]Likeness, error)
	// ByAuthor returns other comments of the author of a comment: of the same
	// identity, or else, where there is none, of the same name.
	ByAuthor(ctx context.Context, id CommentID, limit int) ([]CaseView, error)
	// Authors returns the authors whose name has all words of name, folded; the one who
	// wrote last first. ErrInvalid where there is no word.
	Authors(ctx context.Context, sites []SiteID, name string, limit int) ([]AuthorRecord, error)
	// Days returns what became of comments on each day of loc from the one of since on,
	// days without any included, the oldest first; of more than 90 the newest.
	Days(ctx context.Context, sites []SiteID, since time.Time, loc *time.Location) ([]Day, error)
	// Digest counts what happened from since on, and what waits now.
	Digest(ctx context.Context, sites []SiteID, since time.Time) (Digest, error)
}

// Likeness is a comment that is like another one.
type Likeness struct {
	View  CaseView
	Alike float64 // 0 to 1; 1: the same text
}

// AuthorRecord is what is known of somebody who goes by a name.
type AuthorRecord struct {
	Site     Site
	Author   Author
	Standing Standing
	Last     CommentID // the newest one's
	LastAt   time.Time
	Comments int
}

// Day is what became of the comments of one day, and how moderators answered.
type Day struct {
	Start time.Time
	// Comments of the day by what the machine said of their first revision.
	Approved, Held, Rejected int
	// Of the held ones: those that a moderator approved, those rejected, and those that
	// still wait.
	HeldApproved, HeldRejected, Waiting int
	TakenDown                           int             // published by the machine, rejected by a person
	Answered                            []time.Duration // how long each case that opened on the day and was decided had waited, ascending
}

// Digest is what happened in a time, counted.
type Digest struct {
	Published int // without a question
	Held      int // also after an edit
	Rejected  int // by rules alone
	Decided   int // by people
	Waiting   int // at this moment
	Urgent    int // of those
	Oldest    time.Time
}

// Scribe writes what is no decision.
type Scribe interface {
	// PutNote adds a note, and has the cards of the comment show it. ErrNotFound.
	PutNote(ctx context.Context, n Note) error
	// Look returns the newest case that is about a comment's newest revision; where there
	// is none it makes a closed one, so that a card can show the comment and a moderator
	// decide it. Such a case waits for nobody and counts in no statistics. While nobody
	// has decided it, it follows the comment's edits, and one that is held makes an
	// ordinary open case of it. ErrNotFound.
	Look(ctx context.Context, id CommentID, at time.Time) (CaseID, error)
}
