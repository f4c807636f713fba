package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
	"gatehouse/internal/text"
)

// tryApprove approves one comment that waits on a blog on Blogger, with the
// owner's consent, and says what came of it: Google does not document whether
// that publishes it.
func tryApprove(a *app, conf config, name string, yes bool) error {
	db, err := store.Open(a.ctx, conf.Data, a.now, conf.Backup.upgrade(a))
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	site, err := db.Site(a.ctx, name)
	if err != nil {
		return err
	}
	if site.Platform != platform.BloggerName {
		return usagef("try approve: site %s is not on Blogger", name)
	}
	blogger := &platform.Blogger{Client: platform.NewClient(mayCall(conf)), Now: a.now}
	c, err := blogger.OneWaiting(a.ctx, site)
	if errors.Is(err, moderation.ErrNotFound) {
		return fmt.Errorf("try approve: %w: write one to the blog, with gatehouse serve stopped, and try again", err)
	}
	if err != nil {
		return fmt.Errorf("try approve: %w", err)
	}
	fmt.Fprintf(a.stderr, "This comment waits on %s:\n\n  %s: %s\n\n", site.Name, text.Cut(oneLine(c.Arrival.Author.Name), 60), text.Cut(oneLine(c.Arrival.Comment.Text), 300))
	if !yes && !agrees(a, "Approve it, which is to publish it? [y/N] ") {
		return errors.New("try approve: nothing was done")
	}
	answered, after, err := blogger.TryApprove(a.ctx, site, c)
	if err != nil {
		return fmt.Errorf("try approve: %w", err)
	}
	fmt.Fprintf(a.stdout, "approve was answered with status %q; read back, the comment has status %q\n", answered, after)
	if after != "LIVE" {
		return errors.New("approve does not publish a comment that waits on this blog: publish in Blogger, which gatehouse takes for the decision")
	}
	fmt.Fprintln(a.stdout, "approve publishes a comment that waits")
	return nil
}

// agrees asks a person; anything but yes is no.
func agrees(a *app, question string) bool {
	fmt.Fprint(a.stderr, question)
	line, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil {
		fmt.Fprintln(a.stderr)
	}
	line = strings.ToLower(strings.TrimSpace(line))
	return line == "y" || line == "yes"
}
