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
	HeldCommentsSQL  = heldCommentsSQL
	CommentsAfterSQL = commentsAfterSQL
	VoicesSQL        = voicesSQL
)

// DuplicatesOf is what Background asks for what was said before.
func (db *DB) DuplicatesOf(ctx context.Context, a moderation.Arrival) (moderation.Duplicates, error) {
	return db.duplicates(ctx, db.reader, a)
}

// The statements of what moderators look up, whose plans a test looks at.
var BrowseSQL = map[string]string{
	"open": openCasesSQL, "openOf": openCasesOfSQL, "count": countOpenSQL, "case": selectCases + `WHERE k.id = ?`,
	"comments":  selectComments + `WHERE c.id = ?`,
	"published": publishedSQL, "decided": decidedSQL, "find": findSQL, "identity": byIdentitySQL, "named": namedSQL,
	"decidedText": decidedTextSQL, "decidedWith": decidedWithSQL, "before": beforeOnPostSQL,
	"day": daySQL, "answered": answeredSQL, "written": writtenSQL, "next": nextCasesSQL, "digest": digestSQL,
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
