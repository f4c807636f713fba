package moderation

// Lesson is a labelled text that a decision taught, or the withdrawal of one.
// Lessons are numbered without gaps in meaning: applying them in the order of
// their numbers gives a site's model, whatever was applied before a restart.
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
