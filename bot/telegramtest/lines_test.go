package telegramtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLines(t *testing.T) {
	for name, tc := range map[string]struct {
		m    Message
		want string
	}{
		"a card": {Message{HTML: "<b>blog</b><br><blockquote>Hello</blockquote>#1", Buttons: [][]Button{{{Text: "Yes"}, {Text: "No"}}, {{Text: "More"}}}},
			"    <b>blog</b>\n    <blockquote>Hello</blockquote>\n    #1\n    [Yes] [No]\n    [More]\n"},
		"a picture":                {Message{HTML: "Days", Photo: &File{Width: 640, Height: 480}}, "    [picture 640x480]\n    Days\n"},
		"a file without a caption": {Message{Document: &File{Name: "a.txt", Bytes: make([]byte, 1001)}}, "    [file a.txt 2 kB]\n"},
		"nothing any more":         {Message{HTML: "Hello", Deleted: true}, ""},
	} {
		if diff := cmp.Diff(tc.want, tc.m.Lines()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
