package classifier

import (
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// lettered returns n comments of about 220 bytes, of words that are invented from
// syllables and as unequally frequent as those of a language are (Zipf), so that
// they have about as many features as real ones.
func lettered(seed uint64, n int) []labelled {
	const different, words = 20_000, 36
	r := rand.New(rand.NewPCG(seed, 3))
	vocabulary := make([]string, different)
	for i := range vocabulary {
		for range 1 + r.IntN(3) {
			vocabulary[i] += string("bcdfghklmnprstvwz"[r.IntN(17)]) + string("aeiou"[r.IntN(5)]) + string("lmnrst "[r.IntN(7)])
		}
		vocabulary[i] = strings.ReplaceAll(vocabulary[i], " ", "")
	}
	rank := rand.NewZipf(r, 1.1, 8, different-1)
	all := make([]labelled, n)
	for i := range all {
		var of []string
		for range words {
			of = append(of, vocabulary[(rank.Uint64()+uint64(i%numLabels))%different])
		}
		all[i] = labelled{strings.Join(of, " "), moderation.Labels()[i%numLabels]}
	}
	return all
}

// BenchmarkFrozen sums up the log ratios of a comment's features, by a model of a
// size as is shipped: frozen, and by the library with the same counts. The last
// run says how many times as fast the frozen form is.
func BenchmarkFrozen(b *testing.B) {
	m := train(b, nil, lettered(1, 20_000), 200_000)
	unseen := lettered(2, 500)
	var features []Features
	for _, c := range unseen {
		features = append(features, m.features(c.text, ""))
	}
	var frozen, library float64
	b.Run("frozen", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			m.layers[0].scores(&features[i%len(features)])
		}
		frozen = float64(b.Elapsed()) / float64(b.N)
	})
	b.Run("library", func(b *testing.B) {
		lib := newLibrarian(m, lettered(1, 20_000))
		words := make([][numViews][]string, len(features))
		for i := range features {
			words[i] = lib.words(&features[i])
		}
		for i := 0; b.Loop(); i++ {
			for v, known := range words[i%len(words)] {
				lib.views[v].LogScores(known)
			}
		}
		library = float64(b.Elapsed()) / float64(b.N)
		b.ReportMetric(library/frozen, "times-slower")
	})
}

// BenchmarkScore scores comments of about 220 bytes from text to probabilities.
func BenchmarkScore(b *testing.B) {
	m := train(b, nil, lettered(1, 20_000), 200_000)
	unseen := lettered(2, 500)
	b.ReportAllocs()
	bytes := 0
	for i := 0; b.Loop(); i++ {
		text := unseen[i%len(unseen)].text
		bytes += len(text)
		m.ScoreText(text)
	}
	b.ReportMetric(float64(bytes)/float64(b.N), "B/comment")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "comments/s")
}

// BenchmarkApply learns a comment and takes it back, two lessons in one go.
func BenchmarkApply(b *testing.B) {
	c := New(testModel(b))
	all := invented(1, 1000)
	for i, text := range all {
		mustApply(b, c, lesson(int64(i+1), 0, text.label, text.text))
	}
	number := int64(len(all))
	for i := 0; b.Loop(); i++ {
		text := all[i%len(all)].text
		mustApply(b, c, lesson(number+1, 0, moderation.OK, text), lesson(number+2, number+1, "", text))
		number += 2
	}
}

// BenchmarkCheck judges comments with reasons on a site with a thousand lessons.
func BenchmarkCheck(b *testing.B) {
	c := New(testModel(b))
	all := invented(1, 1000)
	for i, text := range all {
		mustApply(b, c, lesson(int64(i+1), 0, text.label, text.text))
	}
	for i := 0; b.Loop(); i++ {
		check(b, c, all[i%len(all)].text)
	}
}

// BenchmarkSiteMemory measures what 100,000 lessons of one site keep in memory and in
// their snapshot, and how long restoring that takes beside learning them.
func BenchmarkSiteMemory(b *testing.B) {
	const lessons = 100_000
	m := testModel(b)
	texts := lettered(3, lessons)
	heap := func() float64 {
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		return float64(s.HeapAlloc)
	}
	for b.Loop() {
		before, c := heap(), New(m)
		var learning time.Duration
		for n := range lessons {
			l := lesson(int64(n+1), 0, texts[n].label, texts[n].text)
			began := time.Now()
			mustApply(b, c, l)
			learning += time.Since(began)
		}
		b.ReportMetric((heap()-before)/1e6, "MB/100k-lessons")
		snap := c.Snapshot(1)
		b.ReportMetric(float64(len(snap.Content))/1e6, "MB/snapshot")
		restored := New(m)
		began := time.Now()
		if err := restored.Restore(1, &snap); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/restore")
		b.ReportMetric(float64(learning.Milliseconds()), "ms/learn")
		runtime.KeepAlive(c)
		runtime.KeepAlive(texts)
	}
}
