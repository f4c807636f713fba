package classifier

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestTableIsAMap compares tables with maps: single keys, sums of distinct keys,
// and of keys that repeat.
func TestTableIsAMap(t *testing.T) {
	var m marks // kept, as extractors do
	rapid.Check(t, func(t *rapid.T) {
		known := map[key]tableFeature{}
		drawn := rapid.SliceOfN(rapid.Uint64(), 0, 2000).Draw(t, "known")
		for i, h := range drawn {
			known[keyOf(h)] = tableFeature{ratio: [numContrasts]float32{float32(i), 1}, linear: [numContrasts]float32{-1, float32(i) / 8}}
		}
		var keys []key
		for k := range known {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		table, err := newTable(keys, func(i int) tableFeature { return known[keys[i]] })
		if err != nil {
			t.Fatal(err)
		}
		asked := rapid.SliceOf(rapid.Custom(func(t *rapid.T) key {
			if len(drawn) > 0 && rapid.Bool().Draw(t, "is known") {
				return keyOf(rapid.SampledFrom(drawn).Draw(t, "hash"))
			}
			return keyOf(rapid.Uint64().Draw(t, "hash"))
		})).Draw(t, "asked")
		repeating := table.scoreOnce(asked, &m)
		distinct := new(keySet).distinct(slices.Clone(asked))
		var want score
		for _, k := range distinct {
			f, isKnown := known[k]
			ratio, linear, found := table.get(k)
			if found != isKnown || single(ratio) != f.ratio || single(linear) != f.linear {
				t.Fatalf("key %d: %v, %v, %v, want %v, %v", k, ratio, linear, found, f, isKnown)
			}
			if isKnown {
				want.add(ratio, linear)
			}
		}
		if got := table.score(distinct); got != want {
			t.Errorf("%v, want %v", got, want)
		}
		if repeating != want {
			t.Errorf("%v of repeating keys, want %v", repeating, want)
		}
	})
}

func TestTableOfLongTexts(t *testing.T) {
	keys := make([]key, 3*findBatch+1)
	for i := range keys {
		keys[i] = keyOf(pairHash(hashSeed, uint64(i)))
	}
	slices.Sort(keys)
	table, err := newTable(keys, func(int) tableFeature { return tableFeature{ratio: [numContrasts]float32{1, 2}} })
	if err != nil {
		t.Fatal(err)
	}
	want := score{sum: pair{float64(len(keys)), 2 * float64(len(keys))}, n: len(keys)}
	if got := table.score(keys); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got := table.scoreOnce(append(slices.Clone(keys), keys...), new(marks)); got != want {
		t.Errorf("%v of repeating keys, want %v", got, want)
	}
}

// TestTableRefusesWhatIsNoHash makes a table of keys that all fall into one
// bucket.
func TestTableRefusesWhatIsNoHash(t *testing.T) {
	keys := make([]key, 1000)
	for i := range keys {
		keys[i] = key(i + 1)
	}
	if _, err := newTable(keys, func(int) tableFeature { return tableFeature{} }); !errors.Is(err, errNoHashes) {
		t.Errorf("error %v, want %v", err, errNoHashes)
	}
}
