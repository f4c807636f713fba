package classifier

import "gatehouse/internal/moderation"

// numLabels is how many labels there are; arrays of that length are in the order
// of moderation.Labels: ok, spam, abuse.
const numLabels = 3

// Contrasts are the labels that are told from ok, in the order in which pairs
// of scores, ratios and log-odds list them.
const (
	spam         = 0
	abuse        = 1
	numContrasts = 2
)

// pair holds a number for spam against ok and one for abuse against ok.
type pair [numContrasts]float64

// labelIndex returns the place of l in moderation.Labels, and false for other
// words.
func labelIndex(l moderation.Label) (int, bool) {
	switch l {
	case moderation.OK:
		return 0, true
	case moderation.Spam:
		return 1 + spam, true
	case moderation.Abuse:
		return 1 + abuse, true
	}
	return 0, false
}
