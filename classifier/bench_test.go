package classifier

import (
	"testing"

	"gatehouse/internal/moderation"
)

// BenchmarkScore scores comments of 10 words or so, frozen and by the library
// alone, with the same features.
func BenchmarkScore(b *testing.B) {
	all := invented(1, 3000)
	m := train(b, nil, all, 100_000)
	b.Run("frozen", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			m.ScoreText(all[i%len(all)].text)
		}
	})
	b.Run("library", func(b *testing.B) {
		lib := newLibrarian(m, all)
		for i := 0; b.Loop(); i++ {
			s := lib.scores(all[i%len(all)].text)
			m.layers[0].logOdds(&s, nil, m.prior)
		}
	})
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
