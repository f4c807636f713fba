package classifier

// backgroundComments is how many ordinary comments stand beside the lessons of
// each label. Chosen on the corpora among 0 to 1,000: without them a handful of
// lessons makes common words evidence; more of them slow the learning down.
const backgroundComments = 200

// background is how ordinary comments speak: for each feature that is common in
// a model's ok comments, what backgroundComments of them would add to a count,
// in grains. It is added to every label's counts, so that what lessons have no
// opinion on stays neutral, and one label's lessons alone say little of common
// words. A nil background is empty.
type background struct {
	grains [numViews]map[key]uint32
	totals [numViews]int64
}

// newBackground returns an empty background.
func newBackground() *background {
	b := &background{}
	for v := range b.grains {
		b.grains[v] = map[key]uint32{}
	}
	return b
}

// backgroundOf returns how many grains a feature that ok comments of the weight
// okWeight have with the weight okCount is worth. It is whole comments.
func backgroundOf(okCount uint32, okWeight int64) uint32 {
	if okWeight <= 0 {
		return 0
	}
	return uint32((2*backgroundComments*int64(okCount)+okWeight)/(2*okWeight)) * Grain
}

// put says that a feature is worth so many grains.
func (b *background) put(view int, k key, grains uint32) {
	if grains > 0 {
		b.grains[view][k] = grains
		b.totals[view] += int64(grains)
	}
}

// of returns what a feature is worth.
func (b *background) of(view int, k key) uint32 {
	if b == nil {
		return 0
	}
	return b.grains[view][k]
}

// all returns the features of a view that are worth something.
func (b *background) all(view int) map[key]uint32 {
	if b == nil {
		return nil
	}
	return b.grains[view]
}

// total returns the sum over all.
func (b *background) total(view int) int64 {
	if b == nil {
		return 0
	}
	return b.totals[view]
}
