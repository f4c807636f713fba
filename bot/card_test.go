package bot

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

func TestReasonLine(t *testing.T) {
	scores := moderation.Probabilities{OK: 0.3, Spam: 0.64, Abuse: 0.06}
	flag := moderation.Reason{Check: "classifier", Label: moderation.Abuse, Score: 0.92}
	rule := moderation.Reason{Check: "rules", Rule: "links", Label: moderation.Spam, Score: 1, Detail: "more than three links"}
	tests := []struct {
		name    string
		verdict moderation.Verdict
		want    string
	}{
		{"classifier", moderation.Verdict{Reasons: []moderation.Reason{flag}}, "92 % abuse"},
		{"its words", moderation.Verdict{Reasons: []moderation.Reason{flag}, Weights: []moderation.Weight{
			{Feature: "buy", Label: moderation.Spam, Weight: 3}, {Feature: "moron", Label: moderation.Abuse, Weight: 2},
			{Feature: "dear", Label: moderation.Abuse, Weight: -1}, {Feature: "a", Label: moderation.Abuse, Weight: 1},
			{Feature: "b", Label: moderation.Abuse, Weight: 1}, {Feature: "c", Label: moderation.Abuse, Weight: 1}}},
			"92 % abuse: “moron”, “a”, “b”"},
		{"rule", moderation.Verdict{Reasons: []moderation.Reason{rule}}, "more than three links"},
		{"rule with the model's word", moderation.Verdict{Reasons: []moderation.Reason{rule}, Scores: scores}, "more than three links · 64 % spam"},
		{"rule without words", moderation.Verdict{Reasons: []moderation.Reason{{Check: "rules", Rule: "links"}}}, "links"},
		{"several", moderation.Verdict{Reasons: []moderation.Reason{rule, rule, flag, rule}, Scores: scores},
			"more than three links · 64 % spam · and 2 more reasons"},
		{"check failed", moderation.Verdict{Reasons: []moderation.Reason{{Check: "rules", Rule: moderation.CheckFailed, Detail: "panic: x"}}},
			"A check failed, so a person must look"},
		{"what asks for nothing is no reason more", moderation.Verdict{Reasons: []moderation.Reason{rule,
			{Check: "rules", Rule: "tagged", Tags: []string{"x"}}, {Check: "rules", Rule: "scored", Label: moderation.Spam}, {Check: "rules", Rule: "tried", Score: 1, Shadow: true},
			{Check: "classifier", Rule: moderation.CheckFailed}}}, "more than three links · and 1 more reason"},
		{"strict mode", moderation.Verdict{Reasons: []moderation.Reason{{Check: "mode", Rule: "strict", Score: 1,
			Detail: "strict mode: everything waits for a moderator"}}, Scores: moderation.Probabilities{OK: 0.997, Spam: 0.002, Abuse: 0.001}},
			"strict mode: everything waits for a moderator · under 1 % spam"},
		{"audit", moderation.Verdict{Reasons: []moderation.Reason{{Check: "audit", Score: 1,
			Detail: "asked at random: one in 100 sure comments is"}, {Check: "classifier", Label: moderation.OK, Score: 0.95}}, Scores: moderation.Probabilities{OK: 0.95, Spam: 0.02, Abuse: 0.03}},
			"asked at random: one in 100 sure comments is · 3 % abuse"},
		{"no reason", moderation.Verdict{}, "Held without a reason"},
		{"certain", moderation.Verdict{Reasons: []moderation.Reason{{Check: "classifier", Label: moderation.Spam, Score: 0.9999}}}, "over 99 % spam"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &sheet{}
			drawReason(s, moderation.CaseView{Verdict: test.verdict})
			if diff := cmp.Diff(test.want, s.Plain()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestUrgentAndTags holds that an urgent card says so first, while it waits, and
// that tags are on it.
func TestUrgentAndTags(t *testing.T) {
	urgent := moderation.Reason{Check: "rules", Rule: "threat", Label: moderation.Abuse, Score: 1, Urgent: true, Tags: []string{"threat", "@ann"}}
	shadow := moderation.Reason{Check: "rules", Rule: "tried", Score: 1, Shadow: true, Urgent: true, Tags: []string{"tried"}}
	draw := func(state moderation.CaseState, reasons ...moderation.Reason) string {
		v := abusive(17, "Ann", "x")
		v.Case.State = state
		v.Verdict = moderation.Verdict{Action: moderation.Hold, Reasons: reasons}
		return newCard(v, nil).sheet.HTML()
	}
	const first, tags = "🚨 <b>Urgent</b>\n<b>blog</b>", "\n🏷 threat, <code>@ann</code>\n"
	for name, tt := range map[string]struct {
		got          string
		urgent, tags bool
	}{
		"open":    {draw(moderation.CaseOpen, shadow, urgent), true, true},
		"decided": {draw(moderation.CaseDecided, urgent), false, true},
		"shadow":  {draw(moderation.CaseOpen, shadow), false, false},
	} {
		if strings.HasPrefix(tt.got, first) != tt.urgent || strings.Contains(tt.got, tags) != tt.tags || strings.Contains(tt.got, "tried,") {
			t.Errorf("%s: %s", name, tt.got)
		}
	}
}

func TestStanding(t *testing.T) {
	tests := []struct {
		standing moderation.Standing
		want     string
	}{
		{moderation.Standing{}, "a name only"},
		{moderation.Standing{Known: true}, "new"},
		{moderation.Standing{Known: true, Approved: 14, Rejected: 1}, "14 approved, 1 rejected"},
		{moderation.Standing{Known: true, Trusted: true, Approved: 3}, "trusted, 3 approved, 0 rejected"},
		{moderation.Standing{Banned: true}, "banned"},
		{moderation.Standing{Known: true, Banned: true}, "banned, new"},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			if got := standing(test.standing); got != test.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestSpanAndPercent(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 59 * time.Second: "59 s", 61 * time.Second: "1 min", time.Hour: "1 h",
		25 * time.Hour: "1 day", 90 * time.Minute: "1 h 30 min", 49 * time.Hour: "2 days",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
	for p, want := range map[float64]string{0: "0 %", 0.001: "under 1 %", 0.005: "1 %", 0.5: "50 %", 0.994: "99 %", 0.995: "over 99 %", 1: "100 %"} {
		if got := percent(p); got != want {
			t.Errorf("percent(%v) = %q, want %q", p, got, want)
		}
	}
}

// TestFullCard shows a card with everything on it.
func TestFullCard(t *testing.T) {
	v := abusive(17, "Anon\nforged line", "First line, see http://a.example/x?a=1&b=2\n\n\n\n<b>bold</b> & \"quoted\" \u202Egnp.exe")
	v.Case = moderation.Case{ID: 5, Tag: "7a700105", Comment: 17, Revision: 2, State: moderation.CaseOpen, Version: 3}
	v.Post = moderation.Post{URL: "https://blog.example/?p=1&q=\"x\"", Title: "Cats & <dogs>"}
	v.Author.URL, v.Author.Role = "spam.example/me", "subscriber"
	v.Author.Email = "secret@example.org"
	v.Parent = moderation.Parent{Author: "Bob", Text: "What do\nyou think, @carl?"}
	c := newCard(v, nil)
	want := `<b>blog</b> · <a href="https://blog.example/?p=1&amp;q=&quot;x&quot;">Cats &amp; &lt;dogs&gt;</a>
👤 Anon forged line (subscriber) · <code>spam.example/me</code> · new
💬 to Bob: What do you think, <code>@carl?</code>
<blockquote>First line, see <code>http://a.example/x?a=1&amp;b=2</code>

&lt;b&gt;bold&lt;/b&gt; &amp; "quoted" gnp.exe</blockquote>
⚖️ 92 % abuse: “moron”, “worthless”
#17 · edited, revision 2`
	want = strings.Replace(want, `"quoted" gnp.exe`, `"quoted" <code>gnp.exe</code>`, 1)
	if diff := cmp.Diff(want, c.sheet.HTML()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(c.sheet.HTML()+c.sheet.Plain(), "secret") {
		t.Error("the e-mail address is on the card")
	}
	wantPlain := strings.ReplaceAll(`blog · Cats & <dogs>
👤 Anon forged line (subscriber) · spam.~example/~me · new
💬 to Bob: What do you think, @~carl?
│ First line, see http:/~/~a.~example/~x?a=1&b=2
│ 
│ <b>bold</b> & "quoted" gnp.~exe
⚖️ 92 % abuse: “moron”, “worthless”
#17 · edited, revision 2`, "~", zeroWidthSpace)
	if diff := cmp.Diff(wantPlain, c.sheet.Plain()); diff != "" {
		t.Errorf("plain (-want +got):\n%s", diff)
	}
}

func TestLongCommentIsFoldedAndCut(t *testing.T) {
	v := abusive(17, "Anon", strings.Repeat("👩‍👩‍👧‍👦", 2000))
	html := newCard(v, nil).sheet.HTML()
	if !strings.Contains(html, "<blockquote expandable>") || !strings.Contains(html, "👩‍👩‍👧‍👦…</blockquote>") {
		t.Errorf("card %.200s … %s", html, html[len(html)-200:])
	}
}

// TestClosedCards shows what is below the comment on the card of a closed case.
func TestClosedCards(t *testing.T) {
	opened := time.Date(2026, 1, 2, 13, 0, 0, 0, time.UTC)
	decided := func(c moderation.Choice, by moderation.Actor) *moderation.Decision {
		return &moderation.Decision{ID: 9, Choice: c, By: by, At: opened.Add(3 * time.Minute)}
	}
	tests := []struct {
		name     string
		state    moderation.CaseState
		status   moderation.Status
		decision *moderation.Decision
		want     string
		buttons  string
	}{
		{"approved", moderation.CaseDecided, moderation.Approved, decided(moderation.ChooseApprove, moderation.Actor{ID: "telegram:1", Name: "Anna"}),
			"✅ Approved by Anna · 2 Jan 2026, 13:03 UTC, after 3 min", "undo:7a700105:5:1:9"},
		{"by somebody without a name", moderation.CaseDecided, moderation.Rejected, decided(moderation.ChooseReject, moderation.Actor{ID: "cli:root"}),
			"🙈 Hidden by cli:root · 2 Jan 2026, 13:03 UTC, after 3 min", "undo:7a700105:5:1:9"},
		{"withdrawn", moderation.CaseWithdrawn, moderation.Withdrawn, nil, "🚪 Withdrawn by its writer or by the blog.", ""},
		{"edited to something fine", moderation.CaseDecided, moderation.Approved, nil, "Published. No decision stands on this.", "spam:7a700105:5:1"},
		{"edited to something a rule rejects", moderation.CaseDecided, moderation.Rejected, nil, "Hidden. No decision stands on this.", "approve:7a700105:5:1"},
		{"undone after an edit", moderation.CaseDecided, moderation.Held, nil,
			"No decision stands on this. The comment has changed since, and waits on a card of its own.", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := abusive(17, "Anon", "text")
			v.Case = moderation.Case{ID: 5, Tag: "7a700105", Comment: 17, Revision: 1, State: test.state, OpenedAt: opened}
			v.Status, v.Decision = test.status, test.decision
			c := newCard(v, nil)
			below := strings.Split(c.sheet.Plain(), "\n")[3:]
			if diff := cmp.Diff([]string{test.want, "#17"}, below); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := c.buttons.markup(); (test.buttons == "") != (c.buttons == nil) || !strings.Contains(got, test.buttons) {
				t.Errorf("buttons %s", got)
			}
		})
	}
}

// TestManyLinks has more addresses than Telegram keeps entities.
func TestManyLinks(t *testing.T) {
	v := abusive(17, "Anon", strings.Repeat("a.example ", 200))
	v.Case = moderation.Case{ID: 5, Tag: "7a700105", Comment: 17, Revision: 1, State: moderation.CaseOpen}
	checkCard(t, v)
}

// tricky are pieces of text that break what is built carelessly.
var tricky = []string{
	"<", ">", "&", "&lt;", "&#60;", "</blockquote>", "</code>", "<a href=\"", "\"", "'", "\n", "\r\n", "\t", " ", "\u2028", "\u202E", "\u2066",
	"\u200B", "\u200D", "\uFEFF", "\x00", "\x1b[31m", "\xff", "\xed\xa0\x80", "é", "e\u0301", "Z\u0351\u036b\u0343", "👩‍👩‍👧‍👦", "🏳️‍🌈", "𝕏", "漢字", "العربية",
	"https://a.example/x", "a.example", "www.a.example", "xn--p1ai.xn--p1ai", "1.2.3.4", "tg://resolve?domain=x", "@anna", "#tag", "$TON", "/undo", "/undo@bot",
	"a@b.example", "+49 170 1234567", "4111111111111111", "✅ Approved by Anna", "#18", "│", "word", "e.g.", "3.50", "．", "。com",
	"Ann (administrator) · trusted, 40 approved, 0 rejected", "Ann” (administrator) · trusted", "·", "(", ")", "“", "”", "„", "•", "ꞏ", "⚖️", "👤 ", ": ",
	"a.example · trusted", "a.example·trusted",
}

// anyText draws texts of tricky pieces and of anything else, up to n pieces.
func anyText(n int) *rapid.Generator[string] {
	piece := rapid.OneOf(rapid.SampledFrom(tricky), rapid.String())
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, n).Draw(t, "pieces"), "")
	})
}

// TestAnyCommentGivesACard sends cards of all sorts of texts to the test server.
func TestAnyCommentGivesACard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		short, long := anyText(6), anyText(60)
		body := long.Draw(t, "body")
		if times := rapid.IntRange(1, 40).Draw(t, "times"); len(body) < 2000 {
			body = strings.Repeat(body, times)
		}
		v := moderation.CaseView{
			Case:    moderation.Case{ID: 5, Tag: "7a700105", Comment: 17, Revision: rapid.IntRange(1, 2).Draw(t, "revision"), State: moderation.CaseOpen},
			Site:    moderation.Site{Name: "blog"},
			Post:    moderation.Post{ID: short.Draw(t, "post"), URL: short.Draw(t, "url"), Title: short.Draw(t, "title")},
			Parent:  moderation.Parent{Author: short.Draw(t, "parent author"), Text: long.Draw(t, "parent")},
			Author:  moderation.Author{Name: short.Draw(t, "author"), URL: short.Draw(t, "page"), Role: short.Draw(t, "role")},
			Comment: moderation.Comment{ID: 17, Text: body},
			Verdict: moderation.Verdict{
				Reasons: []moderation.Reason{{Check: "rules", Rule: short.Draw(t, "rule"), Label: moderation.Spam, Detail: short.Draw(t, "detail")}},
				Weights: []moderation.Weight{{Feature: short.Draw(t, "feature"), Label: moderation.Spam, Weight: 1}},
				Model:   short.Draw(t, "model"), Rules: short.Draw(t, "rules"),
			},
		}
		if rapid.Bool().Draw(t, "edited") {
			v.Before, v.EditedAt, v.At = long.Draw(t, "before"), time.Unix(7200, 0), time.Unix(0, 0)
			if rapid.Bool().Draw(t, "a little") {
				v.Before = body + " " + short.Draw(t, "more before")
			}
		}
		for range rapid.IntRange(0, 4).Draw(t, "notes") {
			v.Notes = append(v.Notes, moderation.Note{By: moderation.Actor{ID: "telegram:1", Name: short.Draw(t, "noted by")}, Text: long.Draw(t, "note")})
		}
		if rapid.Bool().Draw(t, "decided") {
			v.Case.State = moderation.CaseDecided
			v.Decision = &moderation.Decision{ID: 9, Choice: moderation.ChooseSpam, By: moderation.Actor{ID: "telegram:1", Name: short.Draw(t, "by")}}
		}
		checkCard(t, v)
	})
}

