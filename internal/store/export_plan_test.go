package store

// LookupSQL is the statements of what is looked up while a blog lives, whose plans a
// test looks at.
func LookupSQL() map[string]string {
	return map[string]string{
		"open": openCasesSQL, "open of a site": openCasesOfSQL, "count open": countOpenSQL, "case": selectCases + `WHERE k.id = ?`, "next": nextCasesSQL,
		"comment": selectComments + `WHERE c.id = ?`, "recent": recentSQL, "recent comment": recentViewSQL,
		"published": publishedSQL, "decided": decidedSQL, "digest": digestSQL, "days": daysSQL, "answered": answeredSQL,
		"find": findSQL, "begun": begunSQL, "by identity": byIdentitySQL, "named": namedSQL, "count of author": countOfSQL,
		"decided text": decidedTextSQL, "decided with": decidedWithSQL, "on post before": beforeOnPostSQL, "written": writtenSQL,
		"candidates": selectCandidates(2), "candidate": candidateSQL,
		"record": selectRecord + `WHERE c.id = ? AND c.site_id = ?`, "changes": changesSQL(""), "held changes": changesSQL("held"), "last change": lastChangeSQL,
		"decisions": selectDecision + `WHERE d.comment_id = ? ORDER BY d.id`,
		"due":       dueSQL, "undelivered": undeliveredSQL, "count undelivered": countUndeliveredSQL, "given up": givenUpSQL, "open cards": openCardsSQL, "held": heldCasesSQL,
		"drift": driftSQL, "raids": raidsSQL, "waiting mates": waitingMatesSQL, "known": knownSQL,
	}
}

// IsWordAsIs is what Find asks of a word.
func IsWordAsIs(word string) bool { return isWordAsIs(word) }
