package store

// WithdrawLessonsSQL is the statement whose plan a test looks at.
const WithdrawLessonsSQL = withdrawLessonsSQL

// SelectRecord is the beginning of the statements whose plan a test looks at.
const SelectRecord = selectRecord

// The statements of HeldComments and CommentsAfter, whose plans a test looks at.
const (
	HeldCommentsSQL  = heldCommentsSQL
	CommentsAfterSQL = commentsAfterSQL
)
