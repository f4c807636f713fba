package classifier

import "math/bits"

// table is the frozen form of a view: open addressing, at most half full, from
// key to log ratios in single precision. A sum of n of them differs from the
// library's by less than 1e-6 for each feature, and so a score by less than
// 1e-6 times √n: see TestFrozenFormIsTheLibrary.
type table struct {
	slots []tableSlot
	shift uint8
}

// tableSlot is a place in a table; key 0 is free.
type tableSlot struct {
	key   key
	ratio [numContrasts]float32
}

// newTable returns an empty table with room for n features.
func newTable(n int) table {
	size := 1 << bits.Len(uint(2*n+1))
	return table{slots: make([]tableSlot, size), shift: uint8(32 - bits.TrailingZeros(uint(size)))}
}

// put adds a feature that is not in the table yet.
func (t *table) put(k key, ratio pair) {
	mask := uint32(len(t.slots) - 1)
	for i := slotOf(k, t.shift); ; i = (i + 1) & mask {
		if slot := &t.slots[i]; slot.key == 0 {
			*slot = tableSlot{k, [numContrasts]float32{float32(ratio[spam]), float32(ratio[abuse])}}
			return
		}
	}
}

// get returns the log ratios of a feature, and whether it is known.
func (t *table) get(k key) (ratio pair, known bool) {
	mask := uint32(len(t.slots) - 1)
	for i := slotOf(k, t.shift); ; i = (i + 1) & mask {
		switch slot := &t.slots[i]; slot.key {
		case k:
			return pair{float64(slot.ratio[spam]), float64(slot.ratio[abuse])}, true
		case 0:
			return pair{}, false
		}
	}
}

// score sums up what the table knows of the keys. A free place has ratios of
// nought, so that known and unknown keys go the same way, which is faster than
// telling them apart.
func (t *table) score(keys []key) (s score) {
	mask := uint32(len(t.slots) - 1)
	var sumSpam, sumAbuse float64
	n := 0
	for _, k := range keys {
		i := slotOf(k, t.shift) & mask
		slot := &t.slots[i]
		for slot.key != k && slot.key != 0 {
			i = (i + 1) & mask
			slot = &t.slots[i]
		}
		sumSpam += float64(slot.ratio[spam])
		sumAbuse += float64(slot.ratio[abuse])
		known := 0
		if slot.key != 0 {
			known = 1
		}
		n += known
	}
	return score{pair{sumSpam, sumAbuse}, n}
}
