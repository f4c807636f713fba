package store_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// whoever is the author who is erased in tests, with words that nobody else has.
var whoever = moderation.Author{ID: "acct-zwickel", Name: "Zwickelbert Quornfeld", Email: "quornfeld@zwickel.example", URL: "https://zwickel.example/me",
	IP: netip.MustParseAddr("198.51.100.77"), UserAgent: "Quornbrowser/7"}

// files returns all bytes of the database.
func (w *world) files() []byte {
	w.t.Helper()
	var all []byte
	for _, name := range []string{"gatehouse.db", "gatehouse.db-wal"} {
		data, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil && !os.IsNotExist(err) {
			w.t.Fatal(err)
		}
		all = append(all, data...)
	}
	return all
}

// erase erases somebody everywhere.
func (w *world) erase(whom moderation.Whom) moderation.ErasureReceipt {
	w.t.Helper()
	r, err := w.Erase(w.t.Context(), moderation.Erasure{Whom: whom, By: moderation.Actor{ID: "cli", Name: "operator"}, At: w.now})
	w.must(err)
	rebuilt, err := w.Scrub(w.t.Context(), 0)
	if err != nil || !rebuilt {
		w.t.Fatalf("scrub: %t, %v", rebuilt, err)
	}
	return r
}

// writeMuch gives whoever a place in every table, among others, and returns their
// comments.
func (w *world) writeMuch() []moderation.CommentID {
	t := w.t
	t.Helper()
	mo := moderation.Actor{ID: "telegram:1", Name: "Mo"}
	for i := range 60 {
		id := w.admit(w.arrival(fmt.Sprint("other", i), fmt.Sprintf("Comment %d of others %s", i, strings.Repeat("with some length ", i))), moderation.Hold).Comment
		w.decide(id, []moderation.Choice{moderation.ChooseApprove, moderation.ChooseSpam, moderation.ChooseAbuse}[i%3])
	}
	var mine []moderation.CommentID
	for i := range 12 {
		a := w.arrival(fmt.Sprint("pid-", i), fmt.Sprintf("Xylografie number %d is overrated, see https://xylolink.example/%d. %s", i, i, strings.Repeat("Xylophrase goes on. ", 40*i)))
		a.Author, a.Fields.Cookie, a.Key = whoever, "cookie-zwickel", fmt.Sprint("msg_zwickel", i)
		a.Aliases = []string{fmt.Sprint("alias-zwickel", i)}
		r := w.admitFor(a, moderation.Hold, moderation.Reason{Check: "classifier", Label: moderation.Abuse, Detail: "xylografie", Score: .7})
		mine = append(mine, r.Comment)
		v := w.wantCase(r.Comment, moderation.CaseOpen, 1)
		w.must(w.PutCard(t.Context(), moderation.Card{Case: v.Case.ID, Chat: 9, Message: 100 + i, Version: 1}, true))
	}
	w.settle(moderation.DeliverCard)
	w.must(w.PutNote(t.Context(), moderation.Note{Comment: mine[0], By: mo, Text: "xylonote on them", At: w.now}))
	w.must(w.PutNote(t.Context(), moderation.Note{Comment: 1, By: mo, Text: "as Zwickelbert Quornfeld said", At: w.now}))
	for i, id := range mine[1:6] {
		_, err := w.Decide(t.Context(), moderation.Order{Comment: id, Choice: []moderation.Choice{moderation.ChooseAbuse, moderation.ChooseApprove}[i%2], By: mo, Via: "cli", Note: "xylodecision"}, w.now)
		w.must(err)
	}
	_, err := w.PutMark(t.Context(), moderation.Mark{Site: w.site.ID, Kind: moderation.MarkBan, Subject: moderation.ByIdentity, Comment: mine[0], By: mo, Reason: "xyloban", At: w.now})
	w.must(err)
	_, err = w.AddToPersona(t.Context(), moderation.PersonaOrder{Name: "Zwickelbert Quornfeld", Comments: mine[1:2], By: mo, At: w.now})
	w.must(err)
	answer := w.arrival("answer", "I beg to differ.")
	answer.Comment.ParentID, answer.Parent = "pid-2", moderation.Parent{Author: whoever.Name, Text: "Xylografie number 2"}
	reply := w.admitFor(answer, moderation.Hold, moderation.Reason{Check: "persona", Detail: "answers Zwickelbert Quornfeld"}).Comment
	w.decide(reply, moderation.ChooseApprove)
	_, err = w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "pid-9", At: w.now})
	w.must(err)
	return mine
}

