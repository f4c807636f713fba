package moderation

import "time"

// Window counts comments by how long ago they came.
type Window struct {
	Minute, TenMinutes, Hour, Day int
}

// MaxCount is what counts of comments go up to: more are not told apart.
const MaxCount = 1000

// Activity is how many other comments came to the site lately, edits not counted.
type Activity struct {
	Author  Window // of the same identity
	Address Window // from the same network address
	Range   Window // from the same /24 or /64
	Post    Window // on the same post
	Host    Window // with a link to the host of this one's that has most
}

// Thread is what came on the comment's post, edits not counted.
type Thread struct {
	Comments int       // other than this one, up to [MaxCount]
	Began    time.Time // when the first of them came; zero: there is none
}

// Duplicates is what of a comment has been said on the site before: by the same words
// whatever their disguise, or by nearly the same. At most [MaxDuplicates] of the
// newest are looked at.
type Duplicates struct {
	Exact    int
	Near     int // not counting the exact ones
	Rejected int // of both
	Writers  int // different names among both and this one
	Last     time.Duration
	Of       CommentID // the most alike; the newest of equals
	Alike    float64   // how much, 0 to 1: 1 is exact
}

// MaxDuplicates bounds how many comments it tells of.
const MaxDuplicates = 50
