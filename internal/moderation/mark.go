package moderation

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
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

// The subjects. Names and agents are patterns, in which * stands for anything
// and neither case nor disguise counts.
const (
	ByIdentity Subject = "identity" // what the platform vouches for, or e-mail and address together
	ByEmail    Subject = "email"
	ByAddress  Subject = "address"
	ByRange    Subject = "range" // the address's /24, or /64
	ByName     Subject = "name"
	ByAgent    Subject = "agent"
)

// minPattern is how many characters beside * a pattern must have.
const minPattern = 3

// MarkID numbers marks.
type MarkID int64

// Mark is what a moderator said of an author, and until when it counts.
type Mark struct {
	ID      MarkID
	Site    SiteID
	Kind    MarkKind
	Subject Subject
	// Of has the author's field that Subject names: of an identity ID, or E-mail
	// and IP; of a range IP. It is filled in by who orders the mark only.
	Of     Author
	Shown  string // whom it is about, for people
	Reason string
	By     Actor
	At     time.Time
	Until  time.Time // zero: for good
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

// Marks keeps what moderators say of authors.
type Marks interface {
	// PutMark gives ErrNotFound where the site has been removed.
	PutMark(context.Context, Mark) (Mark, error)
	// LiftMark ends a mark; ErrNotFound where it does not stand.
	LiftMark(context.Context, SiteID, MarkID, time.Time) (Mark, error)
	// StandingMarks returns the marks of a site that count at a time, newest first.
	StandingMarks(context.Context, SiteID, time.Time) ([]Mark, error)
}

// Check refuses marks that would be about nobody, or about everybody. A name
// alone is nobody: it can't be trusted, and what anonymous writers are called
// everywhere can't be banned.
func (m Mark) Check() error {
	switch {
	case m.Kind != MarkTrust && m.Kind != MarkBan:
		return fmt.Errorf("%w: mark %q is neither trust nor ban", ErrInvalid, m.Kind)
	case m.Subject == ByIdentity && m.Of.ID == "" && (m.Of.Email == "" || !m.Of.IP.IsValid()):
		return fmt.Errorf("%w: the author has no identity: the platform gives no id, and e-mail and address are not both known; ban by name, address or range", ErrInvalid)
	case m.Subject == ByEmail && m.Of.Email == "":
		return fmt.Errorf("%w: the e-mail address is missing", ErrInvalid)
	case (m.Subject == ByAddress || m.Subject == ByRange) && !m.Of.IP.IsValid():
		return fmt.Errorf("%w: the network address is missing", ErrInvalid)
	case m.Kind == MarkTrust && m.Subject != ByIdentity && m.Subject != ByEmail:
		return fmt.Errorf("%w: only an identity or an e-mail address can be trusted: anybody can take a name, and many share an address", ErrInvalid)
	case m.Subject == ByName:
		return checkPattern(m.Of.Name)
	case m.Subject == ByAgent:
		return checkPattern(m.Of.UserAgent)
	}
	return nil
}

// checkPattern refuses patterns that hit whoever has no name, or nearly all.
func checkPattern(pattern string) error {
	plain := strings.TrimSpace(strings.ReplaceAll(pattern, "*", ""))
	switch strings.ToLower(plain) {
	case "anonymous", "anonym", "anon", "guest", "unknown", "reader", "user", "mozilla":
		return fmt.Errorf("%w: %q is what many are called who have nothing in common", ErrInvalid, pattern)
	}
	if utf8.RuneCountInString(plain) < minPattern {
		return fmt.Errorf("%w: pattern %q needs at least %d characters beside *", ErrInvalid, pattern, minPattern)
	}
	return nil
}
