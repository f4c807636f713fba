package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gatehouse/internal/moderation"
)

// secretsEvery is how often files with secrets are read: they are small, and what
// swaps them (an editor, a mount) tells nobody.
const secretsEvery = 2 * time.Second

// followSecrets takes up changes of the files with the bot's secrets until ctx ends;
// the signal SIGHUP has them read at once. A file that is wrong changes nothing.
func (g *gate) followSecrets(ctx context.Context) {
	if g.bot == nil || !g.secrets.tokenByFile && !g.secrets.secretByFile {
		return
	}
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	tick := time.NewTicker(secretsEvery)
	defer tick.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-again:
		case <-tick.C:
		}
		changed, err := g.renewSecrets()
		switch {
		case err != nil && err.Error() != said:
			said = err.Error()
			g.log.Error("a secret was not taken from its file: the one before stays in force", "err", err)
		case changed:
			said = ""
			g.log.Info("a secret was taken from its file and is in force")
		}
	}
}

// renewSecrets reads the files, and reports whether there is another secret.
func (g *gate) renewSecrets() (bool, error) {
	var token, webhook string
	if g.secrets.tokenByFile {
		if err := readSecretFile(&token, g.secrets.BotTokenFile); err != nil {
			return false, err
		}
		if !isToken(token) {
			return false, fmt.Errorf("%w: %s holds no token of Telegram's", moderation.ErrInvalid, g.secrets.BotTokenFile)
		}
	}
	if g.secrets.secretByFile {
		if err := readSecretFile(&webhook, g.secrets.WebhookSecretFile); err != nil {
			return false, err
		}
	}
	return g.bot.Renew(moderation.NewSecret(token), moderation.NewSecret(webhook))
}
