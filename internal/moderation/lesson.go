package moderation

// Lesson is a labelled text that a decision taught, or the withdrawal of one.
// A site's model is what its lessons give when applied in the order of their
// numbers; applying one twice changes nothing.
type Lesson struct {
	Number    int64
	Site      SiteID
	Withdraws int64 // the number of the lesson that is taken back; 0: this one teaches
	Label     Label
	Text      string // as Comment.Text; of the withdrawn lesson where Withdraws is set
	Author    string // the writer's name as shown
	Parent    Parent
	Post      Post
}
