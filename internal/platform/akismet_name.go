package platform

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// akismetNames are the names of a comment by what stands in it: the protocol has
// no id that a client must keep. The store keeps keyed hashes of them.
type akismetNames struct {
	// exact has all that is said of the comment, and when it was written or, where
	// that is not said, when it came, to the hour; earlier is that of the hour before.
	exact, earlier string
	// same has all but the time, which clients leave out as they like. clean is same
	// without what a robot wrote where people don't see it: it is not kept there.
	same, clean string
	// From where the writer wrote what on which post; and without from where.
	place, text string
	// Where the client has an id of its own: as it calls it, and with the post.
	id, idOnPost string
	dated        bool // it is said when the comment was written
}

// names returns the names of the call's comment, which came at a time. Backslashes
// and markup don't count, for WordPress adds and takes away both on a comment's way.
func (c akismetCall) names(at time.Time) akismetNames {
	author, content, post := gist(c.field("comment_author")), gist(c.content()), postOf(c)
	date := strings.TrimSpace(c.field("comment_date_gmt"))
	n := akismetNames{dated: date != ""}
	all := func(honeypot string) string {
		return fingerprint("same", author, content, post, c.ip(), strings.ToLower(strings.TrimSpace(c.field("comment_author_email"))),
			webAddress(c.field("comment_author_url")), honeypot)
	}
	n.same, n.clean = all(gist(c.honeypot())), all("")
	if n.dated {
		n.exact = fingerprint("exact", n.same, date)
	} else {
		n.exact = fingerprint("hour", n.same, at.UTC().Format("2006-01-02T15"))
		n.earlier = fingerprint("hour", n.same, at.UTC().Add(-time.Hour).Format("2006-01-02T15"))
	}
	n.place = fingerprint("place", author, content, post, c.ip())
	n.text = fingerprint("text", author, content, post)
	if id := c.field("comment_ID"); id != "" && c.isWordPress() {
		n.id, n.idOnPost = "wp:"+id, fingerprint("id", id, post)
	}
	return n
}

// guidName is the name that a check's guid gives to the comment.
func guidName(guid string) string { return "akismet:guid:" + guid }

// all returns every name of the comment with a platform's id, for one that was
// checked with guid.
func (n akismetNames) all(platformID, guid string) []string {
	names := []string{moderation.Passing(guidName(guid)), moderation.Passing(n.exact), n.same, n.place, n.text, asItIs(platformID, n.same)}
	if n.clean != n.same {
		names = append(names, n.clean, asItIs(platformID, n.clean))
	}
	if n.dated {
		names = append(names, hasDate(platformID))
	}
	return append(names, n.ids(platformID)...)
}

// ids returns the names by the client's own id.
func (n akismetNames) ids(platformID string) []string {
	if n.id == "" {
		return nil
	}
	return []string{n.id, n.idOnPost, hasID(platformID)}
}

// What is known of the comment with a platform's id, as names that it has: that
// the client has an id for it, that it has said when it was written, and what
// stood in it.
func hasID(platformID string) string        { return "akismet:has-id:" + platformID }
func hasDate(platformID string) string      { return "akismet:has-date:" + platformID }
func asItIs(platformID, same string) string { return fingerprint("as", platformID, same) }

// known returns the names by which a report may mean a comment, the surest first.
func (n akismetNames) known(guid string) []string {
	var names []string
	if guid != "" {
		names = append(names, guidName(guid))
	}
	if n.idOnPost != "" {
		names = append(names, n.idOnPost)
	}
	return append(names, n.same, n.place, n.text)
}

// gist is what is left of a text that has gone through WordPress: no markup, no
// backslashes, single spaces.
func gist(s string) string {
	return strings.Join(strings.Fields(text.FromHTML(strings.ReplaceAll(s, `\`, ""))), " ")
}

// webAddress is what is left of an address that has gone through WordPress.
func webAddress(s string) string {
	s = strings.ToLower(gist(s))
	return strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://"), "/")
}

// postOf is the address of the post without a fragment, or its id.
func postOf(c akismetCall) string {
	address := strings.TrimSpace(c.field("permalink"))
	if u, err := url.Parse(address); err == nil && address != "" {
		u.Fragment = ""
		return u.String()
	}
	if address == "" {
		return c.field("comment_post_ID")
	}
	return address
}

// fingerprint hashes the parts of a name of some kind.
func fingerprint(kind string, parts ...string) string {
	sum := sha256.New()
	for _, part := range append([]string{kind}, parts...) {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		sum.Write(length[:])    //nolint:errcheck // never fails
		sum.Write([]byte(part)) //nolint:errcheck // never fails
	}
	return "akismet:" + kind + ":" + hex.EncodeToString(sum.Sum(nil))
}
