package moderation

import (
	"net/netip"
	"strings"
	"time"
)

// Format is how the body of a comment is written.
type Format string

// The formats that a platform may send.
const (
	FormatText Format = "text"
	FormatHTML Format = "html"
)

// Post is what a comment is about.
type Post struct {
	ID, URL, Title string
	PublishedAt    time.Time // zero: unknown
}

// Author is what the platform says of the writer. E-mail and address are here
// in clear for the checks; the store keeps keyed hashes of them only.
type Author struct {
	ID        string // the platform's, empty for anonymous writers
	Name      string
	Email     string
	URL       string
	IP        netip.Addr // zero: unknown
	UserAgent string
	Role      string    // the platform's word: administrator, subscriber, …
	Since     time.Time // when the platform made the account; zero: unknown
}

// Comment is one revision of what somebody wrote.
type Comment struct {
	ID         CommentID // 0 until stored
	PlatformID string    // the platform's own id, unique in its site
	Revision   int       // counts from 1; 0 until stored
	ParentID   string    // the platform's id of the comment that it answers
	Body       string    // as sent
	Format     Format
	Text       string // the body as a reader sees it: no markup, no entities
	CreatedAt  time.Time
	UpdatedAt  time.Time // the platform's time of this revision; zero: unknown
	PurgedAt   time.Time // when body and text, and who wrote them, were forgotten; zero: they were not
}

// Parent is the comment that another one answers.
type Parent struct {
	Author, Text string
}

// Fields is what the blog's form can tell of how a comment was written.
type Fields struct {
	Honeypot string        // what was written into a field that people do not see
	Elapsed  time.Duration // since the page was opened; 0: unknown
	Cookie   string        // by which the blog knows a browser again; kept as a keyed hash
}

// Arrival is a comment as a platform's door hands it over, parsed and verified.
type Arrival struct {
	Site    Site
	Key     string // the message's own id (webhook-id): one seen before changes nothing
	Post    Post
	Parent  Parent
	Author  Author
	Comment Comment
	Fields  Fields
	// Aliases are other names by which the platform may speak of the comment; some
	// may be [Passing].
	Aliases []string
	ReplyTo ReplyTo
}

const passing = "passing "

// Passing returns an alias that is forgotten after some months: the name of one
// of many messages about a comment. It is looked for by its own name.
func Passing(alias string) string { return passing + alias }

// CutPassing returns the own name of an alias, and whether it is a passing one.
func CutPassing(alias string) (name string, is bool) { return strings.CutPrefix(alias, passing) }

// Submission is everything that a check may ask about one comment, gathered
// once, before the first check runs. Checks must not change it.
type Submission struct {
	Arrival
	Standing   Standing
	Mode       Mode
	Activity   Activity
	Duplicates Duplicates
	Ties       Ties
	Thread     Thread
	Kin        []Kin // of the site's personas, with which it shares something
	Now        time.Time
}
