package text

import "unicode"

// invisible holds what takes no room on a screen and so can hide in a word:
// Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), the
// interlinear annotation marks, and the controls that are not white space.
var invisible = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x0000, Hi: 0x0008, Stride: 1},
		{Lo: 0x000E, Hi: 0x001F, Stride: 1},
		{Lo: 0x007F, Hi: 0x0084, Stride: 1},
		{Lo: 0x0086, Hi: 0x009F, Stride: 1},
		{Lo: 0x00AD, Hi: 0x00AD, Stride: 1}, // soft hyphen
		{Lo: 0x034F, Hi: 0x034F, Stride: 1}, // combining grapheme joiner
		{Lo: 0x061C, Hi: 0x061C, Stride: 1}, // Arabic letter mark
		{Lo: 0x115F, Hi: 0x1160, Stride: 1}, // Hangul fillers
		{Lo: 0x17B4, Hi: 0x17B5, Stride: 1},
		{Lo: 0x180B, Hi: 0x180F, Stride: 1}, // Mongolian selectors
		{Lo: 0x200B, Hi: 0x200F, Stride: 1}, // zero width, direction marks
		{Lo: 0x202A, Hi: 0x202E, Stride: 1}, // direction overrides
		{Lo: 0x2060, Hi: 0x206F, Stride: 1}, // joiners, isolates
		{Lo: 0x3164, Hi: 0x3164, Stride: 1},
		{Lo: 0xFE00, Hi: 0xFE0F, Stride: 1}, // variation selectors
		{Lo: 0xFEFF, Hi: 0xFEFF, Stride: 1},
		{Lo: 0xFFA0, Hi: 0xFFA0, Stride: 1},
		{Lo: 0xFFF0, Hi: 0xFFFB, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1BCA0, Hi: 0x1BCA3, Stride: 1},
		{Lo: 0x1D173, Hi: 0x1D17A, Stride: 1},
		{Lo: 0xE0000, Hi: 0xE0FFF, Stride: 1}, // tags, more selectors
	},
	LatinOffset: 5,
}

// isInvisible reports whether r takes no room on a screen.
func isInvisible(r rune) bool {
	switch {
	case ' ' <= r && r < 0x7F, 0xAE <= r && r < 0x34F, 0x2070 <= r && r < 0x3164, 0x3165 <= r && r < 0xFE00:
		return false // most of what people write
	}
	return unicode.Is(invisible, r)
}

// isSpace reports whether r is seen as a gap. U+2800 is the empty braille
// pattern, a favourite for names that look blank.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r == 0x2800
}

// isMark reports whether r is drawn on the character before it and takes no
// room of its own.
func isMark(r rune) bool {
	return r >= 0x300 && unicode.In(r, unicode.Mn, unicode.Me)
}
