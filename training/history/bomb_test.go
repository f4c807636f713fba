package history

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

// TestEntitiesAreNotExpanded reads exports with a DTD: what it declares is not
// resolved, neither a bomb of entities, nor a file or an address.
func TestEntitiesAreNotExpanded(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("<!ENTITY a0 \"ha\">")
	for c := '1'; c <= '9'; c++ {
		bomb.WriteString("<!ENTITY a" + string(c) + " \"" + strings.Repeat("&a"+string(c-1)+";", 10) + "\">")
	}
	for format, name := range map[string]string{"wordpress": "wordpress.xml", "blogger": "blogger.xml", "disqus": "disqus.xml"} {
		whole := string(fixture(t, name))
		end := strings.Index(whole, "?>") + 2
		for what, tt := range map[string]struct{ dtd, entity string }{
			"a billion laughs": {bomb.String(), "&a9;"},
			"a file":           {`<!ENTITY f SYSTEM "file:///etc/passwd">`, "&f;"},
			"an address":       {`<!ENTITY f SYSTEM "http://127.0.0.1:1/">`, "&f;"},
			"a parameter":      {`<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;`, ""},
			"none":             {"", ""},
		} {
			t.Run(format+" "+what, func(t *testing.T) {
				content := whole[:end] + "<!DOCTYPE x [" + tt.dtd + "]>" + whole[end:]
				last := strings.LastIndex(content, "</")
				content = content[:last] + tt.entity + content[last:]
				for file, data := range map[string][]byte{"x.xml": []byte(content), "x.xml.gz": packed(t, content)} {
					_, stats, err := readAll(t, format, write(t, file, data), Options{})
					if tt.entity != "" && (err == nil || !strings.Contains(err.Error(), "invalid character entity")) {
						t.Errorf("%s: %v, want an entity that nobody knows", file, err)
					}
					if tt.entity == "" && (err != nil || stats.Comments == 0) {
						t.Errorf("%s: a DTD without use: %d comments, %v", file, stats.Comments, err)
					}
				}
			})
		}
	}
}

// packed is a text as gzip packs it.
func packed(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDeepJSONIsRefused nests without end, packed and not; the lines around it are read.
func TestDeepJSONIsRefused(t *testing.T) {
	good := func(id string) string {
		return `{"id": "` + id + `", "body": "A decent comment", "decision": "approve"}` + "\n"
	}
	for name, deep := range map[string]string{
		"lists":           `{"id": "x", "body": "y", "fields": ` + strings.Repeat("[", 400_000),
		"objects":         strings.Repeat(`{"a":`, 150_000),
		"lists that end":  `{"id": "x", "body": ` + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + "}",
		"a line too long": `{"id": "x", "body": "` + strings.Repeat("a", maxLine) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			content := good("1") + deep + "\n" + good("2")
			for file, data := range map[string][]byte{"x.jsonl": []byte(content), "x.jsonl.gz": packed(t, content)} {
				all, stats, err := readAll(t, "jsonl", write(t, file, data), Options{})
				if err != nil || len(all) != 2 {
					t.Errorf("%s: %d comments, %+v, %v; want the two that are sound", file, len(all), stats, err)
				}
			}
		})
	}
}
