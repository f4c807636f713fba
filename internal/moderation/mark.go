package moderation

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// MarkKind is what a moderator says of an author.
type MarkKind string

// The kinds. Trust lifts what strict mode holds; a ban rejects.
const (
	MarkTrust MarkKind = "trust"
	MarkBan   MarkKind = "ban"
)

// Subject is by what a mark knows its author.
type Subject string

// The subjects. Names and agents that somebody types are patterns, in which * stands
// for anything; those of a comment's author are meant as they stand. Neither case
// nor disguise counts.
const (
	ByIdentity Subject = "identity" // what the platform vouches for, or e-mail and address together
	ByEmail    Subject = "email"
	ByAddress  Subject = "address"
	ByRange    Subject = "range" // the address's /24, or /64
	ByName     Subject = "name"
	ByAgent    Subject = "agent"
)

// Subjects returns the subjects, the surest first.
func Subjects() []Subject {
	return []Subject{ByIdentity, ByEmail, ByAddress, ByRange, ByName, ByAgent}
}

// ParseSubject returns the subject called s, or [ErrInvalid].
func ParseSubject(s string) (Subject, error) {
	for _, known := range Subjects() {
		if string(known) == s {
			return known, nil
		}
	}
	return "", fmt.Errorf("%w: %q is none of identity, email, address, range, name, agent", ErrInvalid, s)
}

// MarkID numbers marks.
type MarkID int64

// Mark is what a moderator said of an author, and until when it counts. Of marks
// on the same subject the newest counts; between different ones a ban does.
type Mark struct {
	ID      MarkID
	Site    SiteID
	Kind    MarkKind
	Subject Subject
	// Comment is a stored one whose author is meant, a name of theirs as it stands; 0:
	// whom Of names.
	Comment CommentID
	// Of has the author's field that Subject names: of an identity ID, or E-mail
	// and IP; of a range IP. It is filled in by who orders the mark only.
	Of     Author
	Shown  string // whom it is about, for people; no e-mail and no address
	Reason string
	By     Actor
	At     time.Time
	Until  time.Time // zero: for good
	// Key makes the order safe to repeat: a second one with it gets the first
	// one's mark. Empty: none.
	Key string
}

// String says who banned or trusted whom, why and until when.
func (m Mark) String() string {
	verb := map[MarkKind]string{MarkTrust: "trusted", MarkBan: "banned"}[m.Kind]
	words := fmt.Sprintf("%s by %s", verb, m.By)
	if !m.Until.IsZero() {
		words += " until " + m.Until.UTC().Format("2006-01-02 15:04")
	}
	if m.Reason != "" {
		words += ": " + m.Reason
	}
	return words
}

// Lift asks to end a mark, and with it older ones of the same kind that say the
// same of the same author.
type Lift struct {
	Site SiteID
	ID   MarkID
	By   Actor
	// MadeAt, where it is not zero, says when the mark that is meant was made.
	MadeAt time.Time
	// Ended says that one that is over will do: what went with it is meant.
	Ended bool
}

// Marks keeps what moderators say of authors.
type Marks interface {
	// PutMark gives ErrNotFound where the site has been removed or the comment is
	// not one of it, and ErrInvalid where the comment does not tell what the
	// subject is.
	PutMark(context.Context, Mark) (Mark, error)
	// LiftMark gives ErrNotFound where the mark does not stand.
	LiftMark(context.Context, Lift, time.Time) (Lifted, error)
	// StandingMarks returns the marks of a site that count at a time, newest first.
	StandingMarks(context.Context, SiteID, time.Time) ([]Mark, error)
}

// Trace is by what the author of a stored comment can be known again.
type Trace struct {
	Site     SiteID
	Author   Author    // without e-mail and address: those are not kept
	Subjects []Subject // that are known, the surest first
	Marks    []Mark    // that are about the author and count, newest first
}

// Traces answers what comments have in common with those of a marked author.
type Traces interface {
	// TraceOf gives ErrNotFound.
	TraceOf(context.Context, CommentID) (Trace, error)
	// WaitingOf returns the comments that wait and are by whom a mark, which need
	// not be stored, is about.
	WaitingOf(context.Context, Mark) ([]CommentID, error)
	// DecidedWith returns the decisions whose order's key begins so and that stand.
	DecidedWith(ctx context.Context, keyPrefix string) ([]DecisionID, error)
}

// Check refuses marks that would be about nobody, or about everybody. A name
// alone is nobody: it can't be trusted, and what anonymous writers are called
// everywhere can't be banned.
func (m Mark) Check() error {
	switch _, err := ParseSubject(string(m.Subject)); {
	case m.Kind != MarkTrust && m.Kind != MarkBan:
		return fmt.Errorf("%w: mark %q is neither trust nor ban", ErrInvalid, m.Kind)
	case err != nil:
		return err
	case m.Kind == MarkTrust && m.Subject != ByIdentity:
		return fmt.Errorf("%w: only an identity can be trusted, an account or e-mail and network address together: anybody can give a name or an e-mail address, and many share a network address", ErrInvalid)
	case m.Comment != 0:
		return nil // the comment must tell
	}
	return m.checkOf()
}

// checkOf refuses what does not say who is meant.
func (m Mark) checkOf() error {
	switch {
	case m.Subject == ByIdentity && m.Of.ID == "" && (m.Of.Email == "" || !IsTelling(m.Of.IP)):
		return fmt.Errorf("%w: the author has no identity: the platform gives no id, and e-mail and address are not both known; ban by name, address or range", ErrInvalid)
	case m.Subject == ByEmail && m.Of.Email == "":
		return fmt.Errorf("%w: the e-mail address is missing", ErrInvalid)
	case (m.Subject == ByAddress || m.Subject == ByRange) && !m.Of.IP.IsValid():
		return fmt.Errorf("%w: the network address is missing", ErrInvalid)
	case strings.ContainsFunc(m.Of.Name+m.Of.UserAgent, isUnseen):
		return fmt.Errorf("%w: a name or an agent with control characters or characters that turn the direction of writing", ErrInvalid)
	case (m.Subject == ByAddress || m.Subject == ByRange) && !IsTelling(m.Of.IP):
		return fmt.Errorf("%w: %s is an address of a private network: a proxy's, which all writers share", ErrInvalid, m.Of.IP)
	case m.Subject == ByName:
		return CheckPattern(ByName, m.Of.Name, strings.ToLower)
	case m.Subject == ByAgent:
		return CheckPattern(ByAgent, m.Of.UserAgent, strings.ToLower)
	}
	return nil
}

// isUnseen says whether a character is none, or turns the direction of writing.
func isUnseen(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// CheckAt is Check, with the end of the mark.
func (m Mark) CheckAt(now time.Time) error {
	if !m.Until.IsZero() && !m.Until.After(now) {
		return fmt.Errorf("%w: the %s would end at %s, which is past", ErrInvalid, m.Kind, m.Until.UTC().Format(time.RFC3339))
	}
	return m.Check()
}
