//go:build !race

package rules

// raceDetector says that the race detector is on.
const raceDetector = false
