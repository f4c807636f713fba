package history

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// row is a comment in short.
type row struct {
	ID, Parent, Post, Author, Text string
	Choice                         moderation.Choice
	At                             string
}

func rowOf(p moderation.Past) row {
	c := p.Arrival.Comment
	r := row{c.PlatformID, c.ParentID, p.Arrival.Post.Title, p.Arrival.Author.Name, c.Text, p.Choice, ""}
	if !c.CreatedAt.IsZero() {
		r.At = c.CreatedAt.Format(time.RFC3339Nano)
	}
	return r
}

// readAll reads a file of testdata.
func readAll(t *testing.T, format, path string, opts Options) ([]moderation.Past, Stats, error) {
	t.Helper()
	var all []moderation.Past
	stats, err := Read(t.Context(), format, path, opts, func(p moderation.Past) error {
		all = append(all, p)
		return nil
	})
	return all, stats, err
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, format, file string
		want               []row
		stats              Stats
	}{
		{"WordPress", "wordpress", "wordpress.xml", []row{
			{"101", "", "A tram for the harbour & the hill", "Ann O'Neill", "At last.\nMy mother waited thirty years for it & more.", "approve", "2019-05-04T10:30:00Z"},
			{"102", "101", "A tram for the harbour & the hill", "Mara", "So did mine, Ann.", "approve", "2019-05-04T11:00:00Z"},
			{"103", "", "A tram for the harbour & the hill", "Best Pills", "Cheap pills at our shop (http://pills.example)", "spam", "2019-05-05T01:00:00Z"},
			{"104", "", "A tram for the harbour & the hill", "Bob", "Off topic, sorry.", "reject", "2019-05-05T02:00:00Z"},
			{"109", "", "A tram for the harbour & the hill", "Trams of the World", "[…] the harbour gets its tram […]", "approve", "2019-05-06T09:00:00Z"},
		}, Stats{Comments: 5, Pending: 1, Deleted: 1, Other: 1, Bad: 1, BadItems: []Bad{{"testdata/wordpress.xml", 93, "108", "it has no text"}}}},
		{"Blogger, the answer first", "blogger", "blogger.xml", []row{
			{"901", "", "The night clinic", "Ann", "Do they take walk-ins?\nAsking for a friend.", "approve", "2012-06-01T21:15:30.123Z"},
			{"9000000000000000902", "901", "The night clinic", "Mara", "They do, every night.", "approve", "2012-06-02T08:00:00Z"},
		}, Stats{Comments: 2, Pending: 1, Deleted: 1}},
		{"Takeout's feed", "blogger", "feed.atom", []row{
			{"901", "", "The night clinic", "Ann", "Do they take walk-ins?", "approve", "2024-06-01T21:15:30.123Z"},
			{"902", "901", "", "Mara", "They do, every night.", "approve", "2024-06-02T08:00:00Z"},
			{"905", "", "The night clinic", "Best Pills", "Cheap pills here (http://pills.example)", "spam", "2024-06-03T01:00:00Z"},
		}, Stats{Comments: 3, Pending: 1, Deleted: 1, Bad: 1, BadItems: []Bad{
			{"testdata/feed.atom", 69, "908", `blogger:status is "SINGING", none of LIVE, PENDING, SPAM, EMPTIED`}}}},
		{"Disqus", "disqus", "disqus.xml", []row{
			{"4001", "", "The tram vote", "Ann", "Ten to nine. I did not expect that.", "approve", "2021-02-01T20:00:00Z"},
			{"4002", "4001", "The tram vote", "Bob", "Nor did I.", "approve", "2021-02-01T21:00:00Z"},
			{"4003", "", "The tram vote", "Best Pills", "Cheap pills", "spam", "2021-02-02T03:00:00Z"},
		}, Stats{Comments: 3, Deleted: 1}},
		{"CSV", "csv", "comments.csv", []row{
			{"1", "", "The rent cap", "Ann", "Two years late; still, \"thank you\".\nA second line.", "approve", "2020-01-02T10:00:00Z"},
			{"2", "1", "The rent cap", "Bob", "Agreed.", "approve", "2020-01-02T11:00:00Z"},
			{"3", "", "The rent cap", "Best Pills", "Cheap pills", "spam", "2020-01-03T11:00:00Z"},
			{"4", "2", "The rent cap", "Cy", "You are an idiot, Bob", "abuse", "2020-01-03T12:00:00Z"},
			{"9", "", "The rent cap", "Hal", "Thrown away", "reject", "2020-01-05T00:00:00Z"},
		}, Stats{Comments: 5, Pending: 1, Bad: 3, BadItems: []Bad{
			{"testdata/comments.csv", 8, "6", `"yesterday" is not a time like 2006-01-02T15:04:05Z07:00`},
			{"testdata/comments.csv", 9, "", "it has 4 columns, the header has 10"},
			{"testdata/comments.csv", 10, "8", `its status "perhaps" is none of approve, spam, abuse, reject, pending, deleted`},
		}}},
		{"JSONL", "jsonl", "comments.jsonl", []row{
			{"1", "", "The rent cap", "Ann", "Two years late, still: thank you.", "approve", "2020-01-02T10:00:00Z"},
			{"2", "1", "", "", "Agreed.", "approve", "2020-01-02T10:00:00Z"},
			{"text-054f84840ae7727abc75f186", "", "", "", "Cheap pills", "spam", ""},
			{"text-317633253b8b9e50085c7cb4", "", "", "", "You are an idiot", "abuse", ""},
			{"9", "", "", "", "Thrown away", "reject", "2020-01-03T10:00:00Z"},
		}, Stats{Comments: 5, Pending: 1, Bad: 4, BadItems: []Bad{
			{"testdata/comments.jsonl", 7, "6", "nothing says what became of it (decision, status or label); --all approve takes such comments for published"},
			{"testdata/comments.jsonl", 8, "", "field body: a JSON number stands where a string belongs"},
			{"testdata/comments.jsonl", 9, "", "it is a JSON array, not an object"},
			{"testdata/comments.jsonl", 10, "", "it is not JSON: unexpected end of JSON input"},
		}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, stats, err := readAll(t, tt.format, filepath.Join("testdata", tt.file), Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []row
			for _, p := range all {
				got = append(got, rowOf(p))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("comments (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.stats, stats); diff != "" {
				t.Errorf("stats (-want +got):\n%s", diff)
			}
			_, _, err = readAll(t, tt.format, filepath.Join("testdata", tt.file), Options{Strict: true})
			if strict := errors.Is(err, moderation.ErrInvalid); strict != (stats.Bad > 0) {
				t.Errorf("strictly: %v", err)
			}
		})
	}
}

// Who wrote is kept as far as a file says it.
func TestAuthors(t *testing.T) {
	all, _, err := readAll(t, "wordpress", "testdata/wordpress.xml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []moderation.Author{
		{Name: "Ann O'Neill", Email: "ann@example.org", URL: "https://ann.example.org", IP: netip.MustParseAddr("192.0.2.7")},
		{ID: "1", Name: "Mara", Email: "mara@example.org", IP: netip.MustParseAddr("2001:db8::5")},
	}
	got := []moderation.Author{all[0].Arrival.Author, all[1].Arrival.Author}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("WordPress (-want +got):\n%s", diff)
	}
	if by := all[0].By; by.ID != "import:wordpress" {
		t.Errorf("decided by %q", by.ID)
	}
	all, _, err = readAll(t, "disqus", "testdata/disqus.xml", Options{})
	if err != nil || all[0].Arrival.Author.ID != "" || all[1].Arrival.Author.ID != "bob_t" {
		t.Errorf("Disqus: %v, ids %q and %q", err, all[0].Arrival.Author.ID, all[1].Arrival.Author.ID)
	}
	if post := all[0].Arrival.Post; post != (moderation.Post{ID: "tram-vote", URL: "https://blog.example.org/tram-vote/", Title: "The tram vote"}) {
		t.Errorf("Disqus: post %+v", post)
	}
	all, _, err = readAll(t, "blogger", "testdata/blogger.xml", Options{})
	if err != nil || all[1].Arrival.Author.Email != "" || all[1].Arrival.Post.URL != "http://harbour.example/2012/06/night-clinic.html" ||
		all[1].Arrival.Post.PublishedAt.Format(time.RFC3339) != "2012-06-01T07:00:00Z" {
		t.Errorf("Blogger: %v, %+v", err, all[1].Arrival)
	}
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// archive makes a .zip of files by name.
func archive(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestSources(t *testing.T) {
	feed := fixture(t, "feed.atom")
	takeout := t.TempDir()
	if err := os.CopyFS(filepath.Join(takeout, "Blogger", "Blogs", "Harbour"), os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	two := map[string][]byte{"Takeout/Blogger/Blogs/Harbour/feed.atom": feed, "Takeout/Blogger/Blogs/Hill/feed.atom": []byte("<feed/>"),
		"__MACOSX/Takeout/Blogger/Blogs/Hill/feed.atom": []byte("\x00")}
	tests := []struct {
		name string
		path string
		opts Options
		fail string // empty: three comments
	}{
		{"gzip", write(t, "feed.xml", gzipped(t, feed)), Options{}, ""},
		{"standard input", "-", Options{Stdin: bytes.NewReader(gzipped(t, feed))}, ""},
		{"Takeout's folder", takeout, Options{}, ""},
		{"Takeout's archive", write(t, "takeout.zip", archive(t, two)), Options{Blog: "Harbour"}, ""},
		{"an archive of two blogs", write(t, "takeout.zip", archive(t, two)), Options{}, "name one with --blog:"},
		{"a blog that is not there", write(t, "takeout.zip", archive(t, two)), Options{Blog: "Bay"}, `no blog in it is called "Bay"`},
		{"an archive of something else", write(t, "x.zip", archive(t, map[string][]byte{"a": nil})), Options{}, "there is no feed.atom in it"},
		{"an archive cut short", write(t, "x.zip", archive(t, two)[:300]), Options{}, "begins as a .zip does, but is not"},
		{"gzip cut short", write(t, "x.gz", gzipped(t, feed)[:200]), Options{}, "unexpected EOF"},
		{"no file", filepath.Join(takeout, "nowhere"), Options{}, "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var told int64
			tt.opts.Progress = func(read, _ int64) { told = read }
			_, stats, err := readAll(t, "blogger", tt.path, tt.opts)
			if tt.fail != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fail) {
					t.Errorf("error %v, want one with %q", err, tt.fail)
				}
				return
			}
			if err != nil || stats.Comments != 3 || told == 0 {
				t.Errorf("%d comments, %v, after %d bytes; want 3 without an error", stats.Comments, err, told)
			}
		})
	}
	if _, _, err := readAll(t, "wordpress", takeout, Options{}); err == nil || !strings.Contains(err.Error(), "only `import blogger` takes one") {
		t.Errorf("a folder for WordPress: %v", err)
	}
}

