package training

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"gatehouse/internal/moderation"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// file writes content into a new file called name and returns its path.
func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// gzipped returns s packed, in as many gzip members as there are parts.
func gzipped(t testing.TB, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	for _, part := range parts {
		w := gzip.NewWriter(&b)
		if _, err := io.WriteString(w, part); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestReadFilesLine(t *testing.T) {
	const fine = `{"text":"hi","label":"ok"}`
	hi := Example{Text: "hi", Label: moderation.OK}
	for name, tc := range map[string]struct {
		content string
		want    []Example
		bad     []string // line: reason
	}{
		"every field": {
			content: `{"text":"a","label":"spam","source":"s","split":"dev","group":"g","other":[1]}`,
			want:    []Example{{Text: "a", Label: moderation.Spam, Source: "s", Split: "dev", Group: "g"}},
		},
		"video is a group": {
			content: `{"text":"a","label":"abuse","video":"psy"}`,
			want:    []Example{{Text: "a", Label: moderation.Abuse, Group: "psy"}},
		},
		"no newline at the end": {content: fine + "\n" + fine, want: []Example{hi, hi}},
		"CRLF and blank lines":  {content: fine + "\r\n\r\n  \n" + fine + "\r\n", want: []Example{hi, hi}},
		"byte order mark":       {content: "\uFEFF" + fine, want: []Example{hi}},
		"empty file":            {content: ""},
		"not JSON":              {content: "text,label\n" + fine, want: []Example{hi}, bad: []string{"1: not JSON: invalid character 'e' in literal true (expecting 'r')"}},
		"two objects on a line": {content: fine + fine, bad: []string{"1: not JSON: invalid character '{' after top-level value"}},
		"a number":              {content: "7", bad: []string{"1: a JSON number, not an object"}},
		"null":                  {content: "null", bad: []string{`1: no "text"`}},
		"no text":               {content: fine + "\n\n" + `{"label":"ok"}`, want: []Example{hi}, bad: []string{`3: no "text"`}},
		"blank text":            {content: `{"text":" \t","label":"ok"}`, bad: []string{`1: no "text"`}},
		"text is a list":        {content: `{"text":["a"],"label":"ok"}`, bad: []string{`1: "text" is a JSON array, not a string`}},
		"weight":                {content: `{"text":"hi","label":"ok","weight":0.5}`, want: []Example{{Text: "hi", Label: moderation.OK, Weight: .5}}},
		"weight is null":        {content: `{"text":"hi","label":"ok","weight":null}`, want: []Example{hi}},
		"weight is a string":    {content: `{"text":"a","label":"ok","weight":"2"}`, bad: []string{`1: "weight" is a JSON string, not a number`}},
		"weight is endless":     {content: `{"text":"a","label":"ok","weight":1e400}`, bad: []string{`1: "weight" is 1e400, too large for a number`}},
		"weight is 0":           {content: `{"text":"a","label":"ok","weight":0}`, bad: []string{"1: weight 0 is not above 0 and at most 100"}},
		"weight is below 0":     {content: `{"text":"a","label":"ok","weight":-1}`, bad: []string{"1: weight -1 is not above 0 and at most 100"}},
		"weight is above 100":   {content: `{"text":"a","label":"ok","weight":100.5}`, bad: []string{"1: weight 100.5 is not above 0 and at most 100"}},
		"text is a number":      {content: `{"text":5,"label":"ok"}`, bad: []string{`1: "text" is a JSON number, not a string`}},
		"no label":              {content: `{"text":"a"}`, bad: []string{`1: no "label"`}},
		"unknown label":         {content: `{"text":"a","label":"OK"}`, bad: []string{`1: label "OK" is none of ok, spam, abuse`}},
		"invalid UTF-8":         {content: "{\"text\":\"\xff\",\"label\":\"ok\"}", bad: []string{"1: not valid UTF-8"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, "a.jsonl", tc.content)
			got, stats, err := ReadAll(t.Context(), []string{path}, ReadOptions{})
			if err != nil {
				t.Fatalf("ReadAll: %v", err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("examples (-want +got):\n%s", diff)
			}
			var bad []string
			for _, b := range stats.BadLines {
				bad = append(bad, fmt.Sprintf("%d: %s", b.Line, b.Reason))
			}
			if diff := cmp.Diff(tc.bad, bad); diff != "" {
				t.Errorf("bad lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadFilesLongLines(t *testing.T) {
	line := func(n int) string { // of n bytes
		frame := len(`{"text":"","label":"ok"}`)
		return `{"text":"` + strings.Repeat("x", n-frame) + `","label":"ok"}`
	}
	path := file(t, "a.jsonl", line(MaxLine)+"\n"+line(MaxLine+1)+"\n"+line(30))
	got, stats, err := ReadAll(t.Context(), []string{path}, ReadOptions{})
	if err != nil || len(got) != 2 || stats.Bad != 1 || stats.Lines != 3 {
		t.Fatalf("got %d examples, %d bad of %d lines, error %v; want 2, 1 of 3, none", len(got), stats.Bad, stats.Lines, err)
	}
	want := BadLine{File: path, Line: 2, Reason: "longer than 1048576 bytes"}
	if diff := cmp.Diff([]BadLine{want}, stats.BadLines); diff != "" {
		t.Errorf("bad lines (-want +got):\n%s", diff)
	}
}

func TestReadFilesGzipByContent(t *testing.T) {
	one, two := `{"text":"a","label":"ok"}`+"\n", `{"text":"b","label":"spam"}`+"\n"
	plain := file(t, "plain.gz", one+two) // the name lies
	packed := file(t, "packed.jsonl", gzipped(t, one, two))
	var texts []string
	stats, err := ReadFiles(t.Context(), []string{plain, packed}, ReadOptions{}, func(e Example) error {
		texts = append(texts, e.Text)
		return nil
	})
	if err != nil {
		t.Fatalf("ReadFiles: %v", err)
	}
	if diff := cmp.Diff([]string{"a", "b", "a", "b"}, texts); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	sum := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
	want := ReadStats{
		Lines: 4, Examples: 4, SHA256: sum(one + two + one + two),
		Files: []FileStats{{plain, 2, sum(one + two)}, {packed, 2, sum(one + two)}},
	}
	if diff := cmp.Diff(want, stats); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}

func TestReadFilesErrors(t *testing.T) {
	const fine = `{"text":"hi","label":"ok"}` + "\n"
	whole := gzipped(t, strings.Repeat(fine, 1000))
	stop := errors.New("enough")
	for name, tc := range map[string]struct {
		content string
		opts    ReadOptions
		yield   error
		is      error
		says    string
	}{
		"strict":            {content: fine + "x\n", opts: ReadOptions{Strict: true}, is: moderation.ErrInvalid, says: "a.jsonl:2: not JSON"},
		"cut gzip":          {content: whole[:len(whole)/2], is: io.ErrUnexpectedEOF, says: "a.jsonl line "},
		"gzip in name only": {content: "\x1f\x8bno", is: io.ErrUnexpectedEOF, says: "read "},
		"yield":             {content: fine, yield: stop, is: stop, says: "line 1: enough"},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, "a.jsonl", tc.content)
			_, err := ReadFiles(t.Context(), []string{path}, tc.opts, func(Example) error { return tc.yield })
			if !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("error %v; want one of %v that says %q", err, tc.is, tc.says)
			}
		})
	}
	t.Run("missing file", func(t *testing.T) {
		_, _, err := ReadAll(t.Context(), []string{filepath.Join(t.TempDir(), "none")}, ReadOptions{})
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error %v; want os.ErrNotExist", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		_, err := ReadFiles(ctx, []string{file(t, "a.jsonl", strings.Repeat(fine, 10))}, ReadOptions{}, func(Example) error {
			n++
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) || n != 1 {
			t.Errorf("error %v after %d examples; want context.Canceled after 1", err, n)
		}
	})
}

func TestReadFilesNamesOnlyTheFirstBadLines(t *testing.T) {
	path := file(t, "a.jsonl", strings.Repeat("x\n", 100))
	_, stats, err := ReadAll(t.Context(), []string{path}, ReadOptions{KeepBad: 3})
	if err != nil || stats.Bad != 100 || len(stats.BadLines) != 3 {
		t.Errorf("%d bad, %d named, error %v; want 100, 3, none", stats.Bad, len(stats.BadLines), err)
	}
}

func TestReadFilesProgress(t *testing.T) {
	content := strings.Repeat(`{"text":"hi","label":"ok"}`+"\n", 200_000)
	paths := []string{file(t, "a", content), file(t, "b", gzipped(t, content))}
	total := totalSize(paths)
	var reads []int64
	_, err := ReadFiles(t.Context(), paths, ReadOptions{Progress: func(read, of int64) {
		if of != total {
			t.Errorf("total %d; want %d", of, total)
		}
		reads = append(reads, read)
	}}, func(Example) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if len(reads) < 5 || reads[len(reads)-1] != total {
		t.Errorf("progress %v; want at least 5 reports that end at %d", reads, total)
	}
}

// TestReadFilesRoundTrip writes examples as JSON and reads the same ones back.
func TestReadFilesRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.StringOf(rapid.Rune().Filter(utf8.ValidRune))
		want := rapid.SliceOf(rapid.Custom(func(rt *rapid.T) Example {
			return Example{
				Text:   "x" + word.Draw(rt, "text"),
				Label:  rapid.SampledFrom(moderation.Labels()).Draw(rt, "label"),
				Source: word.Draw(rt, "source"), Split: word.Draw(rt, "split"), Group: word.Draw(rt, "group"),
			}
		})).Draw(rt, "examples")
		var b strings.Builder
		for _, e := range want {
			row, err := json.Marshal(map[string]string{
				"text": e.Text, "label": string(e.Label), "source": e.Source, "split": e.Split, "group": e.Group,
			})
			if err != nil {
				rt.Fatal(err)
			}
			b.Write(row)
			b.WriteByte('\n')
		}
		got, stats, err := ReadAll(t.Context(), []string{file(t, "a", b.String())}, ReadOptions{Strict: true})
		if err != nil || stats.Examples != int64(len(want)) {
			rt.Fatalf("%d examples, error %v; want %d", stats.Examples, err, len(want))
		}
		if len(want) > 0 && !cmp.Equal(want, got) {
			rt.Fatalf("(-want +got):\n%s", cmp.Diff(want, got))
		}
	})
}

func FuzzReadFiles(f *testing.F) {
	f.Add([]byte(`{"text":"a","label":"ok"}` + "\nx\n\n"))
	f.Add([]byte("\uFEFF{\"text\":\"\\ud800\",\"label\":\"spam\",\"video\":\"v\"}\r\n{\"text\":1}"))
	f.Add([]byte(gzipped(f, `{"text":"a","label":"abuse"}`)))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, content []byte) {
		path := file(t, "a", string(content))
		examples, stats, err := ReadAll(t.Context(), []string{path}, ReadOptions{})
		if stats.Lines != stats.Examples+stats.Bad || int64(len(examples)) != stats.Examples {
			t.Errorf("%d lines, but %d examples (%d returned) and %d bad", stats.Lines, stats.Examples, len(examples), stats.Bad)
		}
		if err == nil && stats.SHA256 == "" {
			t.Error("read without an error and without a hash")
		}
		for _, e := range examples {
			if strings.TrimSpace(e.Text) == "" || !utf8.ValidString(e.Text) {
				t.Errorf("text %q came through", e.Text)
			}
		}
	})
}
