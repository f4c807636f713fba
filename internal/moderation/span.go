package moderation

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// longestSpan bounds what people may say of how long something lasts.
const longestSpan = 10 * 366 * day

var spanPart = regexp.MustCompile(`^([0-9]{1,9})(w|d|h|m|s)`)

// ParseSpan reads how long something lasts as people write it: 24h, 7d, 90m, 1w,
// 1d12h. Anything else, and nothing at all, gives [ErrInvalid].
func ParseSpan(s string) (time.Duration, error) {
	units := map[string]time.Duration{"w": 7 * day, "d": day, "h": time.Hour, "m": time.Minute, "s": time.Second}
	var sum time.Duration
	rest := strings.ToLower(strings.TrimSpace(s))
	for rest != "" {
		found := spanPart.FindStringSubmatch(rest)
		if found == nil {
			return 0, notSpan(s)
		}
		n, err := strconv.ParseInt(found[1], 10, 64)
		if err != nil || n > int64(longestSpan/units[found[2]]) {
			return 0, notSpan(s)
		}
		if sum += time.Duration(n) * units[found[2]]; sum > longestSpan {
			return 0, notSpan(s)
		}
		rest = rest[len(found[0]):]
	}
	if sum <= 0 {
		return 0, notSpan(s)
	}
	return sum, nil
}

func notSpan(s string) error {
	return fmt.Errorf("%w: %q is no time like 24h, 7d or 90m", ErrInvalid, s)
}

// FormatSpan writes d as [ParseSpan] reads it, to the second.
func FormatSpan(d time.Duration) string {
	var out strings.Builder
	for _, u := range []struct {
		size time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / u.size; n > 0 {
			out.WriteString(strconv.FormatInt(int64(n), 10) + u.name)
			d %= u.size
		}
	}
	if out.Len() == 0 {
		return "0s"
	}
	return out.String()
}
