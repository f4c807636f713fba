package moderation

import "slices"

// Verdict is what the machine says of one revision of a comment.
type Verdict struct {
	Action  Action
	Scores  Probabilities // all zero: no classifier answered
	Reasons []Reason      // why, most important first; also for approved comments
	Weights []Weight      // the words that weighed, strongest first
	Model   string        // version of the model; empty: it did not answer
	Rules   string        // version of the rule book
}

// Reason is a signal as it is kept and shown.
type Reason struct {
	Check   string
	Rule    string
	Label   Label
	Detail  string
	Score   float64
	Shadow  bool // it only was to be recorded, and counted for nothing
	Urgent  bool
	Tags    []string
	Private bool // only moderators see it, and no blog
}

// Urgent says whether the verdict may wake someone: the comment waits or was
// refused, and one of the reasons is urgent.
func (v Verdict) Urgent() bool {
	return v.Action != Approve && slices.ContainsFunc(v.Reasons, func(r Reason) bool { return r.Urgent && !r.Shadow })
}

// Tags returns the tags of all reasons, each once, in their order.
func (v Verdict) Tags() []string {
	var tags []string
	for _, r := range v.Reasons {
		for _, t := range r.Tags {
			if !r.Shadow && !slices.Contains(tags, t) {
				tags = append(tags, t)
			}
		}
	}
	return tags
}
