package store

// WithdrawLessonsSQL is the statement whose plan a test looks at.
const WithdrawLessonsSQL = withdrawLessonsSQL

// SelectRecord is the beginning of the statements whose plan a test looks at.
const SelectRecord = selectRecord
