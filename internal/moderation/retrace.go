package moderation

import "time"

// Retraced is a revision of the stored history as it came to its judges, and what
// became of it.
type Retraced struct {
	// Submission is what the checks were asked about then: standing, counts and
	// duplicates as they were. E-mail, address and cookie are missing, for only
	// keyed hashes of them are kept; the site is the one of now.
	Submission Submission
	Verdict    Verdict   // what was said of it
	Status     Status    // of the comment, now
	Decision   *Decision // that stands on the revision; nil: none
}

// Submission returns what checks are asked about an arrival with that background.
func (b Background) Submission(a Arrival, now time.Time) Submission {
	if a.Parent == (Parent{}) {
		a.Parent = b.Parent
	}
	s := Submission{Arrival: a, Standing: b.Standing.WithTrust(a.Site, a.Author.Role), Mode: b.Mode,
		Activity: b.Activity, Duplicates: b.Duplicates, Ties: b.Ties, Thread: b.Thread, Kin: b.Kin, Now: now}
	if s.Mode == "" {
		s.Mode = a.Site.Mode
	}
	return s
}
