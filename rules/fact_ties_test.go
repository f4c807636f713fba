package rules

import "testing"

func TestTiesAreFacts(t *testing.T) {
	const book = `rules:
  - id: neighbour
    when: rejected.range >= 1 and rejected.agent >= 1 and rejected.agent_others == 0 and author.account_days < 2
    action: hold
    message: from where rejected comments came
    catches:
      - {text: hello, author: {account_days: 1}, rejected: {range: 1, agent: 2}}
      - {text: hello, rejected: {range: 1, address: 1, email: 1, cookie: 1, agent: 1}}
    passes:
      - {text: hello, author: {account_days: 2}, rejected: {range: 1, agent: 2}}
      - {text: hello, rejected: {range: 1, agent: 2, agent_others: 1}}
      - {text: hello, rejected: {agent: 2}}
      - hello
`
	if _, err := Parse("rules.yaml", []byte(book)); err != nil {
		t.Error(err)
	}
	if _, err := Parse("rules.yaml", []byte(`rules:
  - {id: a, when: author.account_days == -1 and rejected.address == 0, action: hold, message: m, catches: [x], passes: [{text: x, author: {account_days: 0}}]}
`)); err != nil {
		t.Error(err)
	}
}
