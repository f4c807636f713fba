package store_test

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"gatehouse/internal/moderation"
)

// BenchmarkAdmit stores comments, from many at once.
func BenchmarkAdmit(b *testing.B) {
	for _, each := range []bool{false, true} {
		b.Run(fmt.Sprintf("each=%v", each), func(b *testing.B) {
			w := newWorld(b)
			if each {
				w.must(w.CommitEach(b.Context()))
			}
			var n atomic.Int64
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				random := rand.New(rand.NewPCG(rand.Uint64(), 6))
				for pb.Next() {
					a := w.arrival(fmt.Sprint("c", n.Add(1)), sentence(random))
					a.Key = "m" + a.Comment.PlatformID
					a.Author.Email = fmt.Sprint("a", n.Load()/5)
					_, err := w.Admit(b.Context(), moderation.Admission{Arrival: a, Verdict: moderation.Verdict{Action: moderation.Approve, Scores: moderation.Probabilities{OK: .9, Spam: .05, Abuse: .05}}, At: w.now})
					if err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
