package store

import (
	"context"
	"database/sql"

	"gatehouse/internal/moderation"
)

// WithdrawLessonsSQL is the statement whose plan a test looks at.
const WithdrawLessonsSQL = withdrawLessonsSQL

// SelectRecord is the beginning of the statements whose plan a test looks at.
const SelectRecord = selectRecord

// SiteLessonsSQL is the statement of SiteLessonsAfter, whose plan a test looks at.
const SiteLessonsSQL = selectLessons + siteLessonsAfter

// The statements of HeldComments, CommentsAfter and Voices, whose plans a test looks at.
const (
	HeldCasesSQL     = heldCasesSQL
	CommentsAfterSQL = commentsAfterSQL
	VoicesSQL        = voicesSQL
)

// DuplicatesOf is what Background asks for what was said before.
func (db *DB) DuplicatesOf(ctx context.Context, a moderation.Arrival) (moderation.Duplicates, error) {
	return db.duplicates(ctx, db.reader, a)
}

// KeepFeatures is what a purge does to a lesson.
func (db *DB) KeepFeatures(ctx context.Context, number int64, features []byte) error {
	return db.write(ctx, func(tx *sql.Tx) error { return keepFeatures(ctx, tx, number, features) })
}

// The statements of Vitals, whose plans a test looks at.
const (
	SiteVitalsSQL     = siteVitalsSQL
	DeliveryVitalsSQL = deliveryVitalsSQL
)

// HashesOf is by what the database knows an author again: identity, e-mail, address
// and range.
func (db *DB) HashesOf(a moderation.Author) [4][]byte {
	w := db.keys.who(a)
	return [4][]byte{w.identity, w.email, w.address, w.network}
}
