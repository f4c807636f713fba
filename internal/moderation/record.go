package moderation

import "time"

// Record is a comment as programs outside may see it: what was found and
// decided, and neither text nor person.
type Record struct {
	Comment    CommentID
	PlatformID string
	Revision   int // the newest; Status and Verdict are its
	Status     Status
	Seq        int64 // as in Notice
	Verdict    Verdict
	Decisions  []RecordedDecision // oldest first, on all revisions, undos among them
	ReceivedAt time.Time
	Changed    Change
	Cluster    *Cluster // nil: none
}

// RecordedDecision is a decision with what became of it.
type RecordedDecision struct {
	Decision
	Undone bool // taken back by a later one of the kind ChooseUndo
}

// Standing returns the decision that stands on the newest revision, or nil.
func (r Record) Standing() *RecordedDecision {
	for i := len(r.Decisions) - 1; i >= 0; i-- {
		d := &r.Decisions[i]
		if d.Revision == r.Revision && d.Choice != ChooseUndo && !d.Undone {
			return d
		}
	}
	return nil
}

// Change is the place of a comment's last change in the order of a site's
// changes: Unix microseconds, but no two changes of a site have the same, and a
// later one has a higher one, whatever the clock does. Changes are a new comment,
// an edit, a decision, an undo and a withdrawal.
type Change int64

// ChangeAt returns the place of what changes at t, if nothing else does.
func ChangeAt(t time.Time) Change { return Change(t.UnixMicro()) }

// Time returns when that was.
func (c Change) Time() time.Time { return time.UnixMicro(int64(c)).UTC() }

// ChangeQuery asks for comments in the order of their last changes.
type ChangeQuery struct {
	Site   SiteID
	After  Change // those behind this place; 0: all
	Status Status // only those with it; empty: all
	Limit  int    // at most so many; above 0
}

// Changes is the answer to a ChangeQuery.
type Changes struct {
	Records []Record
	Next    Change // what to ask for next, as After
	More    bool   // there are more already
}
