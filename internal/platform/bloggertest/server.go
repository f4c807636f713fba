// Package bloggertest is Google as a program sees it that moderates a blog on
// Blogger: the OAuth 2.0 endpoints and the Blogger API v3, held in memory, for
// tests. [New] makes one; it is an [http.Handler] that serves [AuthPath],
// [TokenPath] and [APIPath]. [Server.Write], [Server.Set] and [Server.DeletePost]
// are what readers and owners of the blog do in Blogger, [Server.Comment] is what
// they see, and [Server.Fault] makes it fail as Google fails.
//
// It follows https://developers.google.com/blogger/docs/3.0/reference and the
// description of the API (revision 20260707), and words its refusals as Google
// does. Whether approve publishes a comment that waits is not documented:
// [Server.ApproveNothing] makes it leave the comment as it was.
package bloggertest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Where the server serves what.
const (
	AuthPath  = "/o/oauth2/v2/auth"
	TokenPath = "/token"
	APIPath   = "/v3"
)

// The statuses of a comment.
const (
	Live    = "LIVE"
	Pending = "PENDING"
	Spam    = "SPAM"
	Emptied = "EMPTIED"
)

// Author is who wrote a comment. Writers who are not logged in have no ID, and
// the name and address that they chose.
type Author struct{ ID, Name, URL string }

// Comment is a comment of the blog.
type Comment struct {
	ID, Post, Parent string
	Status           string
	Content          string // HTML
	Author           Author
	Published        time.Time
}

// Call is one request to the API, in short: "POST approve 17", "GET list".
type Call struct {
	Method, Act, ID string
	Status          int // of the answer
}

// Server is one Google account with one blog. It is safe for concurrent use.
type Server struct {
	mu       sync.Mutex
	blog     string
	url      string
	posts    map[string]string // titles by id
	comments map[string]*Comment
	next     int
	pageSize int
	admin    bool
	stuck    bool
	faults   []*planned
	calls    []Call
	oauth    oauth
}

// New returns a server with a blog of that id.
func New(blog string) *Server {
	return &Server{blog: blog, url: "http://blog.example.test/", posts: map[string]string{}, comments: map[string]*Comment{}, next: 7000000000000000000,
		pageSize: 100, admin: true, oauth: newOAuth()}
}

// AddPost adds a post and returns its id.
func (s *Server) AddPost(title string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.id()
	s.posts[id] = title
	return id
}

// id returns a new id. s.mu is held.
func (s *Server) id() string {
	s.next++
	return strconv.Itoa(s.next)
}

// Write adds a comment, which waits unless it says otherwise, and returns its id:
// a new one, unless it has one.
func (s *Server) Write(c Comment) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ID == "" {
		c.ID = s.id()
	}
	c.Status = cmp.Or(c.Status, Pending)
	if c.Published.IsZero() {
		c.Published = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(len(s.comments)) * time.Second)
	}
	s.comments[c.ID] = &c
	return c.ID
}

// Set is what an owner of the blog makes of a comment in Blogger; an empty status
// deletes it.
func (s *Server) Set(id, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status == "" {
		delete(s.comments, id)
		return
	}
	s.comments[id].become(status)
}

// become changes a comment's status. What was emptied has lost its content.
func (c *Comment) become(status string) {
	if c.Status == Emptied {
		return
	}
	c.Status = status
	if status == Emptied {
		c.Content = ""
	}
}

// DeletePost deletes a post with its comments.
func (s *Server) DeletePost(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.posts, id)
	for _, c := range s.comments {
		if c.Post == id {
			delete(s.comments, c.ID)
		}
	}
}

// Comment returns a comment; false where there is none.
func (s *Server) Comment(id string) (Comment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.comments[id]
	if !ok {
		return Comment{}, false
	}
	return *c, true
}

// Status returns the status of a comment, or nothing.
func (s *Server) Status(id string) string {
	c, _ := s.Comment(id)
	return c.Status
}

