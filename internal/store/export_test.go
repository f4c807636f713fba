package store

// WithdrawLessonsSQL is the statement whose plan a test looks at.
const WithdrawLessonsSQL = withdrawLessonsSQL
