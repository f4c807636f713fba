package moderation

// Usage counts what one client was answered and reported on one day.
type Usage struct {
	Day    string // 2026-03-01, in UTC
	Client string // the host of the blog that asked
	// Spam and Ham are the answers; MissedSpam and FalsePositives are those of
	// them that the blog took back.
	Spam, Ham, MissedSpam, FalsePositives int
}

// Add returns the sum of both; day and client stay u's.
func (u Usage) Add(other Usage) Usage {
	u.Spam += other.Spam
	u.Ham += other.Ham
	u.MissedSpam += other.MissedSpam
	u.FalsePositives += other.FalsePositives
	return u
}

// Calls is how many comments were answered.
func (u Usage) Calls() int { return u.Spam + u.Ham }