// A few bytes that grow to gigabytes end with an error, in little memory.
func TestBomb(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	blank := bytes.Repeat([]byte(" \n"), 1<<19)
	_, _ = z.Write([]byte("<rss><channel>"))
	for range 40 {
		_, _ = z.Write(blank)
		_, _ = z.Write([]byte("<a></a>"))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	_, _, err := readAll(t, "wordpress", write(t, "bomb.xml.gz", b.Bytes()), Options{})
	if !errors.Is(err, moderation.ErrTooLarge) {
		t.Errorf("gzip: %v, want ErrTooLarge", err)
	}
	endless := "<rss><channel><item><title>" + strings.Repeat("a", maxToken+1<<20)
	if _, _, err = readAll(t, "wordpress", write(t, "endless.xml", []byte(endless)), Options{}); !errors.Is(err, moderation.ErrTooLarge) {
		t.Errorf("a token without end: %v, want ErrTooLarge", err)
	}
	open := "body,status\n\"" + strings.Repeat("a,b\n", maxRecord/4+1<<20)
	if _, _, err = readAll(t, "csv", write(t, "open.csv", []byte(open)), Options{}); !errors.Is(err, moderation.ErrTooLarge) {
		t.Errorf("a quote without end: %v, want ErrTooLarge", err)
	}
	deep := "<rss><channel>" + strings.Repeat("<a>", 100_000)
	if _, _, err = readAll(t, "wordpress", write(t, "deep.xml", []byte(deep)), Options{}); err == nil || !strings.Contains(err.Error(), "deep in one another") {
		t.Errorf("elements without end: %v", err)
	}
}

// What stands before a damage is read, and the error names its line.
func TestDamage(t *testing.T) {
	whole := string(fixture(t, "wordpress.xml"))
	at := strings.Index(whole, "<wp:comment_id>103")
	tests := []struct {
		name, content, fail string
		comments            int
	}{
		{"cut off", whole[:at], "it ends in the middle", 2},
		{"a tag that is not closed", whole[:at] + "</wp:comment>" + whole[at:], "is broken off or damaged: element <", 2},
		{"control characters", strings.Replace(whole, "At last.", "At \x08last\x00.", 1), "", 5},
		{"no UTF-8", strings.Replace(whole, "At last.", "At \xfflast.", 1), "", 5},
		{"another file", "<html><body>Not found</body></html>", "it begins with <html>, not with <rss>: it is not an export of WordPress", 0},
		{"no XML", "Not found", "it is empty, not an export of WordPress", 0},
		{"nothing", "", "it is empty, not an export of WordPress", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, _, err := readAll(t, "wordpress", write(t, "x.xml", []byte(tt.content)), Options{})
			if len(all) != tt.comments {
				t.Errorf("%d comments, want %d", len(all), tt.comments)
			}
			switch {
			case tt.fail == "" && err != nil:
				t.Error(err)
			case tt.fail != "" && (err == nil || !strings.Contains(err.Error(), tt.fail)):
				t.Errorf("error %v, want one with %q", err, tt.fail)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	const row = "body,status\n%s,ok\n"
	utf16 := []byte("\xff\xfe")
	for _, r := range fmt.Sprintf(row, "café") {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	xml := `<?xml version="1.0" encoding="%s"?><disqus xmlns:dsq="x"><post dsq:id="1"><message>caf` + "\xe9" + `</message></post></disqus>`
	tests := []struct {
		name, format, content, encoding, want, fail string
	}{
		{"UTF-8", "csv", fmt.Sprintf(row, "café"), "", "café", ""},
		{"named", "csv", fmt.Sprintf(row, "caf\xe9"), "windows-1252", "café", ""},
		{"not named", "csv", fmt.Sprintf(row, "caf\xe9"), "", "caf?", ""},
		{"UTF-16", "csv", string(utf16), "", "café", ""},
		{"declared", "disqus", fmt.Sprintf(xml, "ISO-8859-1"), "", "café", ""},
		{"declared and unknown", "disqus", fmt.Sprintf(xml, "klingon"), "", "", `encoding "klingon" is not known: convert the file to UTF-8`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, _, err := readAll(t, tt.format, write(t, "x", []byte(tt.content)), Options{Encoding: tt.encoding})
			switch {
			case tt.fail != "" && (err == nil || !strings.Contains(err.Error(), tt.fail)):
				t.Errorf("error %v, want one with %q", err, tt.fail)
			case tt.fail == "" && (err != nil || len(all) != 1 || all[0].Arrival.Comment.Text != tt.want):
				t.Errorf("%v, %v, want %q", all, err, tt.want)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	tests := []struct {
		name, content string
		opts          Options
		want, fail    string
	}{
		{"columns of other names", "Kommentar,Zustand\nHallo,ok\n", Options{Columns: map[string]string{"body": "kommentar", "status": "Zustand"}}, "Hallo", ""},
		{"tabs", "text\tlabel\nHi, you\tok\n", Options{}, "Hi, you", ""},
		{"all published", "comment\nHello\n", Options{Choice: moderation.ChooseApprove}, "Hello", ""},
		{"no text", "name,status\nAnn,ok\n", Options{}, "", `no column for the text of comments; there are: "name", "status"; say which with --columns body=NAME`},
		{"no status", "body\nHello\n", Options{}, "", "no column says what became of comments"},
		{"a column that is not there", "body,status\n", Options{Columns: map[string]string{"body": "Text"}}, "", `no column is called "Text"`},
		{"no such field", "body,status\n", Options{Columns: map[string]string{"mood": "body"}}, "", `there is no field "mood"; fields are: author, `},
		{"nothing", "", Options{}, "", "it is empty, not a table"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, _, err := readAll(t, "csv", write(t, "x.csv", []byte(tt.content)), tt.opts)
			switch {
			case tt.fail != "" && (err == nil || !strings.Contains(err.Error(), tt.fail)):
				t.Errorf("error %v, want one with %q", err, tt.fail)
			case tt.fail == "" && (err != nil || len(all) != 1 || all[0].Arrival.Comment.Text != tt.want):
				t.Errorf("%v, %v, want %q", all, err, tt.want)
			}
		})
	}
}

// lines makes comments of "id parent" lines.
func lines(pairs ...string) string {
	var b strings.Builder
	for _, pair := range pairs {
		id, parent, _ := strings.Cut(pair, " ")
		fmt.Fprintf(&b, `{"id": %q, "parent_id": %q, "body": "x", "label": "ok"}`+"\n", id, parent)
	}
	return b.String()
}

// Parents come first, whatever the order of the file, and nothing is lost.
func TestThreads(t *testing.T) {
	tests := []struct {
		name string
		in   []string
		want string
	}{
		{"oldest first", []string{"1", "2 1", "3 2"}, "1 2 3"},
		{"newest first", []string{"3 2", "2 1", "1"}, "1 2 3"},
		{"a parent that never comes", []string{"2 1", "3 2", "4"}, "4 2 3"},
		{"a circle", []string{"1 2", "2 1", "3"}, "3 1 2"},
		{"oneself", []string{"1 1"}, "1"},
		{"the same twice, while it waits", []string{"2 1", "2 1", "1", "2 1", "1"}, "1 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, _, err := readAll(t, "jsonl", write(t, "x.jsonl", []byte(lines(tt.in...))), Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range all {
				got = append(got, p.Arrival.Comment.PlatformID)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("order %v, want %s", got, tt.want)
			}
		})
	}
}

// What waits for parents that never come does not grow with the file.
func TestThreadsBound(t *testing.T) {
	n, most := 0, 0
	th := newThreads(func(moderation.Past) error { n++; return nil })
	for i := range 5 * maxWaiting {
		var p moderation.Past
		p.Arrival.Comment.PlatformID, p.Arrival.Comment.ParentID = fmt.Sprint("c", i), fmt.Sprint("p", i)
		if err := th.take(p); err != nil {
			t.Fatal(err)
		}
		most = max(most, len(th.waiting), len(th.order))
	}
	if most > 3*maxWaiting {
		t.Errorf("%d waited", most)
	}
	if err := th.flush(); err != nil || n != 5*maxWaiting {
		t.Errorf("%d came, %v, want %d", n, err, 5*maxWaiting)
	}
	if th.count != 0 || th.bytes != 0 || len(th.ids) != 0 {
		t.Errorf("left: %d waiting, %d bytes, %d ids", th.count, th.bytes, len(th.ids))
	}
}

func TestReadStops(t *testing.T) {
	enough := errors.New("enough")
	_, err := Read(t.Context(), "wordpress", "testdata/wordpress.xml", Options{}, func(moderation.Past) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("error of yield: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = Read(ctx, "wordpress", "testdata/wordpress.xml", Options{}, func(moderation.Past) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
	if _, err := Read(t.Context(), "excel", "x", Options{}, nil); !errors.Is(err, moderation.ErrInvalid) {
		t.Errorf("an unknown format: %v", err)
	}
}
