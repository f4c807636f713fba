package text

import (
	"slices"
	"strings"
)

// The lengths of card numbers.
const (
	minCard = 13
	maxCard = 19
)

// Cards counts the numbers of payment cards in s, which is a normal form: by
// their length, an issuer's first digits and the check digit (ISO/IEC 7812-1).
func Cards(s string) int {
	count := 0
	for at := 0; ; {
		f, ok := nextFigures(s, at)
		if !ok {
			return count
		}
		if f.count >= minCard && f.count <= maxCard && f.take(s).isCard() && standsAlone(s, f.span) {
			count++
		}
		at = f.end
	}
}

// isCard reports whether n is written as card numbers are, and is one.
func (n number) isCard() bool {
	last := len(n.groups) - 1
	if strings.Trim(n.signs, " ") != "" && strings.Trim(n.signs, "-") != "" || len(n.signs) != last {
		return false
	}
	isFour := func(group int) bool { return group == 4 }
	fours := !slices.ContainsFunc(n.groups[:last], func(group int) bool { return !isFour(group) }) && (last == 0 || n.groups[last] <= 4)
	if !fours && !slices.Equal(n.groups, []int{4, 6, 5}) && !slices.Equal(n.groups, []int{4, 6, 4}) {
		return false
	}
	return isIssued(n.digits) && luhn(n.digits)
}

// isIssued reports whether numbers of this length that begin so are given out.
func isIssued(digits string) bool {
	between := func(first, low, high string) bool { return low <= first && first <= high }
	two, three, four := digits[:2], digits[:3], digits[:4]
	longer := two == "62" || two == "50" || between(two, "56", "58") || two == "63" || two == "67" // UnionPay, Maestro
	switch len(digits) {
	case 13:
		return digits[0] == '4'
	case 14: // Diners
		return between(three, "300", "305") || two == "36" || two == "38" || two == "39"
	case 15: // American Express
		return two == "34" || two == "37"
	case 16:
		return longer || digits[0] == '4' || between(two, "51", "55") || between(four, "2221", "2720") || // Visa, Mastercard
			between(four, "2200", "2204") || between(four, "3528", "3589") || // Mir, JCB
			four == "6011" || between(three, "644", "649") || two == "65" // Discover
	}
	return longer || digits[0] == '4' && len(digits) == 19
}

// luhn reports whether the last digit is the check digit of the others, and they
// are not all the same.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0 && strings.Trim(digits, digits[:1]) != ""
}
