package text

import (
	"slices"
	"strings"
)

// Cards counts the numbers of payment cards in s, which is a normal form: by
// their length, an issuer's first digits and the check digit (ISO/IEC 7812-1).
func Cards(s string) int {
	n := 0
	for at := 0; ; {
		f, ok := nextFigures(s, at)
		if !ok {
			return n
		}
		if isCard(f) && standsAlone(s, f.span) {
			n++
		}
		at = f.end
	}
}

// isCard reports whether f is written as card numbers are, and is one.
func isCard(f figures) bool {
	if len(f.digits) < 13 || len(f.digits) > 19 || strings.Trim(f.signs, " ") != "" && strings.Trim(f.signs, "-") != "" {
		return false
	}
	if len(f.groups) > 1 {
		last := f.groups[len(f.groups)-1]
		fours := last <= 4 && !slices.ContainsFunc(f.groups[:len(f.groups)-1], func(n int) bool { return n != 4 })
		if !fours && !slices.Equal(f.groups, []int{4, 6, 5}) && !slices.Equal(f.groups, []int{4, 6, 4}) || len(f.signs) != len(f.groups)-1 {
			return false
		}
	}
	return isIssuer(f.digits) && luhn(f.digits)
}

// isIssuer reports whether numbers of this length that begin so are given out.
func isIssuer(digits string) bool {
	first := func(n int) int {
		v := 0
		for _, c := range digits[:n] {
			v = 10*v + int(c-'0')
		}
		return v
	}
	between := func(v, low, high int) bool { return low <= v && v <= high }
	two, three, four := first(2), first(3), first(4)
	switch len(digits) {
	case 13:
		return digits[0] == '4'
	case 14: // Diners
		return between(three, 300, 305) || two == 36 || two == 38 || two == 39
	case 15: // American Express
		return two == 34 || two == 37
	case 16:
		return digits[0] == '4' || between(two, 51, 55) || between(four, 2221, 2720) || // Visa, Mastercard
			between(four, 2200, 2204) || between(four, 3528, 3589) || // Mir, JCB
			four == 6011 || between(three, 644, 649) || two == 65 || // Discover
			two == 62 || two == 50 || between(two, 56, 58) || two == 63 || two == 67 // UnionPay, Maestro
	default:
		return digits[0] == '4' && len(digits) == 19 || two == 62 || two == 50 || between(two, 56, 58) || two == 63 || two == 67
	}
}

// luhn reports whether the last digit is the check digit of the others.
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
