package moderation

import (
	"cmp"
	"fmt"
	"slices"
)

// Policy turns what the checks found into a verdict. It is a value without
// state: the same submission and signals always give the same verdict.
type Policy struct {
	// Defaults hold where neither the site nor the model sets a threshold.
	Defaults Thresholds
}

// weight is how much a signal's word counts; the weightiest one decides.
type weight int

const (
	weighsNothing weight = iota // evidence only
	weighsModel                 // a probability over its threshold
	weighsHold                  // a rule that holds
	weighsApprove               // a rule that approves
	weighsFailure               // a check that failed: a person must look
	weighsReject                // a rule that rejects
)

// action is what a signal of that weight asks for.
func (w weight) action() Action {
	switch w {
	case weighsReject:
		return Reject
	case weighsNothing, weighsApprove:
		return Approve
	default:
		return Hold
	}
}

// Judge returns the verdict on s. The first of these that applies decides: a
// rule rejects; a check failed (holds); a rule approves; a rule holds; the
// classifier is over a threshold, or a weak signal has a second one (holds, save in
// open mode); strict mode (holds all but what trusted authors write); the site's audit draws it (holds what the
// classifier alone lets through, save from trusted authors and in open mode). Else
// the comment is approved.
//
// Judge is monotone: a higher probability of spam or abuse never gives a milder
// action.
func (p Policy) Judge(s Submission, signals []Signal) Verdict {
	type ranked struct {
		Reason
		weight
	}
	var verdict Verdict
	found := make([]ranked, 0, len(signals)+1)
	heaviest := weighsNothing
	second := p.second(s, signals)
	for _, sig := range signals {
		if sig.Scores != nil {
			verdict.Scores, verdict.Weights = *sig.Scores, sig.Weights
		}
		w := p.weigh(s, &sig, second)
		heaviest = max(heaviest, w)
		found = append(found, ranked{reasonOf(sig), w})
	}
	if heaviest == weighsNothing && !s.Standing.Trusted {
		if r, w := unflagged(s, verdict.Scores); r.Check != "" {
			heaviest = w
			found = append(found, ranked{r, w})
		}
	}
	verdict.Action = heaviest.action()
	slices.SortStableFunc(found, func(a, b ranked) int { return cmp.Compare(b.weight, a.weight) })
	for _, f := range found {
		verdict.Reasons = append(verdict.Reasons, f.Reason)
	}
	return verdict
}

// weigh returns what sig counts for, and points a classifier's signal at the
// label that is over its threshold. second is what agrees with any weak signal.
func (p Policy) weigh(s Submission, sig *Signal, second string) weight {
	switch {
	case sig.Shadow:
		return weighsNothing
	case sig.Err != nil:
		return weighsFailure
	case sig.Weak:
		return sig.weighWeak(s.Mode, second)
	case sig.Action == Reject:
		return weighsReject
	case sig.Action == Approve:
		return weighsApprove
	case sig.Action == Hold:
		return weighsHold
	case sig.Scores == nil || s.Mode == ModeOpen:
		return weighsNothing
	}
	label, over := p.limits(s, sig).exceeded(*sig.Scores)
	if !over {
		return weighsNothing
	}
	sig.Label, sig.Score = label, sig.Scores.Of(label)
	return weighsModel
}

// limits returns the thresholds for a classifier's signal.
func (p Policy) limits(s Submission, sig *Signal) Thresholds {
	return s.Site.Thresholds.Or(sig.Limits).Or(p.Defaults)
}

// almost is how much of its threshold a probability must reach to agree with a weak
// signal.
const almost = 0.5

// second says in words whether a classifier agrees with whatever weak signal there
// is; empty: none does.
func (p Policy) second(s Submission, signals []Signal) string {
	for i := range signals {
		sig := &signals[i]
		if sig.Err != nil || sig.Shadow || sig.Scores == nil {
			continue
		}
		limits := p.limits(s, sig)
		if label, over := (Thresholds{Spam: almost * limits.Spam, Abuse: almost * limits.Abuse}).exceeded(*sig.Scores); over {
			return fmt.Sprintf("%.0f %% %s", 100*sig.Scores.Of(label), label)
		}
	}
	return ""
}

// weighWeak returns what a weak signal counts for: as much as a classifier where
// another one agrees, and else nothing.
func (sig *Signal) weighWeak(m Mode, second string) weight {
	if sig.Seconded != "" {
		second = sig.Seconded
	}
	if second == "" || m == ModeOpen {
		return weighsNothing
	}
	sig.Detail += "; held because another sign agrees: " + second
	return weighsModel
}

// unflagged returns what mode or audit say of a comment in which nothing was
// found, and what that weighs; the zero Reason where they say nothing.
func unflagged(s Submission, scores Probabilities) (Reason, weight) {
	switch {
	case s.Mode == ModeStrict:
		return Reason{Check: "mode", Rule: string(ModeStrict), Detail: "strict mode: everything waits for a moderator", Score: 1}, weighsHold
	case s.Mode == ModeOpen, scores == (Probabilities{}): // not on the classifier's word
		return Reason{}, weighsNothing
	}
	return s.Site.Audit.look(s.Site.ID, s.Comment.PlatformID)
}

// exceeded returns the label that is furthest over its threshold. A threshold
// of 0 is unset and never exceeded.
func (t Thresholds) exceeded(p Probabilities) (Label, bool) {
	spam, abuse := t.Spam > 0 && p.Spam >= t.Spam, t.Abuse > 0 && p.Abuse >= t.Abuse
	switch {
	case spam && (!abuse || p.Spam*t.Abuse >= p.Abuse*t.Spam):
		return Spam, true
	case abuse:
		return Abuse, true
	}
	return "", false
}

// reasonOf returns sig in the form in which it is kept.
func reasonOf(sig Signal) Reason {
	r := Reason{Check: sig.Check, Rule: sig.Rule, Label: sig.Label, Detail: sig.Detail, Score: sig.Score,
		Shadow: sig.Shadow, Urgent: sig.Urgent, Tags: sig.Tags, Private: sig.Private}
	if sig.Err != nil {
		r.Rule, r.Detail = CheckFailed, fmt.Sprintf("the %s check failed: %v", sig.Check, sig.Err)
	}
	return r
}

// CapEdit returns the verdict on a new revision of a comment that was before:
// an edit of what was held or rejected is at best held, so that nobody slips
// out of a moderator's hands by editing. That is said first where an audit drew
// the edit, too: a moderator must not take it for a sure comment.
func CapEdit(before Status, v Verdict) Verdict {
	if (v.Action != Approve && !isAudit(v)) || (before != Held && before != Rejected) {
		return v
	}
	v.Action = Hold
	v.Reasons = append([]Reason{{Check: "edit", Rule: string(before), Score: 1,
		Detail: fmt.Sprintf("an edit of a comment that was %s waits for a moderator", before)}}, v.Reasons...)
	return v
}
