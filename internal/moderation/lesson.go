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
	// Features are what is left of a purged text: what the student learns by, in a
	// form of its own (see [Featurer]). Where they are set there is no Text.
	Features []byte
}

// Featurer is a student that can learn a lesson without its text.
type Featurer interface {
	// Features returns what Apply needs of a lesson's text. They hold no words, but
	// hashes of them.
	Features(Lesson) ([]byte, error)
}

// Snapshot is what the lessons of a site make, so that a start need not apply all
// of them again.
type Snapshot struct {
	Site    SiteID
	Epoch   int64  // of the site's lessons: another one makes the snapshot useless
	Base    string // ID of the model that it stands upon: so does another one
	Last    int64  // the number of the last lesson in it
	Content []byte // the student's own
}
