package platform

import "gatehouse/internal/moderation"

// ParseChangeQuery is what reads an address's parameters, for tests.
func ParseChangeQuery(raw string) (moderation.ChangeQuery, error) { return parseChangeQuery(raw) }

// ParseOrder is what reads a decision with a token, for tests.
func ParseOrder(body []byte) (moderation.Order, error) { return parseOrder(body) }
