package moderation

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// AutoStrict is when a post turns strict by itself. The zero AutoStrict: never.
type AutoStrict struct {
	Percent int           // of the writers on the post lately, so many are flagged
	Within  time.Duration // what lately is
	For     time.Duration // how long the post is strict then
}

// The bounds of an AutoStrict, and how many flagged writers it takes at least.
const (
	minFlaggedWriters            = 3
	minWithin, maxWithin         = 5 * time.Minute, day
	minStrictTime, maxStrictTime = 10 * time.Minute, 7 * day
)

var autoStrictForm = regexp.MustCompile(`^([0-9]{1,3}) ?% in (\S+) for (\S+)$`)

// ParseAutoStrict reads "30% in 30m for 2h", or "off". Errors are [ErrInvalid].
func ParseAutoStrict(s string) (AutoStrict, error) {
	words := strings.ToLower(strings.Join(strings.Fields(s), " "))
	if words == "off" || words == "" {
		return AutoStrict{}, nil
	}
	found := autoStrictForm.FindStringSubmatch(words)
	if found == nil {
		return AutoStrict{}, fmt.Errorf("%w: %q is not like \"30%% in 30m for 2h\": the share of flagged writers, within which time, and for how long the post is strict then; or off", ErrInvalid, s)
	}
	percent, _ := strconv.Atoi(found[1]) // three digits
	within, err := ParseSpan(found[2])
	if err != nil {
		return AutoStrict{}, err
	}
	lasts, err := ParseSpan(found[3])
	switch {
	case err != nil:
		return AutoStrict{}, err
	case percent < 10 || percent > 100:
		return AutoStrict{}, fmt.Errorf("%w: a share of %d%%: it must be 10%% to 100%%", ErrInvalid, percent)
	case within < minWithin || within > maxWithin:
		return AutoStrict{}, fmt.Errorf("%w: a window of %s: it must be 5m to 24h", ErrInvalid, FormatSpan(within))
	case lasts < minStrictTime || lasts > maxStrictTime:
		return AutoStrict{}, fmt.Errorf("%w: strict for %s: it must be 10m to 7d", ErrInvalid, FormatSpan(lasts))
	}
	return AutoStrict{Percent: percent, Within: within, For: lasts}, nil
}

// String writes it as [ParseAutoStrict] reads it.
func (a AutoStrict) String() string {
	if a == (AutoStrict{}) {
		return "off"
	}
	return fmt.Sprintf("%d%% in %s for %s", a.Percent, FormatSpan(a.Within), FormatSpan(a.For))
}

// Voice is one comment on a post, with what tells its writer from others.
type Voice struct {
	Identity, Email, Range string // opaque; empty: unknown
	Flagged                bool   // for what it says: not for the mode, nor for who wrote it
}

// Crowds tells who has been writing on a post.
type Crowds interface {
	// Voices returns the newest comments on a post since a time, and since a person
	// last ended a change of its mode; at most a thousand.
	Voices(ctx context.Context, site SiteID, post string, since time.Time) ([]Voice, error)
}

// keys are by what a voice is taken for another one of the same writer. A name or an
// e-mail address costs nothing, so whoever is known by no more may be anybody: all of
// them count as one.
func (v Voice) keys() []string {
	if v.Identity == "" && v.Range == "" {
		return []string{"somebody"}
	}
	var keys []string
	for kind, key := range map[string]string{"i": v.Identity, "e": v.Email, "r": v.Range} {
		if key != "" {
			keys = append(keys, kind+key)
		}
	}
	return keys
}

// CountWriters returns how many people at least the voices are of, and how many of
// them were flagged. Voices with the same identity, e-mail address or address range
// are taken for one person's, and so are those in between.
func CountWriters(voices []Voice) (all, flagged int) {
	parent := map[string]string{}
	root := func(key string) string {
		for parent[key] != key {
			parent[key] = parent[parent[key]]
			key = parent[key]
		}
		return key
	}
	for _, v := range voices {
		first := ""
		for _, key := range v.keys() {
			if _, known := parent[key]; !known {
				parent[key] = key
			}
			if first == "" {
				first = root(key)
			}
			parent[root(key)] = first
		}
	}
	writers := map[string]bool{}
	for _, v := range voices {
		w := root(v.keys()[0])
		writers[w] = writers[w] || v.Flagged
	}
	for _, isFlagged := range writers {
		if isFlagged {
			flagged++
		}
	}
	return len(writers), flagged
}

// isReached says whether so many flagged ones of all writers turn a post strict.
func (a AutoStrict) isReached(all, flagged int) bool {
	return flagged >= minFlaggedWriters && 100*flagged >= a.Percent*all
}

// watchCrowd turns the post of a comment that was flagged strict for a while, where
// the site wants that and too many of its writers are flagged lately. The comment
// is stored: what fails here is logged.
func (s *Service) watchCrowd(ctx context.Context, a Arrival, v Verdict) {
	auto := a.Site.AutoStrict
	if auto == (AutoStrict{}) || a.Post.ID == "" || v.Action == Approve || s.Crowds == nil {
		return
	}
	if err := s.turnCrowd(ctx, a, auto); err != nil {
		s.Log.Error("look whether a post must turn strict", "site", a.Site.Name, "err", err)
	}
}

func (s *Service) turnCrowd(ctx context.Context, a Arrival, auto AutoStrict) error {
	now := s.Now()
	changes, err := s.Dial.Modes(ctx, a.Site.ID, now)
	if err != nil || ModeOf(a.Site, a.Post.ID, changes) == ModeStrict || isOrdered(a.Post.ID, changes) {
		return err
	}
	voices, err := s.Crowds.Voices(ctx, a.Site.ID, a.Post.ID, now.Add(-auto.Within))
	if err != nil {
		return err
	}
	all, flagged := CountWriters(voices)
	if !auto.isReached(all, flagged) {
		return nil
	}
	turned, err := s.Dial.TurnMode(ctx, ModeChange{Site: a.Site.ID, Post: a.Post.ID, Title: a.Post.Title, Mode: ModeStrict, By: machine(), At: now,
		Until: now.Add(auto.For), Reason: fmt.Sprintf("%d of %d writers were flagged within %s", flagged, all, FormatSpan(auto.Within))})
	if err != nil || turned.ID == 0 {
		return err
	}
	s.Log.Warn("post turned strict", "site", a.Site.Name, "until", turned.Until, "flagged", flagged, "writers", all)
	return nil
}

// isOrdered says whether a person has said how strict a post is: nothing that nobody
// asked for goes over that.
func isOrdered(post string, changes []ModeChange) bool {
	return slices.ContainsFunc(changes, func(c ModeChange) bool {
		return !c.ByMachine() && (c.Post == "" || c.Post == post)
	})
}
