package moderation

import (
	"context"
	"fmt"
	"strings"
)

// Standing is what a site's decisions so far say of an author.
type Standing struct {
	Known    bool // the author has an identity: see HOUSE.md, "Author"
	Approved int  // comments by decision or unflagged
	Rejected int
	// Recent are the newest decided comments, at most ten; so many of them were
	// rejected.
	Recent, RecentRejected int
	Proven                 int // approved comments long enough to earn trust, which nobody took down for a week
	Trusted                bool
	Trust                  string // why: "trusted by Mo", "4 approved comments"
	Banned                 bool
	Ban                    string // by whom, why, until when
}

// The share of rejected comments from which an author's next one waits, and of
// how many at least.
const (
	doubtfulShare = 0.3
	doubtfulOf    = 3
)

// checkStanding is the name of the check on authors.
const checkStanding = "standing"

// StandingCheck is the [Checker] that speaks of the author.
type StandingCheck struct{}

// Name returns "standing".
func (StandingCheck) Name() string { return checkStanding }

// Check gives a signal that rejects for a banned author, and ones that hold for
// an author of whom lately much was rejected, and for a first comment where the
// site holds those.
func (StandingCheck) Check(_ context.Context, s Submission) (Report, error) {
	var found []Signal
	add := func(rule string, a Action, detail string) {
		found = append(found, Signal{Check: checkStanding, Rule: rule, Action: a, Score: 1, Detail: detail})
	}
	st := s.Standing
	if st.Banned {
		add("banned", Reject, st.Ban)
	}
	if st.RecentRejected >= 1 && st.Recent >= doubtfulOf && float64(st.RecentRejected) >= doubtfulShare*float64(st.Recent) {
		add("doubtful", Hold, fmt.Sprintf("%d of the author's last %d comments were rejected", st.RecentRejected, st.Recent))
	}
	switch {
	case !s.Site.HoldFirst || st.Approved > 0 || st.Trusted:
	case st.Known:
		add("first", Hold, "the author's first comment here")
	default:
		add("first", Hold, "first comments wait here, and the author is not known by more than a name")
	}
	return Report{Signals: found}, nil
}

// WithTrust says whether the author is trusted, unless a mark says so: by what
// the platform calls the author, or by enough approved comments.
func (st Standing) WithTrust(site Site, role string) Standing {
	switch {
	case st.Banned:
		st.Trusted, st.Trust = false, ""
	case st.Trusted:
	case isStaff(role):
		st.Trusted, st.Trust = true, "the blog's "+role
	case st.Known && site.TrustAfter > 0 && st.Proven >= site.TrustAfter && st.RecentRejected == 0:
		st.Trusted, st.Trust = true, fmt.Sprintf("%d approved comments", st.Proven)
	}
	return st
}

// isStaff says whether a platform's word for an author is one for the people who
// run the blog.
func isStaff(role string) bool {
	switch strings.ToLower(role) {
	case "administrator", "admin", "editor", "author", "moderator", "owner", "staff":
		return true
	}
	return false
}
