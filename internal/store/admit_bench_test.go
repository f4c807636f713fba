package store_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"

	"gatehouse/internal/moderation"
)

// BenchmarkAdmit stores comments, from many at once: with and without group commit, and
// where GATEHOUSE_BENCH_COMMENTS are stored already, if that is given.
func BenchmarkAdmit(b *testing.B) {
	for _, each := range []bool{false, true} {
		b.Run(fmt.Sprintf("each=%v", each), func(b *testing.B) {
			w := newWorld(b)
			if each {
				w.CommitEach()
			} else {
				w.must(w.SyncApart(b.Context()))
			}
			w.admitMany(b)
		})
	}
	if os.Getenv("GATEHOUSE_BENCH_COMMENTS") == "" {
		return
	}
	for _, stored := range []int{0, townComments(b)} {
		b.Run(fmt.Sprintf("stored=%d", stored), func(b *testing.B) {
			w := newTownToChange(b, stored)
			w.now = w.now.AddDate(1, 0, 0)
			w.must(w.SyncApart(b.Context()))
			w.admitMany(b)
		})
	}
}

// admitMany stores comments from many clients, five by each author and forty on each
// post.
func (w *world) admitMany(b *testing.B) {
	var n atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		random := rand.New(rand.NewPCG(rand.Uint64(), 6))
		for pb.Next() {
			i := n.Add(1)
			a := w.arrival(fmt.Sprint("bench", i), sentence(random))
			a.Key = "m" + a.Comment.PlatformID
			a.Post.ID = fmt.Sprint("bench", i/40)
			a.Author.Email = fmt.Sprint("a", i/5)
			a.Author.IP = netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i / 5)})
			if _, err := w.Background(b.Context(), a); err != nil {
				b.Error(err)
			}
			_, err := w.Admit(b.Context(), moderation.Admission{Arrival: a, Verdict: moderation.Verdict{Action: moderation.Approve, Scores: moderation.Probabilities{OK: .9, Spam: .05, Abuse: .05}}, At: w.now})
			if err != nil {
				b.Error(err)
			}
		}
	})
}
