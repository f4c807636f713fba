package rules

import (
	"github.com/goccy/go-yaml/ast"

	"gatehouse/internal/moderation"
)

// tiesFacts are what the comment shares with ones that were lately rejected.
func tiesFacts() []fact {
	return []fact{
		{"rejected.address", kindNumber, "How many comments rejected here in the last 30 days came from the same network address. These counts stop at 100, and are 0 where the blog does not say.",
			func(s *state) any { return s.sub.Ties.Address }, nil},
		{"rejected.range", kindNumber, "How many of them came from the same range of addresses (/24, or /64): those of the same address, too.",
			func(s *state) any { return s.sub.Ties.Range }, nil},
		{"rejected.address_others", kindNumber, "How many comments from that address were published.", func(s *state) any { return s.sub.Ties.AddressOthers }, nil},
		{"rejected.range_others", kindNumber, "How many comments from that range were published: of a mobile network's there are many.", func(s *state) any { return s.sub.Ties.RangeOthers }, nil},
		{"rejected.email", kindNumber, "How many gave the same e-mail address.", func(s *state) any { return s.sub.Ties.Email }, nil},
		{"rejected.cookie", kindNumber, "How many came from the same browser, by the cookie that the blog reports.", func(s *state) any { return s.sub.Ties.Cookie }, nil},
		{"rejected.agent", kindNumber, "How many came from a browser of the same kind. Half the world may have that: ask for `rejected.agent_others`, too.",
			func(s *state) any { return s.sub.Ties.Agent }, nil},
		{"rejected.agent_others", kindNumber, "How many comments from a browser of that kind were published.", func(s *state) any { return s.sub.Ties.AgentOthers }, nil},
		{"author.account_days", kindNumber, "How many whole days the writer's account has existed; -1 where the blog does not say.", accountDays, nil},
	}
}

// accountDays returns the age of the writer's account.
func accountDays(s *state) any {
	since := s.sub.Author.Since
	if since.IsZero() {
		return -1
	}
	return max(0, int(s.sub.Now.Sub(since).Hours()/24))
}

// ties reads what a case shares with rejected comments.
func (r *reader) ties(n ast.Node, t *moderation.Ties) {
	count := func(name string, target *int) field {
		return field{name, func(n ast.Node) { *target = int(r.number(n, name)) }}
	}
	r.object(n, "rejected", count("address", &t.Address), count("range", &t.Range),
		count("address_others", &t.AddressOthers), count("range_others", &t.RangeOthers), count("email", &t.Email), count("cookie", &t.Cookie),
		count("agent", &t.Agent), count("agent_others", &t.AgentOthers))
}
