package moderation

import "time"

// CaseState is where a case stands.
type CaseState string

// An open case waits for a person. A closed one has been decided, or its
// comment was withdrawn.
const (
	CaseOpen      CaseState = "open"
	CaseDecided   CaseState = "decided"
	CaseWithdrawn CaseState = "withdrawn"
)

// Case is a comment that waits for a person, or waited.
type Case struct {
	ID CaseID
	// Tag is random: a button of a card that another database drew names a case
	// of the same number with another tag.
	Tag      string
	Comment  CommentID
	Revision int // the newest one of the comment while the case is open
	State    CaseState
	// Version rises with every change of what a card of this case shows.
	Version  int64
	OpenedAt time.Time
	ClosedAt time.Time // zero while open
	// Looked: nobody was asked about the comment, somebody looked at it; see [Scribe].
	Looked bool
}

// CaseView is a case with all that a person needs to decide it.
type CaseView struct {
	Case     Case
	Site     Site // without its secrets
	Post     Post
	Parent   Parent
	Author   Author // without e-mail and address: those are not kept
	Comment  Comment
	Status   Status   // of the comment, at this moment
	Standing Standing // of the author; empty in lists
	Verdict  Verdict
	Decision *Decision // the one that stands on Case.Revision; nil: none
	Cluster  *Cluster  // what came close together and is alike; nil: none
	Before   string    // the text of the revision before Case.Revision; empty where that is the first
	Earlier  *Decision // the one that stands on the newest decided revision before that; nil: none
	EditedAt time.Time // when Case.Revision came
	Notes    []Note    // the oldest first
	At       time.Time // when the comment came
}

// Spot is where cards stand: a chat, or a topic of a forum group.
type Spot struct {
	Chat  int64
	Topic int // 0: the chat itself
}

// Card is a message in a moderators' chat that shows a case.
type Card struct {
	Case    CaseID
	Chat    int64
	Topic   int   // as in Spot
	Message int   // the chat's number of it
	Version int64 // of the case as the message shows it
}

// Spot returns where the card stands.
func (c Card) Spot() Spot { return Spot{c.Chat, c.Topic} }
