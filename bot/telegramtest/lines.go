package telegramtest

import (
	"fmt"
	"strings"
)

// Lines writes a message for golden files: what it shows as [picture 640x480] or
// [file comment-7.txt 5 kB], its text as HTML, line by line, then each row of its
// buttons as [Approve] [Spam], all set in. A deleted message has no lines.
func (m Message) Lines() string {
	if m.Deleted {
		return ""
	}
	var out strings.Builder
	if m.Photo != nil {
		fmt.Fprintf(&out, "    [picture %dx%d]\n", m.Photo.Width, m.Photo.Height)
	}
	if m.Document != nil {
		fmt.Fprintf(&out, "    [file %s %d kB]\n", m.Document.Name, (len(m.Document.Bytes)+999)/1000)
	}
	if m.HTML == "" {
		return out.String() + m.rows()
	}
	page := strings.NewReplacer("</blockquote>", "</blockquote><br>",
		` rel="noopener noreferrer nofollow" target="_blank"`, "").Replace(m.HTML)
	for line := range strings.SplitSeq(page, "<br>") {
		out.WriteString("    " + line + "\n")
	}
	return out.String() + m.rows()
}

// rows writes the buttons.
func (m Message) rows() string {
	var out strings.Builder
	for _, row := range m.Buttons {
		out.WriteString("   ")
		for _, b := range row {
			out.WriteString(" [" + b.Text + "]")
		}
		out.WriteString("\n")
	}
	return out.String()
}
