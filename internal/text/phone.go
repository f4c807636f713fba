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
// in North America, or as in Europe behind a 0, and whatever stands behind a word
// such as "call" or "тел".
func Phones(s string) int {
	count := 0
	for at := 0; ; {
		f, ok := nextFigures(s, at)
		if !ok {
			return count
		}
		if f.count >= minPhone && f.count <= maxPhone && f.take(s).isPhone(s[:f.start]) && standsAlone(s, f.span) {
			count++
		}
		at = f.end
	}
}

// isPhone reports whether n, which stands behind before, is a telephone number.
func (n number) isPhone(before string) bool {
	if strings.HasPrefix(n.signs, "+") || strings.HasPrefix(n.signs, "(+") {
		return len(n.digits) > minPhone && n.digits[0] != '0' && !strings.HasSuffix(n.digits, "0000")
	}
	if n.isDate() || strings.HasSuffix(strings.TrimRight(before, " :-0123456789"), "isbn") {
		return false
	}
	return n.isAmerican() || n.isEuropean() || n.isRussian() || isAnnounced(before)
}

// isDate reports whether n begins with a day, or is two years.
func (n number) isDate() bool {
	if len(n.groups) < 3 {
		return slices.Equal(n.groups, []int{4, 4})
	}
	first := n.groups[:3]
	return slices.Equal(first, []int{2, 2, 4}) || slices.Equal(first, []int{4, 2, 2})
}

// isAmerican reports whether n is grouped as numbers of North America: 555-123-4567,
// (555) 123-4567, 1-555-123-4567.
func (n number) isAmerican() bool {
	digits, groups := n.digits, n.groups
	if len(groups) == 4 && groups[0] == 1 && digits[0] == '1' {
		digits, groups = digits[1:], groups[1:]
	}
	return slices.Equal(groups, []int{3, 3, 4}) && digits[0] >= '2' && digits[3] >= '2' && !strings.Contains(n.signs, "/")
}

// isEuropean reports whether n is grouped as national numbers are in much of
// Europe, behind a 0 or 00 and the code of country, town or network.
func (n number) isEuropean() bool {
	if n.digits[0] != '0' || len(n.digits) < 9 || len(n.digits) > 14 {
		return false
	}
	if len(n.groups) == 1 {
		return len(n.digits) <= 12 && n.digits[1] != '0'
	}
	return n.groups[0] >= 2 && n.groups[0] <= 5
}

// isRussian reports whether n is a Russian number with its 8: 8 (912) 345-67-89.
func (n number) isRussian() bool {
	if len(n.digits) != 11 || n.digits[0] != '8' || strings.IndexByte("3489", n.digits[1]) < 0 {
		return false
	}
	return len(n.groups) == 1 && n.digits[1] == '9' || len(n.groups) >= 3 && n.groups[0] == 1 && n.groups[1] == 3
}

// isAnnounced reports whether s ends in a word that a telephone number follows.
func isAnnounced(s string) bool {
	s = strings.TrimRight(s, " :.#№-")
	switch s[strings.LastIndexAny(s, " .,;(")+1:] {
	case "tel", "telefon", "telephone", "phone", "fon", "mobile", "mobil", "cell", "handy", "call", "whatsapp", "viber", "signal", "sms",
		"тел", "телефон", "тлф", "звоните", "звони", "ватсап", "вайбер", "tél", "téléphone", "teléfono", "móvil":
		return true
	}
	return false
}
