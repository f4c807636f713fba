package telegramtest

import "strings"

// Lines writes a message for golden files: its text as HTML, line by line, then
// each row of its buttons as [Approve] [Spam], all set in. A deleted message has
// no lines.
func (m Message) Lines() string {
	if m.Deleted {
		return ""
	}
	var out strings.Builder
	page := strings.NewReplacer("</blockquote>", "</blockquote><br>",
		` rel="noopener noreferrer nofollow" target="_blank"`, "").Replace(m.HTML)
	for line := range strings.SplitSeq(page, "<br>") {
		out.WriteString("    " + line + "\n")
	}
	for _, row := range m.Buttons {
		out.WriteString("   ")
		for _, b := range row {
			out.WriteString(" [" + b.Text + "]")
		}
		out.WriteString("\n")
	}
	return out.String()
}
