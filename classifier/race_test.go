//go:build race

package classifier

// raceDetector says that the race detector is on.
const raceDetector = true
