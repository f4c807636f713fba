package classifier

import "errors"

// table is the frozen form of a view: from key to log ratios and linear weights in
// single precision. A sum of n ratios differs from the library's by less than 1e-6
// for each feature, and so a score by less than 1e-6 times √n: see
// TestFrozenFormIsTheLibrary.
//
// Each key has one place where it can be, so that nothing is searched for: known
// and unknown keys go the same way, which a processor need not guess, and waits
// for memory overlap. That is a perfect hash with pilots (Pibiri and Trani 2021,
// "PTHash"): keys fall into buckets, and a bucket's pilot is the first that puts
// its keys where no others are. Pilots and keys of the starter fit in the cache of
// a core.
type table struct {
	pilots   []uint8
	keys     []key          // of each place; 0: nobody's
	features []tableFeature // of each place
}

// tableFeature is what is known of a feature.
type tableFeature struct {
	ratio  [numContrasts]float32
	linear [numContrasts]float32
}

// A table begins with bucketSize keys to a bucket and a quarter more places than
// keys. Where a bucket finds no pilot of a byte, which is rare, the next attempt
// has a quarter more again.
const (
	bucketSize    = 2.5
	spareShare    = 4
	tableAttempts = 8
	numPilots     = 1 << 8
	maxBucket     = 64 // keys; hashes come nowhere near
)

// errNoHashes is what is wrong with keys that no attempt places: they stand so
// close together that they can't be hashes.
var errNoHashes = errors.New("its features are no hashes")

// newTable returns the table of distinct keys, in ascending order.
func newTable(keys []key, feature func(i int) tableFeature) (table, error) {
	places := len(keys) + 1
	for range tableAttempts {
		places += places / spareShare
		t := table{pilots: make([]uint8, 1+int(float64(len(keys))/bucketSize)), keys: make([]key, places)}
		if !t.settle(keys) {
			continue
		}
		t.features = make([]tableFeature, places)
		for i, k := range keys {
			t.features[t.place(k)] = feature(i)
		}
		return t, nil
	}
	return table{}, errNoHashes
}

// settle puts the keys into places, those of the largest buckets first, and
// reports whether there is one for each. Buckets are ranges of keys.
func (t *table) settle(keys []key) bool {
	starts, largest := make([]int, len(t.pilots)+1), 0
	for b := range t.pilots {
		end := starts[b]
		for end < len(keys) && t.bucket(keys[end]) == b {
			end++
		}
		starts[b+1] = end
		largest = max(largest, end-starts[b])
	}
	if largest > maxBucket {
		return false
	}
	for size := largest; size > 0; size-- {
		for b := range t.pilots {
			if starts[b+1]-starts[b] == size && !t.settleBucket(b, keys[starts[b]:starts[b+1]]) {
				return false
			}
		}
	}
	return true
}

// settleBucket puts the keys of a bucket into places, and reports whether there
// are any.
func (t *table) settleBucket(b int, keys []key) bool {
	for pilot := range numPilots {
		t.pilots[b] = uint8(pilot)
		n := 0
		for n < len(keys) && t.keys[t.place(keys[n])] == 0 {
			t.keys[t.place(keys[n])] = keys[n]
			n++
		}
		if n == len(keys) {
			return true
		}
		for _, k := range keys[:n] {
			t.keys[t.place(k)] = 0
		}
	}
	return false
}

// bucket returns the bucket of a key.
func (t *table) bucket(k key) int { return int(uint64(k) * uint64(len(t.pilots)) >> 32) }

// place returns where k is if it is anywhere.
func (t *table) place(k key) int {
	h := (uint32(k) ^ uint32(t.pilots[t.bucket(k)])*0x85ebca6b) * 0x9e3779b1
	return int(uint64(h) * uint64(len(t.keys)) >> 32)
}

// get returns the log ratios and the linear weights of a feature, and whether it
// is known.
func (t *table) get(k key) (ratio, linear pair, known bool) {
	if !t.has(k) {
		return pair{}, pair{}, false
	}
	f := &t.features[t.place(k)]
	return pair{float64(f.ratio[spam]), float64(f.ratio[abuse])}, pair{float64(f.linear[spam]), float64(f.linear[abuse])}, true
}

// has reports whether a feature is known.
func (t *table) has(k key) bool { return t.keys[t.place(k)] == k }

// findBatch is how many keys are looked up before their features are read.
const findBatch = 256

// score sums up what the table knows of distinct keys.
func (t *table) score(keys []key) (s score) {
	var places [findBatch]uint32
	for len(keys) > 0 {
		batch := keys[:min(findBatch, len(keys))]
		keys = keys[len(batch):]
		t.sum(&s, places[:t.find(places[:], batch)])
	}
	return s
}

// scoreOnce is score for keys that may repeat, each of which counts once. Marks
// is a bit for each place, none of them set.
func (t *table) scoreOnce(keys []key, m *marks) (s score) {
	places, seen := m.of(len(keys), len(t.keys))
	places = places[:t.find(places, keys)]
	n := 0
	for _, p := range places {
		word, bit := &seen[p/64], uint64(1)<<(p%64)
		places[n] = p
		fresh := 1
		if *word&bit != 0 {
			fresh = 0
		}
		n += fresh
		*word |= bit
	}
	places = places[:n]
	t.sum(&s, places)
	for _, p := range places {
		seen[p/64] = 0
	}
	return s
}

// find writes down the places of the keys that are known, and returns how many
// they are. There must be room for all.
func (t *table) find(places []uint32, keys []key) (n int) {
	for _, k := range keys {
		p := t.place(k)
		places[n] = uint32(p) // counts if k is there
		known := 0
		if t.keys[p] == k {
			known = 1
		}
		n += known
	}
	return n
}

// sum adds the features at these places.
func (t *table) sum(s *score, places []uint32) {
	var sumSpam, sumAbuse, linearSpam, linearAbuse float64
	for _, p := range places {
		f := &t.features[p]
		sumSpam += float64(f.ratio[spam])
		sumAbuse += float64(f.ratio[abuse])
		linearSpam += float64(f.linear[spam])
		linearAbuse += float64(f.linear[abuse])
	}
	s.sum[spam] += sumSpam
	s.sum[abuse] += sumAbuse
	s.linear[spam] += linearSpam
	s.linear[abuse] += linearAbuse
	s.n += len(places)
}

// marks is where a table notes which keys it has met. It is empty between calls.
type marks struct {
	seen   []uint64
	places []uint32
}

// of returns room for n keys, and a mark for each of a table's places.
func (m *marks) of(n, places int) ([]uint32, []uint64) {
	if len(m.places) < n {
		m.places = make([]uint32, 2*n)
	}
	if len(m.seen) < places/64+1 {
		m.seen = make([]uint64, places/64+1)
	}
	return m.places[:n], m.seen
}
