// Package classifier says how likely a comment is decent, spam or abuse, and
// which of its words say so.
//
// A comment is seen in two views, each a set of features that is there or not:
// its words and pairs of words, and the runs of two to five characters inside
// its words. In each view naive Bayes gives two scores, spam against ok and
// abuse against ok: the sum of the features' log ratios over the square root of
// their number. A multinomial logistic of a handful of weights joins the scores
// and the log of the comment's length to probabilities. The counts are those of
// github.com/jbrukh/bayesian: [Tally.Library] gives the same counts as one of
// its classifiers, the model of record, and a model is only made if it agrees.
//
// What runs is a frozen form without strings: features are hashes, each with
// its two log ratios, in a [Model] that never changes. [Read] loads one and
// [Model.Score] asks it. A model may stand upon another one, whose log-odds it
// takes as two more scores.
//
// [Checker] is a model in service: to it each site's lessons add counts that
// are learned and un-learned at once.
//
// Package training decides what a model is made of; this one keeps no corpora,
// reads no files by name and holds no comment.
package classifier
