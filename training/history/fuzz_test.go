package history

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"gatehouse/internal/moderation"
)

// fuzz reads rubbish: it may be refused, but what comes of it can be kept, no id
// comes twice, and what is counted has come.
func fuzz(f *testing.F, format string, fixtures ...string) {
	for _, name := range fixtures {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
		f.Add(content[:len(content)/2])
	}
	f.Add([]byte("\xef\xbb\xbf"))
	f.Add([]byte("\xff\xfe<\x00a\x00"))
	f.Add([]byte(`<?xml version="1.0" encoding="EUC-JP"?><a>`))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, content []byte) {
		ids, n := map[string]bool{}, int64(0)
		opts := Options{Stdin: bytes.NewReader(content)}
		stats, _ := Read(t.Context(), format, "-", opts, func(p moderation.Past) error {
			n++
			c := p.Arrival.Comment
			if ids[c.PlatformID] {
				t.Errorf("id %q came twice", c.PlatformID)
			}
			ids[c.PlatformID] = true
			if err := check(p); err != nil {
				t.Errorf("comment %q: %v", c.PlatformID, err)
			}
			if _, err := moderation.ParseChoice(string(p.Choice)); err != nil {
				t.Errorf("comment %q: %v", c.PlatformID, err)
			}
			for _, s := range []string{c.PlatformID, c.ParentID, c.Body, c.Text, p.Arrival.Author.Name, p.Arrival.Post.Title} {
				if !utf8.ValidString(s) {
					t.Errorf("comment %q: %q is not UTF-8", c.PlatformID, s)
				}
			}
			return nil
		})
		if stats.Comments != n {
			t.Errorf("%d comments came, %d are counted", n, stats.Comments)
		}
	})
}

func FuzzWordPress(f *testing.F) { fuzz(f, "wordpress", "wordpress.xml") }
func FuzzBlogger(f *testing.F)   { fuzz(f, "blogger", "blogger.xml", "feed.atom") }
func FuzzDisqus(f *testing.F)    { fuzz(f, "disqus", "disqus.xml") }
func FuzzCSV(f *testing.F)       { fuzz(f, "csv", "comments.csv") }
func FuzzJSONL(f *testing.F)     { fuzz(f, "jsonl", "comments.jsonl") }