// SetPageSize bounds the pages of lists, whatever is asked for.
func (s *Server) SetPageSize(n int) { s.change(func() { s.pageSize = n }) }

// SetAdmin says whether the account may moderate the blog.
func (s *Server) SetAdmin(is bool) { s.change(func() { s.admin = is }) }

// ApproveNothing makes approve answer well and leave comments that wait as they
// are.
func (s *Server) ApproveNothing() { s.change(func() { s.stuck = true }) }

func (s *Server) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Calls returns the requests to the API so far.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Count returns how many requests to the API did act ("list", "approve", …) to a
// comment; an empty id means any.
func (s *Server) Count(act, id string) int {
	n := 0
	for _, c := range s.Calls() {
		if c.Act == act && (id == "" || c.ID == id) {
			n++
		}
	}
	return n
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == AuthPath:
		s.consent(w, r)
	case r.URL.Path == TokenPath:
		s.token(w, r)
	case strings.HasPrefix(r.URL.Path, APIPath+"/blogs/"):
		s.api(w, r)
	default:
		http.NotFound(w, r)
	}
}

// api serves the Blogger API.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, APIPath+"/blogs/"), "/")
	call := Call{Method: r.Method, Act: actOf(r.Method, parts), ID: subjectOf(parts)}
	fault := s.takeFault(call.Act, call.ID)
	if fault.before(w, r) {
		s.log(call, 0)
		return
	}
	a := s.answer(r, call, parts)
	s.log(call, a.status)
	if fault.after(w) {
		return
	}
	a.write(w)
}

func (s *Server) log(c Call, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Status = status
	s.calls = append(s.calls, c)
}

// actOf names what a request asks for.
func actOf(method string, parts []string) string {
	switch {
	case len(parts) == 1:
		return "blog"
	case len(parts) == 2 && parts[1] == "comments":
		return "list"
	case len(parts) == 3 && parts[1] == "posts":
		return "post"
	case len(parts) == 5 && method == http.MethodGet:
		return "get"
	case len(parts) == 5 && method == http.MethodDelete:
		return "delete"
	case len(parts) == 6:
		return parts[5]
	}
	return ""
}

// subjectOf returns the id that a request is about.
func subjectOf(parts []string) string {
	switch len(parts) {
	case 3:
		return parts[2]
	case 5, 6:
		return parts[4]
	}
	return parts[0]
}

