package bot

import (
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

// How much of each foreign text a card shows, in UTF-16 units. Together with
// our own words they stay below maxText.
const (
	maxTitle   = 120
	maxName    = 60
	maxAddress = 80
	maxParent  = 240
	maxComment = 2400
	maxReason  = 200
	maxWord    = 40
	maxTags    = 200 // all of them
)

// reasonWords is how many words that weighed a card names.
const reasonWords = 3

// card is a message that shows a case: its text and its buttons.
type card struct {
	sheet   sheet
	buttons keyboard
}

// newCard draws a case, with the times of a zone; nil: UTC.
func newCard(v moderation.CaseView, zone *time.Location) *card {
	c := &card{buttons: usualButtons(v)}
	c.sheet.zone = zone
	drawCard(&c.sheet, v, textRoom(v))
	return c
}

// zoneRoom is kept free for the names of zones, which are longer than UTC's, in the times
// on a card, and for what parts the marks of an edit, in UTF-16 units.
const zoneRoom = 100

// textRoom returns how much of the comment's text a card shows, in UTF-16 units: what
// the rest leaves of a message.
func textRoom(v moderation.CaseView) int {
	rest := &sheet{}
	drawCard(rest, v, 0)
	return max(0, min(maxComment, maxText-zoneRoom-rest.units))
}

// drawCard writes a card with so much of the comment's text.
func drawCard(s *sheet, v moderation.CaseView, room int) {
	if v.Case.State == moderation.CaseOpen && v.Verdict.Urgent() {
		s.own(urgentMark, " ").bold("Urgent").own("\n")
	}
	drawHead(s, v)
	drawText(s, v, room)
	drawTags(s, v.Verdict.Tags())
	switch {
	case v.Case.State == moderation.CaseWithdrawn:
		s.own("🚪 Withdrawn by its writer or by the blog.\n")
	case v.Case.State == moderation.CaseDecided && v.Decision != nil:
		drawDecision(s, v)
	case v.Case.State == moderation.CaseDecided:
		drawUndecided(s, v)
	default:
		s.own("⚖️ ")
		drawReason(s, v)
		drawPersonas(s, v.Verdict.Reasons)
		s.own("\n")
	}
	drawCluster(s, v)
	drawNotes(s, v)
	s.own("#", v.Case.Comment.String())
	if v.Case.Revision > 1 {
		s.own(fmt.Sprintf(" · edited, revision %d", v.Case.Revision))
	}
}

// drawHead writes where something was written, by whom and in answer to what.
func drawHead(s *sheet, v moderation.CaseView) {
	s.bold(oneLine(v.Site.Name, maxName))
	if title := postTitle(v.Post); title != "" {
		s.own(" · ").link(title, v.Post.URL)
	}
	s.own("\n👤 ")
	drawAuthor(s, v.Author)
	if page := oneLine(v.Author.URL, maxAddress); page != "" {
		s.own(" · ").address(page)
	}
	s.own(" · ", standing(v.Standing), "\n")
	if parent := oneLine(v.Parent.Text, maxParent); parent != "" {
		s.own("💬 to ")
		if name := oneLine(v.Parent.Author, maxName); name != "" {
			s.name(name)
		} else {
			s.own("a comment")
		}
		s.own(": ").passage(parent).own("\n")
	}
}

// drawTags writes the tags that rules gave, on a line of their own.
func drawTags(s *sheet, tags []string) {
	if len(tags) == 0 {
		return
	}
	s.own("🏷 ").foreign(oneLine(strings.Join(tags, ", "), maxTags)).own("\n")
}

// postTitle returns what a post is called.
func postTitle(p moderation.Post) string {
	for _, name := range []string{p.Title, p.URL, p.ID} {
		if name = oneLine(name, maxTitle); name != "" {
			return name
		}
	}
	return ""
}

// drawAuthor writes what the writer goes by, with the role that the blog gives.
func drawAuthor(s *sheet, a moderation.Author) {
	if name := oneLine(a.Name, maxName); name != "" {
		s.name(name)
	} else {
		s.own("Anonymous")
	}
	if role := oneLine(a.Role, maxName); role != "" {
		s.own(" (").name(role).own(")")
	}
}

// standing writes what is known of the writer.
func standing(s moderation.Standing) string {
	var words []string
	switch {
	case s.Banned:
		words = append(words, "banned")
	case s.Trusted:
		words = append(words, "trusted")
	}
	switch {
	case s.Approved > 0 || s.Rejected > 0:
		words = append(words, fmt.Sprintf("%d approved, %d rejected", s.Approved, s.Rejected))
	case s.Known:
		words = append(words, "new")
	case len(words) == 0:
		words = append(words, "a name only")
	}
	return strings.Join(words, ", ")
}

// drawDecision writes what was decided, by whom, when, and how long it waited.
func drawDecision(s *sheet, v moderation.CaseView) {
	d := *v.Decision
	words := wordsOf(d.Choice)
	s.own(words.mark, " ").bold(words.done).own(" by ").passage(actorName(d.By))
	s.own(" · ", s.stamp(d.At), ", ")
	switch {
	case !v.Case.Looked:
		s.own("after ", span(d.At.Sub(v.Case.OpenedAt)))
	case v.At.IsZero():
		s.own("without a question")
	default:
		s.own(span(d.At.Sub(v.At)), " after it came")
	}
	s.own("\n")
}

// drawUndecided writes what became of a closed case on which no decision stands:
// nobody was asked, the decision was undone when the comment had changed already, or
// an edit settled it.
func drawUndecided(s *sheet, v moderation.CaseView) {
	switch {
	case v.Status == moderation.Approved && v.Verdict.Action == moderation.Approve:
		s.own("🟢 Published without a question")
		drawArrival(s, v)
		drawProbability(s, v.Verdict)
	case v.Status == moderation.Rejected && v.Verdict.Action == moderation.Reject:
		s.own("⛔ Rejected without a question")
		drawArrival(s, v)
		s.own(": ")
		drawReason(s, v)
	case v.Status == moderation.Approved:
		s.own("Published. No decision stands on this.")
	case v.Status == moderation.Rejected:
		s.own("Hidden. No decision stands on this.")
	case v.Status == moderation.Held:
		s.own("No decision stands on this. The comment has changed since, and waits on a card of its own.")
	default:
		s.own("No decision stands on this.")
	}
	s.own("\n")
}

// drawArrival writes when a comment came, where that is known.
func drawArrival(s *sheet, v moderation.CaseView) {
	if !v.At.IsZero() {
		s.own(", ", s.stamp(v.At))
	}
}

// actorName returns what somebody who decided is called.
func actorName(a moderation.Actor) string {
	if name := oneLine(a.String(), maxName); name != "" {
		return name
	}
	return "somebody"
}

// drawReason writes in one line why a comment is held.
func drawReason(s *sheet, v moderation.CaseView) {
	reasons := v.Verdict.Reasons
	if len(reasons) == 0 {
		s.own("Held without a reason")
		drawProbability(s, v.Verdict)
		return
	}
	first := reasons[0]
	switch {
	case first.Rule == moderation.CheckFailed:
		s.own("A check failed, so a person must look")
		drawProbability(s, v.Verdict)
	case isClassifier(first):
		s.own(percent(first.Score), " ", string(first.Label))
		drawWords(s, v.Verdict.Weights, first.Label)
	default:
		s.foreign(ruleMessage(first))
		drawProbability(s, v.Verdict)
	}
	if more := countFlags(reasons[1:]); more > 0 {
		s.own(" · and ", count(more, "more reason", "more reasons"))
	}
}

// isClassifier reports whether a reason is a probability and no rule.
func isClassifier(r moderation.Reason) bool { return r.Rule == "" && r.Label != "" }

// ruleMessage returns what a rule says.
func ruleMessage(r moderation.Reason) string {
	for _, words := range []string{r.Detail, r.Rule, r.Check} {
		if words = oneLine(words, maxReason); words != "" {
			return words
		}
	}
	return "a rule"
}

// drawProbability adds the higher one of the probabilities that matter, where
// the model answered.
func drawProbability(s *sheet, v moderation.Verdict) {
	if v.Scores == (moderation.Probabilities{}) {
		return
	}
	label := moderation.Spam
	if v.Scores.Abuse > v.Scores.Spam {
		label = moderation.Abuse
	}
	s.own(" · ", percent(v.Scores.Of(label)), " ", string(label))
}

// drawWords adds the words that spoke most for a label.
func drawWords(s *sheet, weights []moderation.Weight, label moderation.Label) {
	named := 0
	for _, w := range weights {
		if w.Label != label || w.Weight <= 0 || named == reasonWords {
			continue
		}
		s.own([]string{": ", ", ", ", "}[named]).quoted(oneLine(w.Feature, maxWord))
		named++
	}
}

// countFlags returns how many reasons speak against a comment, probabilities
// and what by itself asks for nothing aside.
func countFlags(reasons []moderation.Reason) (n int) {
	for _, r := range reasons {
		asks := r.Score > 0 || r.Rule == moderation.CheckFailed
		if !isClassifier(r) && r.Label != moderation.OK && !r.Shadow && !r.Private && asks {
			n++
		}
	}
	return n
}

// waited returns how long an open case has been waiting.
func waited(v moderation.CaseView, now time.Time) string { return span(now.Sub(v.Case.OpenedAt)) }
