package moderation

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestResultsSayWhoseFaultItIs(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want Result
	}{
		"malformed":        {fmt.Errorf("%w: no body", ErrInvalid), ResultRefused},
		"too many":         {&busyError{ErrTooMany, 1}, ResultTooMany},
		"full":             {fmt.Errorf("submit: %w: 500 wait", ErrQueueFull), ResultQueueFull},
		"busy":             {fmt.Errorf("submit: %w", &busyError{fmt.Errorf("%w: 2048 wait", ErrNotReady), 1}), ResultBusy},
		"no room on disk":  {fmt.Errorf("%w: disk full", ErrNotReady), ResultNotReady},
		"the blog hung up": {fmt.Errorf("wait: %w", context.Canceled), ResultGone},
		"our own fault":    {errors.New("a nut came loose"), ResultFailed},
	} {
		t.Run(name, func(t *testing.T) {
			var got []Result
			m := Metrics{Answered: func(_ string, r Result) { got = append(got, r) }}
			m.unanswered("blog", tt.err)
			if len(got) != 1 || got[0] != tt.want {
				t.Errorf("counted as %q, want %q", got, tt.want)
			}
		})
	}
}
