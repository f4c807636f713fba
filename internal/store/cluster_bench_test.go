package store_test

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// slowRaids measures the longest of the short writes.
type slowRaids struct {
	moderation.Raids
	longest time.Duration
}

func (s *slowRaids) DecideSome(b *testing.B, w *world, o moderation.ClusterOrder) int {
	began := time.Now()
	n, err := s.Raids.DecideSome(b.Context(), o, w.now)
	w.must(err)
	s.longest = max(s.longest, time.Since(began))
	return n
}

// BenchmarkDecideCluster rejects a raid of a thousand, of one text and of as many as
// there are comments; slowest-ms is the longest for which others had to wait.
func BenchmarkDecideCluster(b *testing.B) {
	for name, say := range map[string]func(i int) string{
		"one text":   func(int) string { return raidSaid },
		"many texts": func(i int) string { return fmt.Sprintf("a%d b%d c%d d%d e%d f%d g%d h%d", i, i, i, i, i, i, i, i) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				w := newWorld(b)
				var last moderation.CommentID
				for i := range 1000 {
					last = w.from(fmt.Sprint(i), fmt.Sprint("raider ", i%50), fmt.Sprint("203.0.113.", i%250), say(i))
				}
				raid, err := w.RaidOf(b.Context(), last)
				w.must(err)
				o, err := w.PutClusterOrder(b.Context(), moderation.ClusterOrder{Cluster: raid.ID, Choice: moderation.ChooseSpam, By: mo, Via: "cli", Key: "k", UpTo: raid.UpTo, At: w.now})
				w.must(err)
				slow := &slowRaids{Raids: w}
				b.StartTimer()
				for n := 1; n > 0; {
					n = slow.DecideSome(b, w, o)
				}
				b.ReportMetric(float64(slow.longest.Microseconds())/1000, "slowest-ms")
				out, err := w.ClusterOutcome(b.Context(), o)
				w.must(err)
				b.ReportMetric(float64(out.Decided), "decided")
				b.ReportMetric(float64(out.Taught), "taught")
				began := time.Now()
				_, err = w.Raid(b.Context(), raid.ID)
				w.must(err)
				b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "summary-ms")
			}
		})
	}
}
