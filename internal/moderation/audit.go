package moderation

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// Audit is the share of the comments, of those that would be approved on the
// classifier's word, that a moderator is asked about all the same: 0 to
// [MaxAudit]. Without it only what is held comes to a person, and what slips
// through is never seen.
type Audit float64

// MaxAudit bounds an audit: beyond it most cards would ask for nothing.
const MaxAudit Audit = 0.2

// checkAudit is the check that an audit's reason names.
const checkAudit = "audit"

// ParseAudit reads a share from 0 to [MaxAudit], or gives [ErrInvalid].
func ParseAudit(s string) (Audit, error) {
	share, err := strconv.ParseFloat(s, 64)
	if err != nil || !(share >= 0 && share <= float64(MaxAudit)) {
		return 0, fmt.Errorf("%w: %q is not a share from 0 to %v", ErrInvalid, s, float64(MaxAudit))
	}
	return Audit(share), nil
}

// String returns the share in words: "one in 100".
func (a Audit) String() string {
	if a == 0 {
		return "none"
	}
	every := math.Round(1 / float64(a))
	words := fmt.Sprintf("one in %.0f", every)
	if math.Abs(every*float64(a)-1) > 1e-9 {
		words = "about " + words
	}
	return words
}

// draws says whether a comment is asked about. It is drawn by a hash of site and
// platform's id, so that each revision of a comment has the same draw, and a
// higher share draws what a lower one does, and more.
func (a Audit) draws(site SiteID, platformID string) bool {
	sum := sha256.Sum256(fmt.Appendf(nil, "audit %d %s", site, platformID))
	const bits = 53 // that a float64 holds
	lot := float64(binary.BigEndian.Uint64(sum[:8])>>(64-bits)) / (1 << bits)
	return lot < float64(a)
}

// look returns what the audit says of a comment that the classifier would let
// through, as unflagged. A comment without an id, which is judged and not kept,
// has no draw: of it the reason only says what might happen.
func (a Audit) look(site SiteID, platformID string) (Reason, weight) {
	switch {
	case a == 0:
		return Reason{}, weighsNothing
	case platformID == "":
		return Reason{Check: checkAudit, Detail: fmt.Sprintf("may be asked at random: %s sure comments is", a)}, weighsNothing
	case !a.draws(site, platformID):
		return Reason{}, weighsNothing
	}
	return Reason{Check: checkAudit, Score: 1, Detail: fmt.Sprintf("asked at random: %s sure comments is", a)}, weighsHold
}

// isAudit says whether a verdict holds for an audit alone.
func isAudit(v Verdict) bool {
	return v.Action == Hold && len(v.Reasons) > 0 && v.Reasons[0].Check == checkAudit
}
