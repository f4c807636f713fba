package moderation

import (
	"fmt"
	"time"
)

const (
	// RaidPause is after how long without another one a cluster is over.
	RaidPause = time.Hour
	// MinCluster is how many comments make a cluster that is spoken of.
	MinCluster = 3
	// MinCrowd is how many comments from one range, or with a link to one host,
	// within RaidPause make one: a host that was linked to as often before is one that
	// the blog's readers like.
	MinCrowd = 5
	// MinCrowdNames is under how many names they come: fewer are readers at home.
	MinCrowdNames = 3
)

// ClusterID numbers clusters.
type ClusterID int64

// ClusterKind is what the comments of a cluster have in common.
type ClusterKind string

// The kinds.
const (
	ClusterText  ClusterKind = "text"  // they say nearly the same
	ClusterHost  ClusterKind = "host"  // they link to one host
	ClusterRange ClusterKind = "range" // they come from one range of addresses
)

// Cluster is comments of a site that came close together and are alike: a raid,
// most likely. It decides nothing; it is there so that one look can do for all.
type Cluster struct {
	ID        ClusterID
	Kind      ClusterKind
	Comments  int       // that were not withdrawn
	Waiting   int       // of them
	Published int       // of them
	Since     time.Time // when the first of them came
	Last      time.Time
}

// String says it to a moderator: "one of 14 that say nearly the same, since 12:03".
func (c Cluster) String() string {
	return fmt.Sprintf("one of %d that %s, since %s", c.Comments, c.Kind.Common(), c.Began())
}

// Began says since when it goes on: "12:03 UTC".
func (c Cluster) Began() string {
	if c.Last.Sub(c.Since) >= 24*time.Hour {
		return c.Since.UTC().Format("2 Jan, 15:04 UTC")
	}
	return c.Since.UTC().Format("15:04 UTC")
}

// Common says what the comments of a cluster of that kind have in common: they "say
// nearly the same".
func (k ClusterKind) Common() string {
	switch k {
	case ClusterText:
		return "say nearly the same"
	case ClusterHost:
		return "link to one host"
	default:
		return "come from one range of addresses"
	}
}
