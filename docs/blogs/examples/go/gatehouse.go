package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

func sign(id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// ask sends a comment. Until there is an answer it stays held.
func ask(c *comment) {
	body, _ := json.Marshal(map[string]any{"id": c.ID, "author": map[string]string{"name": c.Author}, "body": c.Body})
	r, _ := http.NewRequest("POST", site+"/comments", bytes.NewReader(body))
	id, now, answer, again := "new-"+c.ID, fmt.Sprint(time.Now().Unix()), comment{}, true
	r.Header = http.Header{"Content-Type": {"application/json"}, "Webhook-Id": {id}, "Webhook-Timestamp": {now}, "Webhook-Signature": {sign(id, now, body)}}
	if response, err := client.Do(r); err == nil {
		json.NewDecoder(response.Body).Decode(&answer)
		response.Body.Close()
		again = response.StatusCode >= 429 // below that it would be refused again
	}
	mu.Lock()
	defer mu.Unlock()
	if again {
		time.AfterFunc(5*time.Second, func() { ask(c) })
	} else if answer.Status != "" && c.Seq == 0 { // else a decision was quicker than the answer
		c.Status, c.Revision = answer.Status, answer.Revision
	}
}

func decided(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<18))
	id, timestamp, signatures := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), r.Header.Get("webhook-signature")
	mine, message, seconds := sign(id, timestamp, body), decision{}, int64(0)
	good := slices.ContainsFunc(strings.Fields(signatures), func(s string) bool { return hmac.Equal([]byte(s), []byte(mine)) })
	fmt.Sscan(timestamp, &seconds)
	if !good || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute || json.Unmarshal(body, &message) != nil || !strings.HasPrefix(message.Type, "comment.") {
		http.Error(w, "that is no decision of gatehouse's", http.StatusUnauthorized)
		return
	}
	mu.Lock()
	defer mu.Unlock()
	if d, c := message.Data, comments[message.Data.ID]; c != nil && !seen[id] && d.Seq > c.Seq && d.Revision >= c.Revision {
		c.Status, c.Seq = strings.TrimPrefix(message.Type, "comment."), d.Seq
	}
	seen[id] = true
}
