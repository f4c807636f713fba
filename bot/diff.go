package bot

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

const (
	// maxMarks is how many changes of an edit are marked: with more there is nothing
	// left to compare with.
	maxMarks = 24
	// maxKept is how much of what an edit left alone stands between two changes
	// where not all has room, in UTF-16 units.
	maxKept = 160
	// maxBefore is how much is shown of a text that became another one.
	maxBefore = 400
)

// drawText writes what was written, at most so many UTF-16 units of it, and reports
// whether it cut any. What an edit changed is marked, until somebody decides.
func drawText(s *sheet, v moderation.CaseView, room int) (cut bool) {
	if at := v.Comment.PurgedAt; !at.IsZero() {
		s.own(purgedWords(at), "\n")
		return false
	}
	body := everyLine(v.Comment.Text)
	before := everyLine(v.Before)
	if v.Case.Revision < 2 || before == "" || body == "" || before == body || v.Decision != nil || v.Case.State == moderation.CaseWithdrawn {
		cut = drawBody(s, body, room)
		drawEdited(s, v, "")
		return cut
	}
	if edits, ok := marks(before, body); ok {
		edits, cut = fitEdits(edits, room)
		s.quoteEdits(edits)
		s.own("\n")
		drawEdited(s, v, "added underlined, removed struck out")
		return cut
	}
	cut = drawBody(s, body, max(0, room-maxBefore))
	drawEdited(s, v, "it said before:")
	s.quote(text.Cut(before, maxBefore)).own("\n")
	return cut
}

// purgedWords stand where a text stood that was purged.
func purgedWords(at time.Time) string { return "🧹 Text purged on " + at.Format(time.DateOnly) }

// drawBody writes a text, or that there is none, and reports whether it cut any.
func drawBody(s *sheet, body string, room int) (cut bool) {
	if body == "" {
		s.own("(nothing that can be seen)\n")
		return false
	}
	s.quote(text.Cut(body, room)).own("\n")
	return text.UTF16Len(body) > room
}

// everyLine is [lines] without an end.
func everyLine(s string) string { return lines(s, len(s)+1) }

// drawEdited writes when a comment was edited, what had been decided on it then, and how
// that is shown.
func drawEdited(s *sheet, v moderation.CaseView, legend string) {
	if v.Case.Revision < 2 || v.EditedAt.IsZero() && v.Earlier == nil && legend == "" {
		return
	}
	s.own("✏️ Edited")
	switch open := v.Case.OpenedAt; {
	case v.EditedAt.IsZero():
	case v.Earlier != nil:
		s.own(" ", span(v.EditedAt.Sub(v.Earlier.At)), " after it was decided")
	case !v.Case.Looked && v.EditedAt.After(open) && !open.IsZero():
		s.own(" ", span(v.EditedAt.Sub(open)), " after it was held")
	case !v.At.IsZero():
		s.own(" ", span(v.EditedAt.Sub(v.At)), " after it came")
	}
	if d := v.Earlier; d != nil {
		words := wordsOf(d.Choice)
		s.own(" · before: ", words.mark, " ", words.done, " by ").passage(actorName(d.By)).own(", ", s.stamp(d.At))
	}
	if legend != "" {
		s.own(" · ", legend)
	}
	s.own("\n")
}

// marks returns what an edit changed. It reports false where that is too much to be
// marked.
func marks(before, after string) (edits []text.Edit, ok bool) {
	edits = text.Diff(before, after)
	changes, kept := 0, 0
	for _, e := range edits {
		if e.Change == text.Kept {
			kept += text.UTF16Len(e.Text)
		} else {
			changes++
		}
	}
	return edits, changes <= maxMarks && kept > 0
}

