package text_test

import (
	"testing"
	"unicode/utf8"

	"gatehouse/internal/text"
)

func TestFromCharset(t *testing.T) {
	tests := map[string]struct{ charset, in, want string }{
		"ASCII":                              {"", "plain", "plain"},
		"UTF-8":                              {"UTF-8", "Zoë", "Zoë"},
		"UTF-8 that claims to be Latin 1":    {"ISO-8859-1", "Zoë", "Zoë"},
		"Latin 1":                            {"ISO-8859-1", "Zo\xeb", "Zoë"},
		"Latin 1 by another name":            {" latin1 ", "Zo\xeb", "Zoë"},
		"Windows' Cyrillic":                  {"windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"},
		"Japanese":                           {"Shift_JIS", "\x93\xfa\x96{", "日本"},
		"Japanese in seven bits":             {"ISO-2022-JP", "\x1b$BF|K\\\x1b(B", "日本"},
		"a charset that nobody knows":        {"klingon", "Zo\xeb", "Zo\uFFFD"},
		"no charset":                         {"", "Zo\xeb", "Zo\uFFFD"},
		"UTF-8 that is broken":               {"utf-8", "Zo\xeb!", "Zo\uFFFD!"},
		"half a character of two words":      {"utf-16le", "ab\xff\xd8", "扡\uFFFD"},
		"bytes that the charset has not got": {"Shift_JIS", "a\xff", "a\uFFFD"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := text.FromCharset(tt.charset, tt.in); got != tt.want {
				t.Errorf("FromCharset(%q, %q) = %q, want %q", tt.charset, tt.in, got, tt.want)
			}
		})
	}
}

func FuzzFromCharset(f *testing.F) {
	for _, name := range []string{"", "utf-8", "iso-8859-1", "gbk", "iso-2022-jp", "utf-16be", "replacement"} {
		f.Add(name, "a\xff\x1b$B\x80")
	}
	f.Fuzz(func(t *testing.T, name, s string) {
		if got := text.FromCharset(name, s); !utf8.ValidString(got) {
			t.Errorf("FromCharset(%q, %q) = %q, which is not UTF-8", name, s, got)
		}
	})
}
