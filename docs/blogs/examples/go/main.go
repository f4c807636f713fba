// Command blog is a comment section behind gatehouse: POST author and body to
// /comments, GET /comments, and let gatehouse call /gatehouse.
package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

type comment struct {
	ID, Author, Body, Status string
	Seq, Revision            int
}

type decision struct {
	Type string
	Data comment
}

var (
	site           = os.Getenv("GATEHOUSE_URL") // http://127.0.0.1:8080/v1/sites/blog
	key, _         = base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("GATEHOUSE_SECRET"), "whsec_"))
	client         = http.Client{Timeout: 10 * time.Second}
	mu             sync.Mutex
	comments, seen = map[string]*comment{}, map[string]bool{} // your database instead
)

func main() {
	http.HandleFunc("POST /gatehouse", decided)
	http.HandleFunc("POST /comments", func(w http.ResponseWriter, r *http.Request) {
		c := &comment{ID: rand.Text(), Author: r.FormValue("author"), Body: r.FormValue("body"), Status: "held"}
		mu.Lock()
		comments[c.ID] = c
		mu.Unlock()
		ask(c)
		mu.Lock()
		defer mu.Unlock()
		json.NewEncoder(w).Encode(map[string]string{"id": c.ID, "status": c.Status})
	})
	http.HandleFunc("GET /comments", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		published := []map[string]string{}
		for _, c := range comments {
			if c.Status == "approved" {
				published = append(published, map[string]string{"id": c.ID, "author": c.Author, "body": c.Body})
			}
		}
		json.NewEncoder(w).Encode(published)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
