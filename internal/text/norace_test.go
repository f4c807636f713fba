//go:build !race

package text

// raceDetector says that the race detector is on.
const raceDetector = false
