package platform

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

const (
	defaultPage = 100 // comments in an answer
	maxPage     = 500
)

// cursorBase is how a place in the order of changes is written: a cursor that
// looks like no number, for nobody should count on what it is.
const cursorBase = 36

// changesJSON is the answer to a poller.
type changesJSON struct {
	Comments []recordJSON `json:"comments"`
	Next     string       `json:"next"`
	More     bool         `json:"more"`
}

// recordJSON is a comment as the API shows it.
type recordJSON struct {
	CommentID  string            `json:"comment_id"`
	ID         string            `json:"id"` // the platform's
	Revision   int               `json:"revision"`
	Status     moderation.Status `json:"status"`
	Seq        int64             `json:"seq"`
	ReceivedAt time.Time         `json:"received_at"`
	ChangedAt  time.Time         `json:"changed_at"`
	Verdict    verdictJSON       `json:"verdict"`
	Decision   *decisionJSON     `json:"decision"` // the one that stands on this revision
	Decisions  []decisionJSON    `json:"decisions"`
	Cluster    *Cluster          `json:"cluster,omitempty"`
}

// Cluster is comments that came close together and are alike, as programs see it.
type Cluster struct {
	ID       int64                  `json:"id"`
	Kind     moderation.ClusterKind `json:"kind"`
	Comments int                    `json:"comments"`
	Since    time.Time              `json:"since"`
	Last     time.Time              `json:"last"`
}

// NewCluster returns the JSON of a cluster; nil for none.
func NewCluster(c *moderation.Cluster) *Cluster {
	if c == nil {
		return nil
	}
	return &Cluster{ID: int64(c.ID), Kind: c.Kind, Comments: c.Comments, Since: c.Since.UTC(), Last: c.Last.UTC()}
}

type verdictJSON struct {
	Action  moderation.Action `json:"action"`
	Scores  *Scores           `json:"scores"`
	Reasons []Reason          `json:"reasons"`
	Model   string            `json:"model"`
	Rules   string            `json:"rules"`
}

type decisionJSON struct {
	Decision  moderation.Choice `json:"decision"` // undo: one before was taken back
	Revision  int               `json:"revision"`
	DecidedBy string            `json:"decided_by"`
	Via       string            `json:"via"`
	DecidedAt time.Time         `json:"decided_at"`
	Note      string            `json:"note"`
	Undone    bool              `json:"undone"`
}

func newChangesJSON(c moderation.Changes) changesJSON {
	out := changesJSON{Comments: []recordJSON{}, Next: strconv.FormatInt(int64(c.Next), cursorBase), More: c.More}
	for _, r := range c.Records {
		out.Comments = append(out.Comments, newRecordJSON(r))
	}
	return out
}

func newRecordJSON(r moderation.Record) recordJSON {
	a := NewAnswer(r.Verdict)
	out := recordJSON{CommentID: r.Comment.String(), ID: r.PlatformID, Revision: r.Revision, Status: r.Status, Seq: r.Seq,
		ReceivedAt: r.ReceivedAt.UTC(), ChangedAt: r.Changed.Time(), Cluster: NewCluster(r.Cluster), Decisions: []decisionJSON{},
		Verdict: verdictJSON{Action: a.Action, Scores: a.Scores, Reasons: a.Reasons, Model: a.Model, Rules: a.Rules}}
	for _, d := range r.Decisions {
		out.Decisions = append(out.Decisions, newDecisionJSON(d))
	}
	if standing := r.Standing(); standing != nil {
		d := newDecisionJSON(*standing)
		out.Decision = &d
	}
	return out
}

func newDecisionJSON(d moderation.RecordedDecision) decisionJSON {
	return decisionJSON{Decision: d.Choice, Revision: d.Revision, DecidedBy: d.By.String(), Via: d.Via, DecidedAt: d.At.UTC(),
		Note: d.Note, Undone: d.Undone}
}

// parseChangeQuery reads the parameters status, since, after and limit. Its
// errors are moderation.ErrInvalid and name the parameter.
func parseChangeQuery(raw string) (moderation.ChangeQuery, error) {
	q := moderation.ChangeQuery{Limit: defaultPage}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, fmt.Errorf("%w: the address's parameters: %w", moderation.ErrInvalid, err)
	}
	var since moderation.Change
	for name, given := range values {
		value := given[len(given)-1]
		if value == "" {
			continue
		}
		switch name {
		case "status":
			q.Status, err = parseStatus(value)
		case "since":
			since, err = parseSince(value)
		case "after":
			q.After, err = parseCursor(value)
		case "limit":
			q.Limit, err = parseLimit(value)
		default:
			err = fmt.Errorf("it is none of status, since, after, limit")
		}
		if err != nil {
			return q, fmt.Errorf("%w: parameter %s: %w", moderation.ErrInvalid, text.Cut(name, 60), err)
		}
	}
	if since != 0 {
		q.After = max(q.After, since-1)
	}
	return q, nil
}

func parseStatus(value string) (moderation.Status, error) {
	switch s := moderation.Status(value); s {
	case moderation.Approved, moderation.Held, moderation.Rejected, moderation.Withdrawn:
		return s, nil
	}
	return "", fmt.Errorf("%q is none of approved, held, rejected, withdrawn", text.Cut(value, 60))
}

// parseSince reads a time. The + of its zone means a space in an address, which
// many forget.
func parseSince(value string) (moderation.Change, error) {
	t, err := time.Parse(time.RFC3339, strings.ReplaceAll(value, " ", "+"))
	if err != nil {
		return 0, fmt.Errorf("%q is not a time like 2026-03-01T12:00:00Z", text.Cut(value, 60))
	}
	return moderation.ChangeAt(t), nil
}

func parseCursor(value string) (moderation.Change, error) {
	n, err := strconv.ParseInt(value, cursorBase, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not the `next` of an earlier answer; begin again without it", text.Cut(value, 60))
	}
	return moderation.Change(n), nil
}

func parseLimit(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not a number from 1 to %d", text.Cut(value, 60), maxPage)
	}
	return min(n, maxPage), nil
}

// parseOrder reads the JSON of a decision. Its errors are moderation.ErrInvalid
// and name the field or the place.
func parseOrder(body []byte) (moderation.Order, error) {
	var p struct {
		Decision string `json:"decision"`
		Revision int    `json:"revision"`
		Note     string `json:"note"`
	}
	if err := decodeJSON(body, &p, "a decision"); err != nil {
		return moderation.Order{}, err
	}
	choice, err := moderation.ParseChoice(p.Decision)
	switch {
	case p.Decision == "":
		return moderation.Order{}, fmt.Errorf("%w: field decision: missing; write approve, spam, abuse or reject", moderation.ErrInvalid)
	case err != nil:
		return moderation.Order{}, fmt.Errorf("%w: field decision: %q is none of approve, spam, abuse, reject", moderation.ErrInvalid, text.Cut(p.Decision, 60))
	case p.Revision < 0:
		return moderation.Order{}, fmt.Errorf("%w: field revision: %d is below 1; leave it out to decide whatever is newest", moderation.ErrInvalid, p.Revision)
	}
	return moderation.Order{Choice: choice, Revision: p.Revision, Note: text.Cut(p.Note, maxNote)}, nil
}