// FuzzCard is TestAnyCommentGivesACard with texts of the fuzzer's.
func FuzzCard(f *testing.F) {
	for _, s := range tricky {
		f.Add(s, s, s, s)
	}
	f.Fuzz(func(t *testing.T, body, author, title, parent string) {
		v := abusive(17, author, body)
		v.Case = moderation.Case{ID: 5, Tag: "7a700105", Comment: 17, Revision: 1, State: moderation.CaseOpen}
		v.Post.Title, v.Parent = title, moderation.Parent{Author: author, Text: parent}
		v.Verdict.Weights[0].Feature = title
		checkCard(t, v)
	})
}

// failer is a test of testing, rapid or the fuzzer.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkCard sends a card and its explanation, with and without markup, and looks
// at what becomes of them.
func checkCard(t failer, v moderation.CaseView) {
	t.Helper()
	c := newCard(v, nil)
	m := deliver(t, c.sheet.HTML(), "HTML", c.buttons.markup())
	checkEntities(t, m)
	checkLines(t, v, m)
	checkEntities(t, deliver(t, c.sheet.Plain(), "", c.buttons.markup()))
	why := explanation(v)
	checkEntities(t, deliver(t, why.HTML(), "HTML", ""))
	checkEntities(t, deliver(t, why.Plain(), "", ""))
}

