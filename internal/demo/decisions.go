package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// maxDecision bounds the body of a decision, in bytes.
const maxDecision = 64 << 10

// The types of decision that gatehouse sends.
const (
	typeApproved = "comment.approved"
	typeRejected = "comment.rejected"
	typeHeld     = "comment.held"
)

// decision is what gatehouse tells the blog of one of its comments.
type decision struct {
	Type string `json:"type"`
	Data struct {
		ID       string `json:"id"` // the blog's own
		Seq      int64  `json:"seq"`
		Category string `json:"category"`
	} `json:"data"`
}

// takeDecision is the blog's callback: gatehouse reports a decision there.
func (d *Demo) takeDecision(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDecision))
	if err != nil {
		http.Error(w, "the decision can't be read", http.StatusRequestEntityTooLarge)
		return
	}
	if err := d.cfg.Verify(r.Header, body); err != nil {
		d.cfg.Log.Warn("decision refused", "site", d.cfg.Site, "err", err)
		http.Error(w, "the decision is not signed as it should be", http.StatusUnauthorized)
		return
	}
	next, err := readDecision(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	found, err := d.book.update(next.Data.ID, next.apply)
	switch {
	case err != nil:
		d.cfg.Log.Error("decision not kept", "site", d.cfg.Site, "comment", next.Data.ID, "err", err)
		http.Error(w, "the decision could not be kept", http.StatusInternalServerError)
		return
	case !found:
		// Not an error: sending it again would not make the comment known.
		d.cfg.Log.Warn("decision on an unknown comment", "site", d.cfg.Site, "comment", next.Data.ID)
	}
	w.WriteHeader(http.StatusNoContent)
}

// readDecision reads a message of gatehouse's.
func readDecision(body []byte) (decision, error) {
	var d decision
	if err := json.Unmarshal(body, &d); err != nil {
		return decision{}, fmt.Errorf("read decision: %w", err)
	}
	switch d.Type {
	case typeApproved, typeRejected, typeHeld:
	default:
		return decision{}, fmt.Errorf("read decision: unknown type %q", d.Type)
	}
	if d.Data.ID == "" || d.Data.Seq < 1 {
		return decision{}, fmt.Errorf("read decision: id or seq is missing")
	}
	return d, nil
}

// apply makes c follow the decision, unless c knows a newer one.
func (d decision) apply(c *comment) error {
	if d.Data.Seq <= c.Seq {
		return errUnchanged
	}
	c.Seq = d.Data.Seq
	c.Category = ""
	c.Sender = nil
	switch d.Type {
	case typeApproved:
		c.State = published
	case typeHeld:
		c.State = held
	case typeRejected:
		c.State, c.Category = refused, d.Data.Category
	}
	return nil
}
