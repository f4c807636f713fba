package text

import "strings"

// isNumber reports whether s is a number, one with a unit, or a name that ends
// in one.
func isNumber(s string) bool {
	if isLetters(s) {
		return s != "" && strings.Trim(s, "ivx") == "" // Roman
	}
	rest := strings.TrimLeft(strings.TrimLeft(s, "$£€¥"), "0123456789.,:/-")
	if len(rest) < len(s) {
		return rest == "" || rest == "'s" || isLetters(rest) && (len(rest) == 1 || isUnit(rest))
	}
	stem := strings.TrimRight(s, "0123456789")
	figures := s[len(stem):]
	switch {
	case !isLetters(stem):
		return false
	case len(stem) == 1:
		return len(figures) < 2 || len(figures) == 2 && figures[0] != '0'
	}
	return len(stem) == 2 && len(figures) == 1
}

// isUnit reports whether s is written behind numbers.
func isUnit(s string) bool {
	switch s {
	case "am", "pm", "th", "st", "nd", "rd", "km", "kg", "mg", "mm", "cm", "ml", "ft", "lb", "oz", "ms", "gb", "mb", "kb", "tb", "px",
		"hr", "hz", "pt", "pc", "cc", "kw", "mw", "bn", "xp", "hp", "yo", "yr", "mp", "in",
		"min", "sec", "hrs", "lbs", "pts", "mph", "kph", "rpm", "fps", "ish", "mins", "secs", "years":
		return true
	}
	return false
}

// isShortWord reports whether s is a word of one or two letters, or what is
// written as one.
func isShortWord(s string) bool {
	if len(s) == 1 {
		return true
	}
	switch s {
	case "ad", "ah", "al", "am", "an", "as", "at", "be", "bi", "by", "co", "da", "de", "do", "du", "el", "en", "es", "et", "eu", "ex",
		"go", "ha", "he", "hi", "ho", "id", "if", "il", "im", "in", "is", "it", "la", "le", "ll", "lo", "ma", "me", "mr", "ms", "my",
		"no", "of", "oh", "ok", "on", "op", "or", "pa", "pc", "re", "so", "to", "tv", "uk", "un", "up", "ur", "us", "ve", "vs",
		"we", "ya", "ye", "yo":
		return true
	}
	return false
}

// isStretchedShort reports whether s is a word of two letters, the vowel of
// which stands there longer: "soooo".
func isStretchedShort(s string) bool {
	if !hasRow(s) {
		return false
	}
	once := Squeeze(s)
	return isShortWord(once) && strings.IndexByte("aeiouhy", once[len(once)-1]) >= 0
}

// hasRow reports whether s has a character three times in a row.
func hasRow(s string) bool { return firstRun(s) < len(s) }

// isSplit reports whether r is put between letters and looks like none.
func isSplit(r rune) bool {
	switch r {
	case '.', '-', '_', '*', '#', ',', '/', '~', ':', ';', '?', '=', '&', '^', '"', '\\', '–', '—', '·', '•', '…':
		return true
	}
	return false
}

// isLetters reports whether s is small Latin letters alone.
func isLetters(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return true
}

// isAddress reports whether a chunk, without the signs at its ends, is a link
// or an e-mail address.
func isAddress(core string) bool {
	if strings.Contains(core, "://") || strings.HasPrefix(core, "www.") {
		return true
	}
	dot := strings.LastIndexByte(core, '.')
	if at := strings.IndexByte(core, '@'); at > 0 && dot > at {
		return true
	}
	host, path, _ := strings.Cut(core, "/")
	dot = strings.LastIndexByte(host, '.')
	return dot > 1 && (path != "" && len(host)-dot > 2 || wellKnown(host[dot+1:]))
}
