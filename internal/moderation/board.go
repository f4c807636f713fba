package moderation

import "time"

// SpotQuery asks what a spot is to show next.
type SpotQuery struct {
	Spot
	Sites []SiteID // whose cards go there
	Now   time.Time
}

// Waiting is an open case that a spot does not show.
type Waiting struct {
	Case   CaseID
	Urgent bool
}

// Queue is what waits, in numbers.
type Queue struct {
	Waiting int
	Urgent  int       // of those
	Oldest  time.Time // when the oldest case was opened; zero: none
}

// ChatState is what is remembered of a spot.
type ChatState struct {
	// PausedUntil is for how long a moderator wants no new cards there.
	PausedUntil time.Time `json:"paused_until,omitzero"`
	// QuietSince is when it became quiet there: a digest is due at the end.
	QuietSince time.Time `json:"quiet_since,omitzero"`
	// DigestAt is when the last digest was told there.
	DigestAt time.Time `json:"digest_at,omitzero"`
	// RemindedAt and SeniorToldAt are when people were told that the queue waits too
	// long; zero: not since it last did not.
	RemindedAt   time.Time `json:"reminded_at,omitzero"`
	SeniorToldAt time.Time `json:"senior_told_at,omitzero"`
	// ToldAsSenior is when the person whose chat it is was told last, as a senior, what
	// waits too long anywhere.
	ToldAsSenior time.Time `json:"told_as_senior,omitzero"`
}