// deliver sends a text to a test server and returns the message.
func deliver(t failer, text, mode, markup string) telegramtest.Message {
	t.Helper()
	s := telegramtest.New("42:x")
	s.AddUser(telegramtest.User{ID: anna, FirstName: "Anna"})
	s.AddChat(telegramtest.Chat{ID: mods}, anna)
	form := url.Values{"chat_id": {"-100"}, "text": {text}, "parse_mode": {mode}, "reply_markup": {markup}}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/bot42:x/sendMessage", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.ServeHTTP(w, r)
	list := s.Messages(mods)
	if len(list) != 1 {
		t.Fatalf("%s\nfor %q", w.Body, text)
	}
	return list[0]
}

// checkEntities fails where something of a message can be tapped but the post.
func checkEntities(t failer, m telegramtest.Message) {
	t.Helper()
	allowed := []string{"bold", "code", "blockquote", "expandable_blockquote", "underline", "strikethrough"}
	if len(m.Entities) >= 100 {
		t.Fatalf("%d entities in %q: Telegram drops what is beyond a hundred", len(m.Entities), m.Text)
	}
	for i, e := range m.Entities {
		isPost := e.Type == "text_link" && i <= 2 && !strings.Contains(before(m.Text, e.Offset), "\n")
		if !slices.Contains(allowed, e.Type) && !isPost {
			raw, _ := json.Marshal(m.Entities)
			t.Fatalf("%s can be tapped in %q: %s", e.Type, m.Text, raw)
		}
	}
}

