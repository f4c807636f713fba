package classifier

import "unicode/utf8"

// byteKind is what a byte of a normal text is to tokens.
type byteKind uint8

const (
	byteLetter byteKind = iota
	byteDigit
	byteApostrophe
	byteNothing // between words
	byteBang
	byteSymbol
	byteDot
	byteColon
	byteOther // of a handle, or beyond ASCII
)

// byteKinds has the kind of each byte.
var byteKinds = newByteKinds()

// newByteKinds sorts the bytes.
func newByteKinds() (kinds [1 << 8]byteKind) {
	for b := range kinds {
		switch {
		case 'a' <= b && b <= 'z':
			kinds[b] = byteLetter
		case '0' <= b && b <= '9':
			kinds[b] = byteDigit
		case b == '\'':
			kinds[b] = byteApostrophe
		case b == '!' || b == '?':
			kinds[b] = byteBang
		case b == '$':
			kinds[b] = byteSymbol
		case b == '.':
			kinds[b] = byteDot
		case b == ':':
			kinds[b] = byteColon
		case b == '@' || b >= utf8.RuneSelf || 'A' <= b && b <= 'Z': // capitals stand in no normal text
			kinds[b] = byteOther
		default:
			kinds[b] = byteNothing
		}
	}
	return kinds
}

// tokenisePlain is tokeniseAny in one go for most texts: those in ASCII without an
// address or a handle. Plain is false for another text, of which the tokens are
// then useless. TestPlainTextsAreTokenisedAlike compares the two.
func tokenisePlain(dst []token, s string) (all []token, plain bool) {
	for i := 0; i < len(s); {
		start := i
		switch byteKinds[s[i]] {
		case byteLetter, byteDigit:
			t := plainWord(s, i)
			dst = append(dst, t)
			i = t.end
		case byteBang:
			for i < len(s) && byteKinds[s[i]] == byteBang {
				i++
			}
			dst = append(dst, newToken(tokenBang, s, start, i))
		case byteSymbol:
			i++
			dst = append(dst, newToken(tokenSymbol, s, start, i))
		case byteDot:
			if i++; start > 0 && i < len(s) && wordByte(s[start-1]) && wordByte(s[i]) {
				return dst, false
			}
		case byteColon:
			if i++; i < len(s) && s[i] == '/' {
				return dst, false
			}
		case byteOther:
			return dst, false
		default:
			i++
		}
	}
	return dst, true
}

// plainWord returns the word that begins at byte at: letters and digits, with
// single apostrophes between them.
func plainWord(s string, at int) token {
	h, digits, i := uint64(hashSeed), 0, at
	for ; i < len(s); i++ {
		kind := byteKinds[s[i]]
		if kind > byteDigit && (kind != byteApostrophe || i+1 == len(s) || byteKinds[s[i+1]] > byteDigit) {
			break
		}
		digits += int(kind & byteDigit)
		h = extend(h, s[i])
	}
	return token{kind: tokenWord, start: at, end: i, hash: h, digits: digits}
}
