package bot

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// someDays are days of a blog in Vienna, the last one today.
func someDays(t *testing.T, n int, day moderation.Day) ([]moderation.Day, *time.Location) {
	t.Helper()
	vienna := time.FixedZone("Europe/Vienna", 3600)
	var days []moderation.Day
	for i := range n {
		day.Start = time.Date(2026, 1, 2, 0, 0, 0, 0, vienna).AddDate(0, 0, i+1-n).UTC()
		days = append(days, day)
	}
	return days, vienna
}

func TestTallySaysWhatThePictureShows(t *testing.T) {
	busy := moderation.Day{Approved: 1_000, Held: 12, Rejected: 3, HeldApproved: 4, HeldRejected: 5, Waiting: 2, TakenDown: 1,
		Answered: []time.Duration{time.Second, time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 5 * time.Hour}}
	for name, tc := range map[string]struct {
		days int
		day  moderation.Day
		want string
	}{
		"a week": {7, busy, `📊 blog · 7 days, 27 Dec 2025 to 2 Jan 2026, Europe/Vienna
7,105 comments: 7,000 published without a question, 84 held, 21 rejected by rules
Of the held: 28 approved, 35 rejected, 14 wait, 7 withdrawn
Held, and approved after all: 28 of 63 decided (44 %)
Published, and taken down by a person: 7 of 7,000 published (under 1 %)
Time to decision: 4 min (median), 9 of 10 within 5 h`},
		"a day on which one waits": {1, moderation.Day{Held: 1, Waiting: 1}, `📊 blog · Friday, 2 January 2026, Europe/Vienna
1 comment: 0 published without a question, 1 held, 0 rejected by rules
Of the held: 0 approved, 0 rejected, 1 waits
Nothing of what was held is decided.
Nothing was published without a question.`},
		"nothing": {30, moderation.Day{}, "📊 blog · 30 days, 4 Dec 2025 to 2 Jan 2026, Europe/Vienna\nNo comments came."},
	} {
		days, loc := someDays(t, tc.days, tc.day)
		sum := newTally("blog", days, loc)
		if diff := cmp.Diff(tc.want, sum.caption().Plain()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		b, err := sum.picture().PNG()
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if size := img.Bounds().Size(); size.X != 1080 || size.Y != 1280 {
			t.Errorf("%s: the picture is %v", name, size)
		}
	}
}

func TestTallyDrawsEveryOutcome(t *testing.T) {
	days, loc := someDays(t, 3, moderation.Day{Approved: 5, Held: 9, Rejected: 4, HeldApproved: 3, HeldRejected: 2, Waiting: 1, Answered: []time.Duration{1, 2, 3, 4, 5}})
	d := newTally("blog", days, loc).picture()
	got := map[string]int{}
	for _, l := range d.Layers {
		got[l.Name] = l.Counts[2]
	}
	want := map[string]int{"published": 5, "rejected by rules": 4, "held, then approved": 3, "held, then rejected": 2, "waiting": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := strings.Join(d.Labels, ","); got != "Wed 31,Thu 1,today" {
		t.Errorf("the days are %s", got)
	}
	if w := d.Waits[0]; w.Count != 5 || w.Median != 3 || w.Late != 5 {
		t.Errorf("the waits are %+v", w)
	}
}

func TestTitleNamesBlogs(t *testing.T) {
	var sites []moderation.Site
	for i, want := range []string{"", "a", "a and b", "a, b and c", "a, b, c and d", "a, b, c and 2 more"} {
		if got := titleOf(sites); got != want {
			t.Errorf("%d blogs are called %q, want %q", i, got, want)
		}
		sites = append(sites, moderation.Site{Name: string(rune('a' + i))})
	}
}