// before returns what of s stands before a number of UTF-16 units.
func before(s string, units int) string {
	return string(utf16.Decode(utf16.Encode([]rune(s))[:units]))
}

// checkLines fails where a text of others got out of its place: there are as
// many lines outside the quotation as there must be, each with its beginning.
func checkLines(t failer, v moderation.CaseView, m telegramtest.Message) {
	t.Helper()
	units := utf16.Encode([]rune(m.Text))
	for _, e := range slices.Backward(m.Entities) {
		if strings.HasSuffix(e.Type, "blockquote") {
			units = slices.Concat(units[:e.Offset], utf16.Encode([]rune("(quote)")), units[e.Offset+e.Length:])
		}
	}
	want := []string{"blog", "👤 "}
	if oneLine(v.Parent.Text, maxParent) != "" {
		want = append(want, "💬 to ")
	}
	quote := "(quote)"
	if lines(v.Comment.Text, maxComment) == "" {
		quote = "(nothing that can be seen)"
	}
	mark := "⚖️ "
	if v.Decision != nil {
		mark = "🗑 Spam by "
	}
	want = append(want, quote)
	before, body := everyLine(v.Before), everyLine(v.Comment.Text)
	switch marked := before != "" && body != "" && before != body && v.Decision == nil; {
	case v.Case.Revision < 2:
	case marked || !v.EditedAt.IsZero():
		want = append(want, "✏️ Edited")
		if _, ok := marks(before, body); marked && !ok {
			want = append(want, quote)
		}
	}
	want = append(want, mark)
	for i := range min(len(v.Notes), shownNotes+1) {
		want = append(want, "📝 "+[]string{"", "1 earlier note"}[(len(v.Notes)-i)/(shownNotes+1)])
	}
	want = append(want, "#17")
	got := strings.Split(string(utf16.Decode(units)), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d lines instead of %d: %q", len(got), len(want), got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Fatalf("line %d is %q, not %q…", i, got[i], want[i])
		}
	}
	checkOwnWords(t, v, got)
	if last := got[len(got)-1]; last != "#17" && last != fmt.Sprintf("#17 · edited, revision %d", v.Case.Revision) {
		t.Fatalf("the last line is %q", last)
	}
}

