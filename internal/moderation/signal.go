package moderation

import "context"

// CheckFailed is the rule named by the signal that stands for a check that
// failed, panicked or ran out of time.
const CheckFailed = "check failed"

// Probabilities of the three labels; they sum to 1.
type Probabilities struct {
	OK, Spam, Abuse float64
}

// Of returns the probability of l.
func (p Probabilities) Of(l Label) float64 {
	switch l {
	case OK:
		return p.OK
	case Spam:
		return p.Spam
	case Abuse:
		return p.Abuse
	}
	return 0
}

// Weight is one feature that pushed a comment towards a label or away from it.
type Weight struct {
	Feature string  // as a person reads it: "moron", "3 links"
	Label   Label   // what it speaks of
	Weight  float64 // in log-odds; positive: towards Label
}

// Signal is what one check found.
type Signal struct {
	Check string // "rules", "classifier"
	Rule  string // the rule's id; empty for a classifier
	Label Label  // spam, abuse or ok; empty: says nothing of it
	// Action is what the rule's author asks for. It is empty where the signal
	// only gives a probability, and the policy decides.
	Action Action
	// Shadow says that the signal is only recorded: it counts for nothing.
	Shadow bool
	// Weak says that the signal is worth something only beside another one: what
	// Seconded names, or a classifier that nearly holds. Alone it marks a card.
	Weak     bool
	Seconded string
	// Private says that only moderators may see it: it is about a person.
	Private bool
	Urgent  bool     // it may wake someone
	Tags    []string // words of the site's own, for people and programs
	Score   float64  // 0 to 1: the probability of Label, or 1 for a rule that hit
	Detail  string   // the evidence, for a person
	// Scores and Limits come from classifiers: all three probabilities, and
	// the thresholds that the model recommends.
	Scores  *Probabilities
	Limits  Thresholds
	Weights []Weight // strongest first
	Err     error    // why the check failed
}

// Report is the outcome of one check: the version of what checked (rule book
// or model) and what it found; no signal means nothing to say.
type Report struct {
	Version string
	Signals []Signal
}

// Checker looks at a comment. It must be safe for concurrent use, must not keep
// or change the submission, and returns when the context ends.
type Checker interface {
	Name() string
	Check(context.Context, Submission) (Report, error)
}