// answer carries out a request.
func (s *Server) answer(r *http.Request, call Call, parts []string) answer {
	if !s.authorised(r) {
		return refusal(http.StatusUnauthorized, "authError", "Invalid Credentials")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	wants := http.MethodGet
	switch call.Act {
	case "approve", "spam", "removecontent":
		wants = http.MethodPost
	case "delete":
		wants = http.MethodDelete
	case "":
		wants = "none"
	}
	switch {
	case r.Method != wants:
		return refusal(http.StatusNotFound, "notFound", "Not Found")
	case parts[0] == "byurl" && hostOf(r.FormValue("url")) != hostOf(s.url),
		parts[0] != "byurl" && parts[0] != s.blog:
		return refusal(http.StatusNotFound, "notFound", "Not Found")
	case !s.admin && (r.FormValue("view") == "ADMIN" || wants != http.MethodGet || r.FormValue("status") != ""):
		return refusal(http.StatusForbidden, "forbidden", "We're sorry, but you don't have permission to access this resource.")
	}
	switch call.Act {
	case "blog":
		return ok(map[string]any{"kind": "blogger#blog", "id": s.blog, "name": "A blog", "url": s.url, "status": "LIVE"})
	case "list":
		return s.list(r)
	case "post":
		title, there := s.posts[call.ID]
		if !there {
			return refusal(http.StatusNotFound, "notFound", "Not Found")
		}
		return ok(map[string]any{"kind": "blogger#post", "id": call.ID, "blog": ref(s.blog), "title": title, "url": s.url + "2026/03/" + call.ID + ".html"})
	}
	return s.one(call, parts[2])
}

// one reads or changes one comment. s.mu is held.
func (s *Server) one(call Call, post string) answer {
	c, there := s.comments[call.ID]
	if _, has := s.posts[post]; !there || !has || c.Post != post {
		return refusal(http.StatusNotFound, "notFound", "Not Found")
	}
	switch call.Act {
	case "approve":
		if !s.stuck || c.Status != Pending {
			c.become(Live)
		}
	case "spam":
		c.become(Spam)
	case "removecontent":
		c.become(Emptied)
	case "delete":
		delete(s.comments, c.ID)
		return answer{status: http.StatusNoContent}
	}
	return ok(s.resource(c))
}

// list serves a page of comments, newest first. s.mu is held.
func (s *Server) list(r *http.Request) answer {
	wanted := r.URL.Query()["status"]
	for i, status := range wanted {
		wanted[i] = strings.ToUpper(status)
		if !slices.Contains([]string{Live, Pending, Spam, Emptied}, wanted[i]) {
			return refusal(http.StatusBadRequest, "invalidParameter", "Invalid value for status")
		}
	}
	if len(wanted) == 0 {
		wanted = []string{Live}
	}
	size := s.pageSize
	if n, err := strconv.Atoi(r.FormValue("maxResults")); err == nil && n > 0 {
		size = min(size, n)
	}
	var found []*Comment
	before := r.FormValue("pageToken") // the last id of the page before: what comes between moves nothing
	for _, c := range s.comments {
		if slices.Contains(wanted, c.Status) && (before == "" || c.ID < before) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b *Comment) int { return strings.Compare(b.ID, a.ID) })
	list := map[string]any{"kind": "blogger#commentList", "etag": `"e"`}
	if len(found) > size {
		found = found[:size]
		list["nextPageToken"] = found[size-1].ID
	}
	var items []any
	for _, c := range found {
		item := s.resource(c)
		if r.FormValue("fetchBodies") == "false" {
			delete(item, "content")
		}
		items = append(items, item)
	}
	if items != nil {
		list["items"] = items // absent where there are none
	}
	return ok(list)
}

// resource is a comment as the API writes it. s.mu is held.
func (s *Server) resource(c *Comment) map[string]any {
	author := map[string]any{"displayName": c.Author.Name, "image": map[string]any{"url": "//www.blogger.com/img/blogger_logo_round_35.png"}}
	if c.Author.ID != "" {
		author["id"] = c.Author.ID
	}
	if c.Author.URL != "" {
		author["url"] = c.Author.URL
	}
	r := map[string]any{"kind": "blogger#comment", "id": c.ID, "post": ref(c.Post), "blog": ref(s.blog), "published": c.Published.Format(time.RFC3339),
		"updated": c.Published.Format(time.RFC3339), "content": c.Content, "author": author,
		"selfLink": "https://www.googleapis.com/blogger/v3/blogs/" + s.blog + "/posts/" + c.Post + "/comments/" + c.ID}
	if c.Parent != "" {
		r["inReplyTo"] = ref(c.Parent)
	}
	if s.admin {
		r["status"] = c.Status
	}
	return r
}

// hostOf returns the host of an address, by which Blogger finds a blog.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func ref(id string) map[string]any { return map[string]any{"id": id} }

// answer is what a request is answered with.
type answer struct {
	status int
	body   any
	header http.Header
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// refusal is an error in the form of Google's APIs.
func refusal(code int, reason, message string) answer {
	return answer{status: code, body: map[string]any{"error": map[string]any{"code": code, "message": message,
		"errors": []any{map[string]any{"message": message, "domain": "global", "reason": reason}}}}}
}

func (a answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	encoded, err := json.MarshalIndent(a.body, "", "  ")
	if err != nil {
		http.Error(w, fmt.Sprint(err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(a.status)
	w.Write(encoded) //nolint:errcheck // the client may be gone
}
