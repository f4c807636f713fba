package moderation

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
	Check  string
	Rule   string
	Label  Label
	Detail string
	Score  float64
}
