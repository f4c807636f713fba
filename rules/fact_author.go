package rules

import "gatehouse/internal/text"

// authorFacts are those of the writer.
func authorFacts() []fact {
	return []fact{
		{"author.name", kindText, "The writer's name as shown.", func(s *state) any { return s.sub.Author.Name }, nil},
		{"author.links", kindNumber, "How many links that name has in it.",
			func(s *state) any { return len(text.Links(s.sub.Author.Name)) }, nil},
		{"author.email", kindText, "The writer's e-mail address.", func(s *state) any { return s.sub.Author.Email }, nil},
		{"author.url", kindText, "The address that the writer's name links to.",
			func(s *state) any { return s.sub.Author.URL }, func(s *state) []string { return []string{s.sub.Author.URL} }},
		{"author.id", kindText, "The platform's id of the writer.", func(s *state) any { return s.sub.Author.ID }, nil},
		{"author.anonymous", kindBool, "The platform gives no id of the writer.", func(s *state) any { return s.sub.Author.ID == "" }, nil},
		{"author.role", kindText, "The platform's word for what the writer is: administrator, subscriber …", func(s *state) any { return s.sub.Author.Role }, nil},
		{"author.ip", kindText, "The network address that the comment came from.", func(s *state) any { return s.address() }, nil},
		{"author.user_agent", kindText, "What the writer's browser calls itself.", func(s *state) any { return s.sub.Author.UserAgent }, nil},
		{"standing.known", kindBool, "The writer has an identity: the platform vouches for one, or e-mail and address are both known.", func(s *state) any { return s.sub.Standing.Known }, nil},
		{"standing.approved", kindNumber, "How many comments of the writer were approved here.", func(s *state) any { return s.sub.Standing.Approved }, nil},
		{"standing.rejected", kindNumber, "How many were rejected here.", func(s *state) any { return s.sub.Standing.Rejected }, nil},
		{"standing.recent", kindNumber, "How many of the writer's newest comments are decided, ten at most.", func(s *state) any { return s.sub.Standing.Recent }, nil},
		{"standing.recent_rejected", kindNumber, "How many of those were rejected.", func(s *state) any { return s.sub.Standing.RecentRejected }, nil},
		{"standing.proven", kindNumber, "How many were approved, are long enough to earn trust, and stood for a week.", func(s *state) any { return s.sub.Standing.Proven }, nil},
		{"standing.trusted", kindBool, "The writer is trusted here.", func(s *state) any { return s.sub.Standing.Trusted }, nil},
		{"standing.banned", kindBool, "The writer is banned here.", func(s *state) any { return s.sub.Standing.Banned }, nil},
	}
}
