package moderation

import "time"

// TiesWithin is how far back rejected comments are compared: an address that
// somebody had longer ago is as likely somebody else's by then.
const TiesWithin = 30 * 24 * time.Hour

// MaxTies bounds how many of the newest comments that share something are looked
// at. What so many share is nobody's own.
const MaxTies = 100

// Ties is how many of the site's lately rejected comments share something of the
// writer's with this one, by keyed hashes; see [TiesWithin] and [MaxTies]. All
// zero where the platform gives names and texts only.
type Ties struct {
	Address int
	Range   int // the same /24 or /64; those of the same address are among them
	// AddressOthers and RangeOthers are as many comments from there that were
	// published: of a mobile network's or a proxy's address there are many.
	AddressOthers, RangeOthers int
	Email                      int
	Cookie                     int // the same browser, where the blog sets a cookie and says so
	Agent                      int // the same words by which browsers call themselves
	// AgentOthers are as many comments with the same agent that were published.
	// Without it Agent says nothing: half the world may have one.
	AgentOthers int
}