// traces returns what would be left of whoever, by what it is.
func (w *world) traces(mine []moderation.CommentID) map[string][]byte {
	t := w.t
	t.Helper()
	needles := map[string][]byte{}
	for _, s := range []string{"wickel", "uornfeld", "Xylo", "xylo", "quornbrowser", "Quornbrowser"} {
		needles[s] = []byte(s)
	}
	hashes, err := w.raw().QueryContext(t.Context(), `
		SELECT identity, email_hash, ip_hash, cookie_hash, agent_hash FROM revisions WHERE comment_id = ? AND revision = 1`, mine[0])
	w.must(err)
	defer hashes.Close()
	for hashes.Next() {
		var h [5][]byte
		w.must(hashes.Scan(&h[0], &h[1], &h[2], &h[3], &h[4]))
		for i := range h {
			if len(h[i]) != 16 {
				t.Fatalf("hash %d is %x", i, h[i])
			}
			needles[fmt.Sprint("hash ", i)] = bytes.Clone(h[i])
		}
	}
	w.must(hashes.Err())
	return needles
}

// TestErasedBytesAreGone gives somebody a place in every table that has one, among
// others, erases them, and looks for what they left in the files.
func TestErasedBytesAreGone(t *testing.T) {
	w := newWorld(t)
	needles := w.traces(w.writeMuch())
	before := w.files()
	for name, needle := range needles {
		if name != "quornbrowser" && !bytes.Contains(before, needle) {
			t.Errorf("%s is not in the files before: the test looks for nothing", name)
		}
	}

	r := w.erase(moderation.Whom{Email: "Quornfeld@Zwickel.example"})
	if r.ID != 1 || r.Removed["comments"] != 12 || r.Removed["marks"] != 1 || r.Removed["copies in answers"] != 1 {
		t.Errorf("receipt %+v", r)
	}
	after := w.files()
	for name, needle := range needles {
		if at := bytes.Index(after, needle); at >= 0 {
			t.Errorf("%s is left at %d: %q", name, at, after[max(0, at-60):min(len(after), at+60)])
		}
	}
	if n := w.one(`SELECT count(*) FROM comments`); n != int64(61) {
		t.Errorf("%v comments of others are left, want 61", n)
	}
	if due := w.due(moderation.DeliverErased); len(due) != 12 {
		t.Errorf("%d cards are taken away, want 12", len(due))
	}
	w.must(w.Examine(t.Context()))
	_, err := w.Erase(t.Context(), moderation.Erasure{Whom: moderation.Whom{Email: whoever.Email}, At: w.now})
	w.wantErr(err, moderation.ErrNotFound)
	if all, err := w.Erasures(t.Context()); err != nil || len(all) != 1 || all[0].Removed["comments"] != 12 {
		t.Errorf("receipts %+v, %v", all, err)
	}
}

