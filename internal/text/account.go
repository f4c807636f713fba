package text

// Accounts counts the international bank account numbers (IBAN, ISO 13616) in s,
// which is a normal form: by their country's length and the check digits.
func Accounts(s string) int {
	n := 0
	for at, word := range Words(s) {
		if len(word) < 4 || !isASCIILetter(word[0]) || !isASCIILetter(word[1]) || !isASCIIDigit(word[2]) || !isASCIIDigit(word[3]) {
			continue
		}
		if isAccount(s[at:], ibanLength(word[:2])) {
			n++
		}
	}
	return n
}

// isAccount reports whether s begins with the length characters of an IBAN,
// together or in groups, and no letter or digit follows.
func isAccount(s string, length int) bool {
	var digits [70]byte // letters count as two
	n, taken, i := 0, 0, 0
	for ; i < len(s) && taken < length; i++ {
		switch c := s[i]; {
		case isASCIIDigit(c):
			digits[n] = c - '0'
			n++
		case isASCIILetter(c):
			v := c - 'a' + 10
			digits[n], digits[n+1] = v/10, v%10
			n += 2
		case c == ' ' && taken%4 == 0:
			continue
		default:
			return false
		}
		taken++
	}
	if length == 0 || taken < length || !boundaryAt(s, i) {
		return false
	}
	// The country and the check digits, six here, go to the end.
	rest := 0
	for k := range n {
		rest = (10*rest + int(digits[(k+6)%n])) % 97
	}
	return rest == 1
}

// ibanLength returns how long the numbers of a country are, from the registry of
// ISO 13616; 0 where it has none.
func ibanLength(country string) int {
	switch country {
	case "no":
		return 15
	case "be":
		return 16
	case "dk", "fo", "fi", "gl", "nl", "sd":
		return 18
	case "mk", "si":
		return 19
	case "at", "ba", "ee", "kz", "xk", "lt", "lu", "mn":
		return 20
	case "ch", "hr", "li", "lv":
		return 21
	case "bh", "bg", "cr", "de", "ge", "ie", "me", "rs", "gb", "va":
		return 22
	case "ae", "gi", "il", "iq", "om", "so", "tl":
		return 23
	case "ad", "cz", "md", "pk", "ro", "sa", "sk", "es", "se", "tn", "vg":
		return 24
	case "ly", "pt", "st":
		return 25
	case "is", "tr":
		return 26
	case "bi", "dj", "fr", "gr", "it", "mc", "mr", "sm":
		return 27
	case "al", "az", "by", "cy", "do", "gt", "hu", "lb", "ni", "pl", "sv":
		return 28
	case "br", "eg", "ps", "qa", "ua":
		return 29
	case "jo", "kw", "mu", "ye":
		return 30
	case "mt", "sc":
		return 31
	case "lc":
		return 32
	case "ru":
		return 33
	}
	return 0
}
