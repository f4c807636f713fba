package bot

import (
	"context"
	"sync"
	"time"
)

const (
	// lateAnswers is how many answers may wait for their chats, and lateFor how long.
	lateAnswers = 64
	lateFor     = 10 * time.Minute
	// lateLook is how often it is looked whether a chat takes something again.
	lateLook = time.Second
)

// answerLater has send tried again once the chat takes something, where err says that it
// takes nothing at the moment: nobody else has to wait for that. Any other error is
// returned. An answer that is still to come when the program ends is not given.
func (b *Bot) answerLater(err error, send func(context.Context) error) error {
	if _, later := retryAfter(err); !later {
		return err
	}
	select {
	case b.late <- send:
		return nil
	default:
		return err
	}
}

// keepPromises gives late answers until ctx ends.
func (b *Bot) keepPromises(ctx context.Context) {
	var waiting sync.WaitGroup
	defer waiting.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case send := <-b.late:
			waiting.Go(func() { b.keepPromise(ctx, send) })
		}
	}
}

// keepPromise tries until the chat takes an answer, or does not want it at all.
func (b *Bot) keepPromise(ctx context.Context, send func(context.Context) error) {
	until := b.cfg.Now().Add(lateFor)
	for {
		sleep(ctx, lateLook)
		if ctx.Err() != nil {
			return
		}
		err := send(ctx)
		if err == nil {
			return
		}
		if _, later := retryAfter(err); !later || b.cfg.Now().After(until) {
			b.log.Warn("answer not given", "err", err)
			return
		}
	}
}