// TestWhoIsFound looks for people in each way.
func TestWhoIsFound(t *testing.T) {
	w := newWorld(t)
	other, err := w.AddSite(t.Context(), moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	put := func(site moderation.Site, a moderation.Author) moderation.CommentID {
		arrival := w.arrival(fmt.Sprint("c", len(w.files()), w.now.UnixNano()), "Something about trams.")
		w.now = w.now.Add(time.Second)
		arrival.Comment.PlatformID = fmt.Sprint(w.now.UnixNano())
		arrival.Site, arrival.Author = site, a
		return w.admit(arrival, moderation.Approve).Comment
	}
	put(w.site, moderation.Author{ID: "7", Name: "Zoë", Email: "zoe@example.test"})
	last := put(w.site, moderation.Author{ID: "7", Name: "Zoe B."})
	put(other, moderation.Author{ID: "7", Name: "Somebody else"})
	put(other, moderation.Author{Name: "zoe", Email: "zoe@example.test", IP: netip.MustParseAddr("198.51.100.7")})
	for _, tt := range []struct {
		who  string
		site moderation.SiteID
		want int
	}{
		{"zoe@example.test", 0, 3}, // of one comment with an account, and what else that account wrote
		{"zoe@example.test", other.ID, 1},
		{"id:7", w.site.ID, 2},
		{"ZOE", 0, 2},
		{"name:Zoë", other.ID, 1},
		{"198.51.100.7", 0, 1},
		{fmt.Sprint("comment:", last), 0, 2},
		{"nobody@example.test", 0, 0},
	} {
		whom, err := moderation.ParseWhom(tt.who)
		w.must(err)
		h, err := w.HoldingsOf(t.Context(), whom, tt.site)
		if err != nil || h.Comments != tt.want {
			t.Errorf("%s on %d: %+v, %v; want %d comments", tt.who, tt.site, h, err, tt.want)
		}
	}
}

// learned returns what is learned on a site, in its order: its model is a function of it.
func (w *world) learned(site moderation.SiteID) []string {
	w.t.Helper()
	all, err := w.LessonsAfter(w.t.Context(), 0, 10000)
	w.must(err)
	number := map[int64]int{}
	learned := []string{}
	for _, l := range all {
		if l.Site != site {
			continue
		}
		of := len(learned)
		number[l.Number] = of
		if l.Withdraws != 0 {
			of = number[l.Withdraws]
		}
		learned = append(learned, fmt.Sprintf("%d of %d: %s %q %q %q %s", len(learned), of, l.Label, l.Text, l.Author, l.Parent, l.Features))
	}
	return learned
}

// said is a comment of an author and what was decided.
type said struct {
	author int
	words  []string
	choice moderation.Choice
	undone bool
}

// saying draws comments.
func saying() *rapid.Generator[[]said] {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"tram", "moron", "lovely", "pills", "bridge", "idiot", "cheap", "garden"}), 1, 6)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) said {
		return said{rapid.IntRange(0, 2).Draw(t, "author"), words.Draw(t, "words"),
			rapid.SampledFrom([]moderation.Choice{moderation.ChooseApprove, moderation.ChooseSpam, moderation.ChooseAbuse}).Draw(t, "choice"),
			rapid.IntRange(0, 3).Draw(t, "undone") == 0}
	}), 3, 9)
}

// TestErasingOneLeavesTheOthersModel has some authors write, answer one another and be
// decided, has decisions undone and texts purged, erases one, and compares what is learned
// with a site where that one never wrote.
func TestErasingOneLeavesTheOthersModel(t *testing.T) {
	w := newWorld(t)
	erased := 0
	for seed := range 12 {
		history := saying().Example(seed)
		sites := [2]moderation.Site{}
		for i := range sites {
			var err error
			sites[i], err = w.AddSite(t.Context(), moderation.Site{Name: fmt.Sprintf("site-%d-%d", seed, i), Platform: "webhook", Mode: moderation.ModeNormal})
			w.must(err)
		}
		for i, c := range history {
			w.now = w.now.Add(time.Minute)
			for k, site := range sites {
				if k == 1 && c.author == 0 {
					continue
				}
				a := w.arrival(fmt.Sprint(i), strings.Join(c.words, " "))
				a.Site, a.Author = site, moderation.Author{ID: fmt.Sprint("author", c.author), Name: fmt.Sprint("Author ", c.author)}
				if i > 0 && k == 0 && seed%3 != 0 && history[i-1].author == 0 { // to whom nobody answers on the other
					a.Comment.ParentID, a.Parent = fmt.Sprint(i-1), moderation.Parent{Author: "Author 0", Text: "that"}
				}
				d := w.decide(w.admit(a, moderation.Hold).Comment, c.choice)
				if c.undone {
					w.undo(d.Decision.ID)
				}
			}
		}
		if seed%3 == 0 {
			w.now = w.now.Add(200 * day)
			w.purge("text.approved=100d")
		}
		h, err := w.HoldingsOf(t.Context(), moderation.Whom{Account: "author0"}, sites[0].ID)
		w.must(err)
		if h.IsNothing() {
			continue // never drawn, or purged to the last hash
		}
		erased++
		_, err = w.Erase(t.Context(), moderation.Erasure{Whom: moderation.Whom{Account: "author0"}, Site: sites[0].ID, At: w.now})
		w.must(err)
		if diff := cmp.Diff(w.learned(sites[1].ID), w.learned(sites[0].ID)); diff != "" {
			t.Errorf("of %+v (-never wrote +erased):\n%s", history, diff)
		}
	}
	if erased < 8 {
		t.Errorf("somebody was erased in %d of 12 histories only", erased)
	}
}