// set is what stands in our quotation marks.
var set = regexp.MustCompile(`“[^“”]*”`)

// checkOwnWords fails where others could have written what only we say: but for
// what is set in quotation marks, the line of the writer has the separators and
// the parentheses that belong there, and the others have no mark of ours.
func checkOwnWords(t failer, v moderation.CaseView, lines []string) {
	t.Helper()
	title, writer := set.ReplaceAllString(lines[0], ""), set.ReplaceAllString(lines[1], "")
	separators, parentheses, titles := 1, 0, 0
	if oneLine(v.Author.URL, maxAddress) != "" {
		separators++
	}
	if oneLine(v.Author.Role, maxName) != "" {
		parentheses++
	}
	if postTitle(v.Post) != "" {
		titles++
	}
	for _, own := range []struct {
		line, words string
		times       int
	}{
		{writer, "·", separators}, {writer, "(", parentheses}, {writer, ")", parentheses}, {writer, "👤", 1}, {writer, ",", 0},
		{writer, "“", 0}, {writer, "”", 0}, {writer, "•", 0}, {writer, "ꞏ", 0}, {title, "·", titles}, {title, "👤", 0},
	} {
		if n := strings.Count(own.line, own.words); n != own.times {
			t.Fatalf("%d times %q instead of %d in %q", n, own.words, own.times, own.line)
		}
	}
	if !strings.HasSuffix(writer, " · "+standing(v.Standing)) {
		t.Fatalf("the standing is not at the end of %q", writer)
	}
}

