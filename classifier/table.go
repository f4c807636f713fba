package classifier

import "math/bits"

// table is the frozen form of a view: open addressing, at most half full, from
// key to log ratios and linear weights in single precision. Most of what it is
// asked stands in no comment that was learned, so that the keys have an array of
// their own, which fits in a cache. A sum of n ratios differs from the library's
// by less than 1e-6 for each feature, and so a score by less than 1e-6 times √n:
// see TestFrozenFormIsTheLibrary.
type table struct {
	slots    []tableSlot
	features []tableFeature // the first is none: nought
	shift    uint8
}

// tableSlot is a place in a table; key 0 is free.
type tableSlot struct {
	key     key
	feature uint32 // its place in features
}

// tableFeature is what is known of a feature.
type tableFeature struct {
	ratio  [numContrasts]float32
	linear [numContrasts]float32
}

// newTable returns an empty table with room for n features.
func newTable(n int) table {
	size := 1 << bits.Len(uint(2*n+1))
	return table{
		slots: make([]tableSlot, size), shift: uint8(32 - bits.TrailingZeros(uint(size))),
		features: make([]tableFeature, 1, n+1),
	}
}

// put adds a feature that is not in the table yet.
func (t *table) put(k key, ratio, linear pair) {
	mask := uint32(len(t.slots) - 1)
	for i := slotOf(k, t.shift); ; i = (i + 1) & mask {
		if slot := &t.slots[i]; slot.key == 0 {
			*slot = tableSlot{k, uint32(len(t.features))} // fewer than keys are possible
			t.features = append(t.features, tableFeature{single(ratio), single(linear)})
			return
		}
	}
}

// single returns a pair in single precision.
func single(p pair) [numContrasts]float32 {
	return [numContrasts]float32{float32(p[spam]), float32(p[abuse])}
}

// get returns the log ratios and the linear weights of a feature, and whether it
// is known.
func (t *table) get(k key) (ratio, linear pair, known bool) {
	mask := uint32(len(t.slots) - 1)
	for i := slotOf(k, t.shift); ; i = (i + 1) & mask {
		switch slot := &t.slots[i]; slot.key {
		case k:
			f := &t.features[slot.feature]
			return pair{float64(f.ratio[spam]), float64(f.ratio[abuse])}, pair{float64(f.linear[spam]), float64(f.linear[abuse])}, true
		case 0:
			return pair{}, pair{}, false
		}
	}
}

// has reports whether a feature is known.
func (t *table) has(k key) bool {
	mask := uint32(len(t.slots) - 1)
	i := slotOf(k, t.shift) & mask
	for t.slots[i].key != k && t.slots[i].key != 0 {
		i = (i + 1) & mask
	}
	return t.slots[i].key == k
}

// score sums up what the table knows of the keys. A free place belongs to the
// feature that is nought, so that known and unknown keys go the same way, which
// is faster than telling them apart.
func (t *table) score(keys []key) (s score) {
	mask := uint32(len(t.slots) - 1)
	var sumSpam, sumAbuse, linearSpam, linearAbuse float64
	n := 0
	for _, k := range keys {
		i := slotOf(k, t.shift) & mask
		slot := &t.slots[i]
		for slot.key != k && slot.key != 0 {
			i = (i + 1) & mask
			slot = &t.slots[i]
		}
		f := &t.features[slot.feature]
		sumSpam += float64(f.ratio[spam])
		sumAbuse += float64(f.ratio[abuse])
		linearSpam += float64(f.linear[spam])
		linearAbuse += float64(f.linear[abuse])
		known := 0
		if slot.key != 0 {
			known = 1
		}
		n += known
	}
	return score{sum: pair{sumSpam, sumAbuse}, linear: pair{linearSpam, linearAbuse}, n: n}
}
