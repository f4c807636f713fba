package rules

import "gatehouse/internal/text"

// personalFacts count what the comment tells of somebody's life. What was found is
// nobody's evidence: it would be told once more, and kept when the text is gone.
func personalFacts() []fact {
	// count counts in the normal form, where at least so many digits are.
	count := func(digits int, find func(string) int) func(*state) any {
		return func(s *state) any {
			if s.look().Digits < digits {
				return 0
			}
			return find(s.normal())
		}
	}
	return []fact{
		{"personal.emails", kindNumber, "How many e-mail addresses it has.", count(0, text.Emails), nil},
		{"personal.phones", kindNumber, "How many telephone numbers: with a + and the code of a country, grouped as in North America or Europe, or behind a word such as “call”.",
			count(7, text.Phones), nil},
		{"personal.cards", kindNumber, "How many numbers of payment cards, by the first digits and the check digit.", count(13, text.Cards), nil},
		{"personal.accounts", kindNumber, "How many bank accounts (IBAN), by their length and check digits.", count(4, text.Accounts), nil},
		{"personal.addresses", kindNumber, "How many postal addresses: street, house number and, close by, a postal code or flat. A street and number alone are none.",
			count(2, text.Addresses), nil},
	}
}
