package text_test

import (
	"testing"

	"gatehouse/internal/text"
)

func TestAddress(t *testing.T) {
	for s, want := range map[string]string{
		"203.0.113.9":               "203.0.113.9",
		" 203.0.113.9:4711 ":        "203.0.113.9",
		"203.0.113.9, 198.51.100.7": "203.0.113.9",
		"[2001:db8::1]:443":         "2001:db8::1",
		"::ffff:203.0.113.9":        "203.0.113.9",
		"unknown":                   "invalid IP",
		"":                          "invalid IP",
	} {
		if got := text.Address(s).String(); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}
