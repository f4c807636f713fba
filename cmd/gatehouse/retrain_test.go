package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// TestOneBlogKeepsNoOtherFromRetraining goes on where a blog changed meanwhile,
// fails at the end, and stops at what is wrong with all.
func TestOneBlogKeepsNoOtherFromRetraining(t *testing.T) {
	sites := []moderation.Site{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}
	full := errors.New("the disk is full")
	answers := map[string]error{"a": fmt.Errorf("%w: changed", moderation.ErrStale), "c": full}
	var done []string
	err := eachBlog(sites, func(s moderation.Site) error {
		done = append(done, s.Name)
		return answers[s.Name]
	})
	if diff := cmp.Diff([]string{"a", "b", "c"}, done); diff != "" {
		t.Errorf("blogs (-want +got):\n%s", diff)
	}
	if !errors.Is(err, moderation.ErrStale) || !errors.Is(err, full) || !strings.HasPrefix(err.Error(), "retrain a: ") {
		t.Errorf("error %v, want that of a and that of c", err)
	}
}

// TestInterruptedRetraining ends it while it works: it says how things stand, and
// nothing is kept.
func TestInterruptedRetraining(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	run := func(ctx context.Context, now func() time.Time, args ...string) (int, string) {
		var stderr strings.Builder
		a := &app{ctx: ctx, stdout: io.Discard, stderr: &stderr, now: now}
		return a.run(append(args, "--data", dir)), stderr.String()
	}
	if code, says := run(t.Context(), time.Now, "sites", "add", "blog"); code != exitDone {
		t.Fatalf("exit status %d: %s", code, says)
	}
	db, err := store.Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only read at the end
	s, err := db.Site(t.Context(), "blog")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		line := historyLine{ID: fmt.Sprint(i), Text: fmt.Sprintf("the tram number %d is late", i), Choice: moderation.ChooseApprove}
		if i%2 == 0 {
			line.Text, line.Choice = fmt.Sprintf("you gronk number %d", i), moderation.ChooseAbuse
		}
		if err := writeComment(t.Context(), db, s, line, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	now := func() time.Time {
		if asked++; asked == 3 { // it works
			cancel()
		}
		return time.Now()
	}
	code, says := run(ctx, now, "retrain")
	if want := "gatehouse: retrain blog: interrupted; what was in force is in force\n"; code != exitFailed || says != want {
		t.Errorf("exit status %d, it says %q; want %d, %q", code, says, exitFailed, want)
	}
	if kept, err := db.Models(t.Context(), s.ID); err != nil || len(kept) != 0 {
		t.Errorf("kept %v, %v", kept, err)
	}
}

func TestNewestOf(t *testing.T) {
	at := func(hour int, label moderation.Label) moderation.PastLesson {
		return moderation.PastLesson{Lesson: moderation.Lesson{Number: int64(hour), Label: label}, At: time.Date(2020, 1, 1, hour, 0, 0, 0, time.UTC)}
	}
	all := []moderation.PastLesson{at(5, "ok"), at(1, "ok"), at(2, "spam"), at(4, "ok"), at(3, "spam")}
	var got []int64
	for _, l := range newestOf(all, 2) {
		got = append(got, l.Number)
	}
	if diff := cmp.Diff([]int64{5, 2, 4, 3}, got); diff != "" {
		t.Errorf("lessons (-want +got):\n%s", diff)
	}
	if n := len(newestOf(all, 3)); n != len(all) {
		t.Errorf("%d of %d lessons under the bound", n, len(all))
	}
}
