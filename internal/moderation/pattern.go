package moderation

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// minPiece is how many characters in one piece a pattern with * must have, and
// minName how many what has none.
const minPiece, minName = 3, 2

// Like says whether s is like a pattern in which * stands for anything.
func Like(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return s == pattern
	}
	rest, ok := strings.CutPrefix(s, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return strings.HasSuffix(rest, parts[last])
}

// nobodies are what many are called who have nothing in common: what blogs write
// where somebody gave no name.
func nobodies() []string {
	return []string{"anonymous", "anonym", "anonyme", "anonymer", "anónimo", "anônimo", "anonimo", "anoniem", "anonim", "anonymní", "anonyymi",
		"аноним", "анонимный", "анонім", "匿名", "익명", "anon", "guest", "gast", "invité", "unknown", "unbekannt", "nobody", "reader", "leser", "user", "visitor",
		"anonimowy", "anonimowo", "adsız", "isimsiz", "névtelen", "ανώνυμος", "אנונימי", "غير معرف", "مجهول", "ناشناس", "anonimno", "anonimni", "anonimna",
		"анонимно", "анонимен", "анонімний", "anonimas", "anonīms", "anonüümne", "nimetön", "anònim", "anónima", "anônima", "anonima", "anoniman", "anonýmny",
		"nặc danh", "ẩn danh", "tanpa nama", "awanama", "ไม่ระบุชื่อ", "นิรนาม", "बेनामी", "பெயரில்லா", "అజ్ఞాత", "নামহীন", "匿名用户", "匿名さん", "名無し", "名無しさん"}
}

// browsers are the agents of people who have nothing in common.
func browsers() []string {
	return []string{
		"mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) chrome/131.0.0.0 safari/537.36",
		"mozilla/5.0 (iphone; cpu iphone os 17_6 like mac os x) applewebkit/605.1.15 (khtml, like gecko) version/17.6 mobile/15e148 safari/604.1",
		"mozilla/5.0 (windows nt 10.0; win64; x64; rv:133.0) gecko/20100101 firefox/133.0",
		"mozilla/5.0 (linux; android 10; k) applewebkit/537.36 (khtml, like gecko) chrome/131.0.0.0 mobile safari/537.36",
	}
}

// FoldPattern returns a pattern with the words between its * folded.
func FoldPattern(pattern string, fold func(string) string) string {
	parts := strings.Split(pattern, "*")
	for i, p := range parts {
		parts[i] = fold(p)
	}
	return strings.Join(parts, "*")
}

// CheckPattern refuses patterns of names and agents that hit whoever has no name,
// or nearly all, in the eyes of who compares folded words.
func CheckPattern(by Subject, pattern string, fold func(string) string) error {
	low := FoldPattern(strings.TrimSpace(pattern), fold)
	plain := strings.TrimSpace(strings.ReplaceAll(low, "*", ""))
	for _, nobody := range nobodies() {
		if nobody = fold(nobody); by == ByName && (plain == nobody || Like(low, nobody)) {
			return commonName(pattern)
		}
	}
	if pieces := strings.Split(low, "*"); len(pieces) > 1 && !slices.ContainsFunc(pieces, func(p string) bool { return utf8.RuneCountInString(p) >= minPiece }) {
		return fmt.Errorf("%w: pattern %q needs at least %d characters in one piece beside *", ErrInvalid, pattern, minPiece)
	}
	return checkLength(by, pattern, plain, func(b string) bool { return Like(low, b) || strings.HasPrefix(b, low) })
}

// CheckLiteral refuses names and agents that many have, as [CheckPattern] does; in
// them * stands for itself.
func CheckLiteral(by Subject, value string, fold func(string) string) error {
	low := strings.TrimSpace(fold(value))
	for _, nobody := range nobodies() {
		if by == ByName && low == fold(nobody) {
			return commonName(value)
		}
	}
	return checkLength(by, value, low, func(b string) bool { return strings.HasPrefix(b, low) })
}

func commonName(name string) error {
	return fmt.Errorf("%w: %q is what many are called who have nothing in common", ErrInvalid, name)
}

// checkLength refuses what is too short to mean somebody, and agents that hit more
// than one of the common browsers.
func checkLength(by Subject, value, low string, hitsBrowser func(string) bool) error {
	if utf8.RuneCountInString(low) < minName {
		return fmt.Errorf("%w: %q is too short to mean somebody: it needs at least %d characters", ErrInvalid, value, minName)
	}
	if by != ByAgent {
		return nil
	}
	hits := 0
	for _, b := range browsers() {
		if hitsBrowser(b) {
			hits++
		}
	}
	if hits > 1 {
		return fmt.Errorf("%w: %q is what the browsers of many say who have nothing in common", ErrInvalid, value)
	}
	return nil
}
