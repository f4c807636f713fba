package classifier

import (
	"errors"
	"fmt"
	"math"
	"sync"
)

// How the frozen form is compared with the library.
const (
	agreeSamples = 100
	agreeSize    = 50 // features of a sample
)

// frozenError bounds, for each feature, how far a frozen sum of log ratios is
// from the library's.
const frozenError = 1e-6

// agree compares the layer's scores with the library's on samples of features,
// both views side by side.
func (t *Trainer) agree(l *layer) error {
	var views sync.WaitGroup
	var errs [numViews]error
	for v := range l.tables {
		views.Go(func() { errs[v] = t.agreeView(l, v) })
	}
	views.Wait()
	return errors.Join(errs[:]...)
}

// agreeView is agree for one view.
func (t *Trainer) agreeView(l *layer, v int) error {
	keys := l.encoded.views[v].keys
	if len(keys) == 0 {
		return nil
	}
	tally := NewTally()
	tally.views[v] = t.views[v].tally()
	lib := tally.Library(v, t.background())
	none, _, _ := lib.LogScores(nil) // its prior, which is not ours
	stride := max(1, len(keys)/agreeSamples)
	for from := 0; from < len(keys); from += stride {
		sample := keys[from:min(from+agreeSize, len(keys))]
		words := make([]string, len(sample))
		for i, k := range sample {
			words[i] = k.word()
		}
		scores, _, _ := lib.LogScores(words)
		frozen := l.tables[v].score(sample)
		for c := range frozen.sum {
			want := scores[1+c] - none[1+c] - scores[0] + none[0]
			if d := math.Abs(frozen.sum[c] - want); t.weights[1+c] > 0 && t.weights[0] > 0 && d > frozenError*float64(len(sample)) {
				return fmt.Errorf("freeze model: its score %v is not the library's, %v", frozen.sum[c], want)
			}
		}
	}
	return nil
}