// fitEdits returns edits that have at most so many UTF-16 units as they are shown, and
// whether it cut any. Where not all has room, what was kept is shortened first.
func fitEdits(edits []text.Edit, room int) (fitting []text.Edit, cut bool) {
	total := 0
	shown := make([]text.Edit, len(edits))
	for i, e := range edits {
		if e.Change != text.Kept {
			e.Text = blunt(e.Text)
		}
		shown[i] = e
		total += text.UTF16Len(e.Text)
	}
	if total <= room {
		return shown, false
	}
	for _, e := range shortenKept(shown, room) {
		e.Text = text.Cut(e.Text, room)
		if room -= text.UTF16Len(e.Text); e.Text != "" {
			fitting = append(fitting, e)
		}
		if room <= 0 {
			break
		}
	}
	return fitting, true
}

// shortenKept returns edits of whose kept pieces stays as much as there is room for, and
// no less than [maxKept] beside each change.
func shortenKept(edits []text.Edit, room int) (short []text.Edit) {
	for beside := max(room, maxKept); ; beside = max(beside*3/4, maxKept) {
		total := 0
		short = slices.Clone(edits)
		for i, e := range short {
			if e.Change == text.Kept {
				short[i].Text = shorten(e.Text, beside, i < len(edits)-1)
			}
			total += text.UTF16Len(short[i].Text)
		}
		if total <= room || beside == maxKept {
			return short
		}
	}
}

// shorten leaves of a text that was kept so much of its beginning, and of its end where
// a change follows, in UTF-16 units.
func shorten(s string, beside int, changeAfter bool) string {
	if text.UTF16Len(s) <= 2*beside {
		return s
	}
	short := text.Cut(s, beside)
	if !changeAfter {
		return short
	}
	from := len(s) - beside // bytes, which are no fewer than units
	space := strings.IndexFunc(s[from:], unicode.IsSpace)
	if space < 0 {
		return strings.TrimSuffix(short, "…") + "…"
	}
	return strings.TrimSuffix(short, "…") + "…" + s[from+space:]
}

// quoteEdits adds words of others as a quotation that marks what an edit changed.
func (s *sheet) quoteEdits(edits []text.Edit) {
	var html, plain, seen strings.Builder
	entities := 1
	for _, e := range edits {
		if e.Change != text.Kept {
			entities++
		}
	}
	for i, e := range edits {
		if i > 0 && adjoin(edits[i-1].Text, e.Text) {
			// Neither "#" nor "tag" can be tapped, but together they could.
			for _, out := range []*strings.Builder{&html, &plain, &seen} {
				out.WriteString(zeroWidthSpace)
			}
		}
		seen.WriteString(e.Text)
		switch e.Change {
		case text.Added:
			html.WriteString("<u>" + escape(e.Text) + "</u>")
			plain.WriteString("[+" + e.Text + "+]")
		case text.Removed:
			html.WriteString("<s>" + escape(e.Text) + "</s>")
			plain.WriteString("[-" + e.Text + "-]")
		default:
			piece, n := defuse(e.Text, min(maxCode, max(0, maxPieces-s.entities-entities)))
			html.WriteString(piece)
			plain.WriteString(defusePlain(e.Text))
			entities += n
		}
	}
	s.add(quotation(html.String(), seen.String()), "│ "+strings.ReplaceAll(plain.String(), "\n", "\n│ "), seen.String(), entities)
}

// adjoin reports whether nothing is between two pieces of a text.
func adjoin(a, b string) bool {
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	return a != "" && b != "" && !unicode.IsSpace(last) && !unicode.IsSpace(first)
}

// blunt returns words in which nothing can be tapped and that need no code for that,
// which Telegram does not take within other markup.
func blunt(words string) string {
	var out strings.Builder
	for piece, space := range pieces(words) {
		if space || !tappable(piece) {
			out.WriteString(piece)
			continue
		}
		digits := 0
		for _, r := range piece {
			out.WriteRune(r)
			if unicode.IsDigit(r) {
				digits++
			}
			if strings.ContainsRune(".@/#$:。．｡", r) || unicode.IsDigit(r) && digits%3 == 0 {
				out.WriteString(zeroWidthSpace)
			}
		}
	}
	return out.String()
}
