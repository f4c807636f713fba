package store

import (
	"context"

	"gatehouse/internal/moderation"
)

// WithdrawLessonsSQL is the statement whose plan a test looks at.
const WithdrawLessonsSQL = withdrawLessonsSQL

// SelectRecord is the beginning of the statements whose plan a test looks at.
const SelectRecord = selectRecord

// The statements of HeldComments and CommentsAfter, whose plans a test looks at.
const (
	HeldCommentsSQL  = heldCommentsSQL
	CommentsAfterSQL = commentsAfterSQL
)

// EchoOf is what Background asks for what was said before.
func (db *DB) EchoOf(ctx context.Context, a moderation.Arrival) (moderation.Echo, error) {
	return db.echo(ctx, db.often, a)
}
