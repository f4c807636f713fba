package bot

import (
	"strings"
	"testing"

	"gatehouse/internal/text"
)

// TestLongEdit edits the end of a text that has no room: its beginning, for which it was
// held, must stay, and what room there is must be used.
func TestLongEdit(t *testing.T) {
	const room = 2400
	begin := "You worthless moron. "
	before := begin + strings.Repeat("And then the tram went on. ", 200)
	for name, after := range map[string]string{
		"at the end":    before + "Bye.",
		"in the middle": before[:len(before)/2] + "Stop. " + before[len(before)/2:],
	} {
		t.Run(name, func(t *testing.T) {
			edits, cut := fitEdits(text.Diff(before, after), room)
			var all strings.Builder
			for _, e := range edits {
				all.WriteString(e.Text)
			}
			shown := all.String()
			if !cut || !strings.HasPrefix(shown, begin) {
				t.Errorf("cut %v, begins with %.60q; want the beginning of what was cut", cut, shown)
			}
			if n := text.UTF16Len(shown); n > room || n < room/2 {
				t.Errorf("%d of %d units are used", n, room)
			}
		})
	}
	edits, _ := fitEdits(text.Diff(before, before+"Bye."), room)
	if last := edits[len(edits)-1]; last.Change != text.Added || last.Text != "Bye." {
		t.Errorf("the last edit is %+v; want what was added", last)
	}
}
