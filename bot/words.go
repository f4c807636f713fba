package bot

import (
	"fmt"
	"math"
	"time"

	"gatehouse/internal/moderation"
)

// span writes how long something took, in at most two units.
func span(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 24*time.Hour && d%time.Hour < time.Minute:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	case d < 48*time.Hour:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
}

// percent writes a probability; only 0 and 1 are "0 %" and "100 %".
func percent(p float64) string {
	switch {
	case p > 0 && p < 0.005:
		return "under 1 %"
	case p < 1 && p >= 0.995:
		return "over 99 %"
	}
	return fmt.Sprintf("%.0f %%", math.Round(p*100))
}

// count writes a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// choiceWords are how a choice is spoken of.
type choiceWords struct {
	mark string // as on its button
	done string // what a comment then is: "Approved"
	verb string // what somebody did: "approved this"
}

// wordsOf returns the words for a choice.
func wordsOf(c moderation.Choice) choiceWords {
	switch c {
	case moderation.ChooseApprove:
		return choiceWords{"✅", "Approved", "approved this"}
	case moderation.ChooseSpam:
		return choiceWords{"🗑", "Spam", "called this spam"}
	case moderation.ChooseAbuse:
		return choiceWords{"🚫", "Abuse", "called this abuse"}
	case moderation.ChooseReject:
		return choiceWords{"🙈", "Hidden", "hid this"}
	}
	return choiceWords{"↩️", "Undone", "took this back"}
}
