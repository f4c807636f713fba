package platform

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"gatehouse/internal/moderation"
)

// tolerance is how far a message's time may be from ours, as Standard Webhooks
// 1.0.0 advises.
const tolerance = 5 * time.Minute

// maxMessageID bounds webhook-id, in bytes.
const maxMessageID = 256

// Verify checks a message's signature by Standard Webhooks with any of the
// secrets, and its time against now, and returns its webhook-id. Every error is
// a moderation.ErrUnsigned and says what is wrong without helping to forge.
func Verify(secrets []moderation.Secret, header http.Header, body []byte, now time.Time) (id string, err error) {
	id = header.Get(standardwebhooks.HeaderWebhookID)
	for _, name := range []string{standardwebhooks.HeaderWebhookID, standardwebhooks.HeaderWebhookTimestamp,
		standardwebhooks.HeaderWebhookSignature} {
		if header.Get(name) == "" {
			return "", fmt.Errorf("%w: header %s is missing: sign as standardwebhooks.com says", moderation.ErrUnsigned, name)
		}
	}
	if len(id) > maxMessageID {
		return "", fmt.Errorf("%w: header webhook-id is longer than %d bytes", moderation.ErrUnsigned, maxMessageID)
	}
	seconds, err := strconv.ParseInt(header.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil {
		return "", fmt.Errorf("%w: header webhook-timestamp is not a whole number of seconds since 1970", moderation.ErrUnsigned)
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > tolerance || off < -tolerance {
		return "", fmt.Errorf("%w: webhook-timestamp is %s from our time, at most %s are allowed: sign each try anew, and check both clocks",
			moderation.ErrUnsigned, off.Abs().Round(time.Second), tolerance)
	}
	for _, secret := range secrets {
		hook, err := standardwebhooks.NewWebhook(secret.Reveal())
		if err != nil {
			return "", errors.New("verify signature: a secret of the site is not base64") // the cause would show it
		}
		if hook.VerifyIgnoringTimestamp(body, header) == nil {
			return id, nil
		}
	}
	return "", fmt.Errorf("%w: webhook-signature is not that of this body with this site's secret", moderation.ErrUnsigned)
}

// Sign returns the headers that sign a message with each of the secrets: while
// one is rotated, a receiver with either accepts it.
func Sign(secrets []moderation.Secret, id string, at time.Time, body []byte) (http.Header, error) {
	header := http.Header{}
	header.Set(standardwebhooks.HeaderWebhookID, id)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	signatures := ""
	for _, secret := range secrets {
		hook, err := standardwebhooks.NewWebhook(secret.Reveal())
		if err != nil {
			return nil, errors.New("sign message: a secret of the site is not base64") // the cause would show it
		}
		signature, err := hook.Sign(id, at, body)
		if err != nil {
			return nil, fmt.Errorf("sign message: %w", err)
		}
		if signatures != "" {
			signatures += " "
		}
		signatures += signature
	}
	header.Set(standardwebhooks.HeaderWebhookSignature, signatures)
	return header, nil
}