// TestForgedWriter shows writers who call themselves what only we say of them.
func TestForgedWriter(t *testing.T) {
	const forged = "Ann (administrator) · trusted, 40 approved, 0 rejected"
	tests := []struct {
		name, role, page, want string
	}{
		{"Ann", "", "", "Ann · new"},
		{"Ann", "administrator", "https://ann.example/", "Ann (administrator) · https:/~/~ann.~example/~ · new"},
		{"J.-P. O’Brien_2", "", "", "J.-P. O’Brien_2 · new"},
		{"Zoë 漢字 العربية", "", "", "Zoë 漢字 العربية · new"},
		{"", "", "", "Anonymous · new"},
		{forged, "", "", "“" + forged + "” · new"},
		{"Ann” (administrator) · trusted „x", "", "", "“Ann' (administrator) · trusted 'x” · new"},
		{"Ann - trusted", "", "", "“Ann - trusted” · new"},
		{"Annꞏtrusted", "", "", "“Annꞏtrusted” · new"},
		{"Ann", "x) · trusted (y", "", "Ann (“x) · trusted (y”) · new"},
		{"Ann", "", "trusted, 40 approved", "Ann · “trusted, 40 approved” · new"},
		{"Ann", "", "trusted", "Ann · “trusted” · new"},
		{"Ann", "", "a.example·trusted", "Ann · “a.~example·trusted” · new"},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			v := abusive(17, test.name, "text")
			v.Author.Role, v.Author.URL = test.role, test.page
			want := "👤 " + strings.ReplaceAll(test.want, "~", zeroWidthSpace)
			if diff := cmp.Diff(want, strings.Split(newCard(v, nil).sheet.Plain(), "\n")[1]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestForgedLines shows posts and parents that look like other lines of a card.
func TestForgedLines(t *testing.T) {
	tests := []struct {
		name   string
		title  string
		parent moderation.Parent
		want   string
	}{
		{"nothing forged", "Trams, “now” – really? (2)", moderation.Parent{Author: "Bob", Text: "Why (not)?"}, "blog · Trams, “now” – really? (2)\n💬 to Bob: Why (not)?"},
		{"title", "Trams 👤 Ann (administrator) · trusted", moderation.Parent{}, "blog · “Trams 👤 Ann (administrator) · trusted”"},
		{"parent's author", "", moderation.Parent{Author: "Bob: Yes. ⚖️ 1 % spam", Text: "No."}, "blog\n💬 to “Bob: Yes. ⚖️ 1 % spam”: No."},
		{"parent's text", "", moderation.Parent{Author: "Bob", Text: "No. ⚖️ 1 % spam"}, "blog\n💬 to Bob: “No. ⚖️ 1 % spam”"},
		{"parent without an author", "", moderation.Parent{Text: "Bob: No."}, "blog\n💬 to a comment: Bob: No."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := abusive(17, "Ann", "text")
			v.Post, v.Parent = moderation.Post{Title: test.title}, test.parent
			got, _, _ := strings.Cut(strings.Replace(newCard(v, nil).sheet.Plain(), "\n👤 Ann · new", "", 1), "\n│")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestARaidIsNamed holds that a card tells of what came with its comment.
func TestARaidIsNamed(t *testing.T) {
	v := moderation.CaseView{Cluster: &moderation.Cluster{ID: 5, Kind: moderation.ClusterText, Comments: 14,
		Since: time.Date(2026, 3, 1, 12, 3, 0, 0, time.UTC), Last: time.Date(2026, 3, 1, 12, 20, 0, 0, time.UTC)}}
	if got, want := newCard(v, nil).sheet.Plain(), "👥 one of 14 that say nearly the same, since 12:03 UTC\n"; !strings.Contains(got, want) {
		t.Errorf("the card says\n%s\nwithout\n%s", got, want)
	}
}
