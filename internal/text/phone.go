package text

import (
	"slices"
	"strings"
)

// The digits of telephone numbers, country code included (E.164 allows 15).
const (
	minPhone = 7
	maxPhone = 15
)

// Phones counts the telephone numbers in s, which is a normal form. What has the
// form of one somewhere in the world is not enough, as years and sums have it too:
// counted are numbers with a + before the country code, those that are grouped as
// in North America or as in Europe behind a 0, and whatever stands behind a word
// such as "call" or "тел".
func Phones(s string) int {
	n := 0
	for at := 0; ; {
		f, ok := nextFigures(s, at)
		if !ok {
			return n
		}
		if isPhone(s, f) && standsAlone(s, f.span) {
			n++
		}
		at = f.end
	}
}

// isPhone reports whether f is a telephone number.
func isPhone(s string, f figures) bool {
	if len(f.digits) < minPhone || len(f.digits) > maxPhone {
		return false
	}
	switch {
	case strings.HasPrefix(f.signs, "+"), strings.HasPrefix(f.signs, "(+"):
		return len(f.digits) >= 8 && f.digits[0] != '0'
	case isAmerican(f), isEuropean(f), isRussian(f):
		return true
	}
	return announced(s[:f.start]) && !isDate(f)
}

// isAmerican reports whether f is grouped as numbers of North America: 555-123-4567,
// (555) 123-4567, 1-555-123-4567.
func isAmerican(f figures) bool {
	digits, groups := f.digits, f.groups
	if len(groups) == 4 && groups[0] == 1 && digits[0] == '1' {
		digits, groups = digits[1:], groups[1:]
	}
	return slices.Equal(groups, []int{3, 3, 4}) && digits[0] >= '2' && digits[3] >= '2' && !strings.Contains(f.signs, "/")
}

// isEuropean reports whether f is grouped as national numbers are in much of
// Europe, behind a 0 or 00 and the code of country, town or network.
func isEuropean(f figures) bool {
	if f.digits[0] != '0' || len(f.digits) < 9 || len(f.digits) > 14 || isDate(f) {
		return false
	}
	return len(f.groups) > 1 && f.groups[0] >= 2 && f.groups[0] <= 5 || len(f.groups) == 1 && len(f.digits) <= 12 && f.digits[1] != '0'
}

// isRussian reports whether f is a Russian number with its 8: 8 (912) 345-67-89.
func isRussian(f figures) bool {
	return len(f.digits) == 11 && f.digits[0] == '8' && strings.IndexByte("3489", f.digits[1]) >= 0 &&
		(len(f.groups) == 1 && f.digits[1] == '9' || len(f.groups) >= 3 && f.groups[0] == 1 && f.groups[1] == 3)
}

// isDate reports whether f may be days, months and years.
func isDate(f figures) bool {
	return slices.Equal(f.groups, []int{2, 2, 4}) || slices.Equal(f.groups, []int{4, 2, 2}) || slices.Equal(f.groups, []int{4, 4})
}

// announced reports whether s ends in a word that a telephone number follows.
func announced(s string) bool {
	s = strings.TrimRight(s, " :.#№-")
	word := s[strings.LastIndexAny(s, " .,;(")+1:]
	switch word {
	case "tel", "telefon", "telephone", "phone", "fon", "mobile", "mobil", "cell", "handy", "call", "whatsapp", "viber", "signal", "sms",
		"тел", "телефон", "тлф", "звоните", "звони", "ватсап", "вайбер", "tél", "téléphone", "teléfono", "móvil":
		return true
	}
	return false
}
