package moderation

import "time"

// Judged is a comment of the past: what the classifier said of it, and what became
// of it.
type Judged struct {
	Scores  Probabilities
	Action  Action
	Reasons []Reason
	Choice  Choice // of the decision that stands; empty: nobody decided
	At      time.Time
}

// onModel says whether the classifier's word alone held the comment.
func (j Judged) onModel() bool {
	return j.Action == Hold && len(j.Reasons) > 0 && j.Reasons[0].Rule == "" && j.Reasons[0].Label != "" && j.Reasons[0].Label != OK
}

// isSettled says whether a rule or something else decided, so that the classifier
// was not asked.
func (j Judged) isSettled() bool {
	if j.Action != Approve {
		return !j.onModel()
	}
	return len(j.Reasons) > 0 && j.Reasons[0].Label == OK && j.Reasons[0].Rule != "" && !j.Reasons[0].Shadow
}

// Tally counts comments by what moderators made of them.
type Tally struct {
	All, Approved, Rejected int // the rest nobody decided
}

func (t *Tally) add(c Choice) {
	t.All++
	switch {
	case c == "":
	case c.Status() == Approved:
		t.Approved++
	default:
		t.Rejected++
	}
}

// Hindsight is what thresholds would have meant for comments of the past. It looks
// only at those that the classifier had to answer for: rules and strict mode hold
// whatever the thresholds are.
type Hindsight struct {
	Comments int       // that were looked at
	Since    time.Time // when the oldest of them came; zero: there is none
	Held     Tally     // on the classifier's word, as it was
	Would    Tally     // that would be held with the thresholds
	Spared   Tally     // held, and would not be
	Besides  Tally     // not held, and would be
}

// LookBack returns what thresholds would have meant.
func (t Thresholds) LookBack(comments []Judged) Hindsight {
	var h Hindsight
	for _, j := range comments {
		if j.Scores == (Probabilities{}) {
			continue
		}
		h.Comments++
		if h.Since.IsZero() || j.At.Before(h.Since) {
			h.Since = j.At
		}
		if j.isSettled() {
			continue
		}
		_, would := t.exceeded(j.Scores)
		was := j.onModel()
		if was {
			h.Held.add(j.Choice)
		}
		if would {
			h.Would.add(j.Choice)
		}
		switch {
		case was && !would:
			h.Spared.add(j.Choice)
		case would && !was:
			h.Besides.add(j.Choice)
		}
	}
	return h
}
