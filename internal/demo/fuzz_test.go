package demo

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzReadDecision(f *testing.F) {
	f.Add([]byte(`{"type": "comment.approved", "data": {"id": "c1", "seq": 1}}`))
	f.Add([]byte(`{"type": "comment.rejected", "data": {"id": "c1", "seq": 9, "category": "abuse"}}`))
	f.Add([]byte(`{"type": 7, "data": []}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := readDecision(body)
		if err != nil {
			return
		}
		c := comment{State: held, Seq: 3}
		if err := d.apply(&c); (err == nil) != (d.Data.Seq > 3) || c.Seq < 3 {
			t.Errorf("decision %+v gives %v and %+v", d, err, c)
		}
	})
}

func FuzzReadAnswer(f *testing.F) {
	f.Add(200, []byte(`{"comment_id": "1", "status": "held"}`))
	f.Add(503, []byte(`{"error": {"code": "not_ready", "message": "soon"}}`))
	f.Add(502, []byte(`<html>`))
	f.Fuzz(func(t *testing.T, code int, body []byte) {
		status, err := readAnswer(code, body)
		if (err == nil) != (status != "") {
			t.Errorf("status %q with error %v", status, err)
		}
	})
}

func FuzzPrintable(f *testing.F) {
	f.Add("plain\ntext\twith 👍 and لا")
	f.Add("caf\xe9\x00\x1b[31m")
	f.Fuzz(func(t *testing.T, s string) {
		got := printable(s)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\x1b\x7f") {
			t.Errorf("printable(%q) = %q", s, got)
		}
		if again := printable(got); again != got {
			t.Errorf("printable is not settled: %q, then %q", got, again)
		}
	})
}
