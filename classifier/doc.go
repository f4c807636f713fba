// Package classifier says how likely a comment is decent, spam or abuse, and
// which of its words say so.
//
// A comment is read with its disguises taken off, where a word that the model
// knows is behind them, and seen in two views, each a set of features that is
// there or not. The first has its words and pairs of words, what its numbers look
// like, and the classes of its words and which of them stand near each other: see
// lexicon.txt. The second has the runs of two to five characters inside words.
//
// In each view naive Bayes gives two scores, spam against ok and abuse against ok:
// the sum of the features' log ratios over the square root of their number. The
// same features have linear weights, fitted on columns that the log ratios scale.
// A multinomial logistic joins the scores, the linear ones, the log of the
// comment's length and, for comments of one source, how many words of each class
// there are, to probabilities. The counts are those of
// github.com/jbrukh/bayesian: [Tally.Library] gives the same counts as one of
// its classifiers, the model of record, and a model is only made if it agrees;
// everything above the counts is made from them and the comments in training.
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
