package text

import (
	"io"
	"strings"
	"testing"
)

func TestDecoded(t *testing.T) {
	tests := []struct{ name, encoding, in, want string }{
		{"Western European", "windows-1252", "caf\xe9 \x80", "café €"},
		{"its other name", "ISO-8859-1", "caf\xe9", "café"},
		{"Japanese", "EUC-JP", "\xa4\xa2", "あ"},
		{"UTF-8 that is none", "utf-8", "a\xffb", "a\uFFFDb"},
		{"UTF-16", "utf-16le", "a\x00\xe9\x00", "aé"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Decoded(strings.NewReader(tt.in), tt.encoding)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || string(got) != tt.want {
				t.Errorf("Decoded(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
			}
		})
	}
	if _, err := Decoded(strings.NewReader(""), "klingon"); err == nil {
		t.Error("Decoded takes an encoding that there is not")
	}
}
