package moderation

// QueueLimits bound what may wait for one site, so that neither moderators who are
// away nor a blog that is fill the disk, and no site takes another one's room. What
// is beyond them is refused with [ErrQueueFull], and changes nothing.
type QueueLimits struct {
	Waiting    int // comments that wait for a person
	Deliveries int // decisions that the blog is still to be told
}

// DefaultQueueLimits hold where nothing else is said.
func DefaultQueueLimits() QueueLimits { return QueueLimits{Waiting: 100_000, Deliveries: 100_000} }
