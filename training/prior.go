package training

import (
	"math"

	"gatehouse/internal/moderation"
)

// PriorECE is the expected calibration error of probabilities that were made for
// other shares of labels than the measured comments have, which plain [Metrics]
// count as errors: see [Metrics.ECE]. Undefined without comments of a label that
// the shares ask for.
type PriorECE struct {
	// AtPrior is over the comments weighed so that each label has the share that
	// the model was made for: what probabilities mean on such a blog.
	AtPrior Figure `json:"at_prior"`
	// AtShares is over the comments as they are, with probabilities moved by
	// Bayes' rule from the shares that the model was made for to theirs.
	AtShares Figure `json:"at_shares"`
}

// PriorECEs holds them for the labels that are told from ok.
type PriorECEs struct {
	Spam  PriorECE `json:"spam"`
	Abuse PriorECE `json:"abuse"`
}

// AtPrior measures calibration given the shares that the probabilities were made
// for, all above 0.
func (e *Evaluation) AtPrior(prior moderation.Probabilities) PriorECEs {
	share := e.shares()
	return PriorECEs{Spam: e.atPrior(prior, share, 1), Abuse: e.atPrior(prior, share, 2)}
}

// shares returns the shares of the labels.
func (e *Evaluation) shares() (share [3]float64) {
	for _, r := range e.rows {
		share[r.label] += 1 / float64(len(e.rows))
	}
	return share
}

// calibrationAt compares probabilities with shares over the comments weighed so
// that each label has the share that the model was made for.
func (e *Evaluation) calibrationAt(prior moderation.Probabilities, share [3]float64, label int) *calibrated {
	var c calibrated
	for _, r := range e.rows {
		c.add(r.p[label], int(r.label) == label, prior.Of(moderation.Labels()[r.label])/share[r.label])
	}
	return &c
}

// atPrior is AtPrior for one label.
func (e *Evaluation) atPrior(prior moderation.Probabilities, share [3]float64, label int) PriorECE {
	var atShares calibrated
	var ratio [3]float64
	for l, name := range moderation.Labels() {
		ratio[l] = share[l] / prior.Of(name)
	}
	for _, r := range e.rows {
		sum := 0.0
		for l, p := range r.p {
			sum += p * ratio[l]
		}
		atShares.add(r.p[label]*ratio[label]/sum, int(r.label) == label, 1)
	}
	found := PriorECE{AtPrior: e.calibrationAt(prior, share, label).ece(), AtShares: atShares.ece()}
	if share[0] == 0 || share[1] == 0 || share[2] == 0 {
		found.AtPrior = Figure(math.NaN()) // a label that is not there can't have its share
	}
	return found
}
