package platform

import (
	"fmt"
	"net/http"

	"gatehouse/internal/moderation"
)

// idempotencyKey is the header by which an order may be sent again whose answer got
// lost; see the draft "The Idempotency-Key HTTP Header Field" of the IETF.
const idempotencyKey = "Idempotency-Key"

// orderKey makes the Idempotency-Key of a request that of one order on one comment of a
// token's site; without that header it is empty.
func orderKey(r *http.Request, token moderation.Token, comment moderation.CommentID) (string, error) {
	sent := r.Header.Values(idempotencyKey)
	switch {
	case len(sent) == 0:
		return "", nil
	case len(sent) > 1 || sent[0] == "":
		return "", fmt.Errorf("%w: header %s: send one, and not an empty one", moderation.ErrInvalid, idempotencyKey)
	case len(sent[0]) > maxMessageID:
		return "", fmt.Errorf("%w: header %s is longer than %d bytes", moderation.ErrInvalid, idempotencyKey, maxMessageID)
	}
	return fmt.Sprintf("api:%d:%d:%s", token.Site, comment, sent[0]), nil
}

// checkRepeated refuses an order with the key of an earlier one that asked for something
// else.
func checkRepeated(out moderation.Outcome, asked moderation.Choice) error {
	if !out.Repeated || out.Decision.Choice == asked {
		return nil
	}
	return fmt.Errorf("%w: header %s: that key came before with %q, and this is %q: give each order a key of its own",
		moderation.ErrInvalid, idempotencyKey, out.Decision.Choice, asked)
}
