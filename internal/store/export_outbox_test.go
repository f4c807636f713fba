package store

// DueSQL is how what is due is found.
const DueSQL = dueSQL
