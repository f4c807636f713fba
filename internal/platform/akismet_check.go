package platform

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

// recheckAfter is when a client should ask again about a comment that is held. It
// hears of the decision before that, so it says: not on your own. WordPress
// publishes such a comment after twice that time, whatever came of it.
const recheckAfter = 365 * 24 * time.Hour

// The ends of an address at which a client hears of decisions. They stand in its
// fragment, which is not sent, and tell by which key the client knows itself.
const (
	byShortKey = "short"
	byLongKey  = "long"
)

// check answers whether a comment is spam: comment-check.
func (h *Akismet) check(w http.ResponseWriter, r *http.Request, c akismetCall) error {
	guid := newGUID()
	setHeader(w, "X-akismet-guid", guid)
	switch {
	case c.field("blog") == "":
		return invalid(w, `Empty "blog" value`)
	case c.ip() == "":
		return invalid(w, "Missing required field: user_ip.")
	case c.isAdministrator():
		return say(w, "false")
	case c.isGuaranteedSpam():
		if c.isSet("is_test") && c.isSet("test_discard") {
			setHeader(w, "X-akismet-pro-tip", "discard")
		}
		return say(w, "true")
	}
	a := c.arrival()
	a.Comment.PlatformID = guid
	var given akismetAnswer
	var err error
	switch {
	case a.Comment.Body == "":
		setHeader(w, "X-akismet-debug-help", "Nothing to judge: comment_content, comment_author and comment_author_url are empty.")
		return say(w, "false")
	case c.isSet("is_test"), c.isSet("akismet_pre_check"):
		given, err = h.assess(r.Context(), c, a)
	default:
		given, err = h.judge(r.Context(), c, a, guid)
	}
	if errors.Is(err, moderation.ErrInvalid) {
		return invalid(w, err.Error())
	}
	if err != nil {
		return err
	}
	return given.write(w)
}

// akismetAnswer is what a client is told of a comment.
type akismetAnswer struct {
	spam, discard, later bool
}

func (a akismetAnswer) write(w http.ResponseWriter) error {
	if a.discard {
		setHeader(w, "X-akismet-pro-tip", "discard")
	}
	if a.later {
		setHeader(w, "X-akismet-recheck-after", strconv.Itoa(int(recheckAfter.Seconds())))
	}
	return say(w, strconv.FormatBool(a.spam))
}

// akismetAnswerFor says what a comment's state is in a protocol without a word for "held":
// spam, unless the client can be told later.
func akismetAnswerFor(status moderation.Status, v moderation.Verdict, later bool) akismetAnswer {
	switch status {
	case moderation.Approved:
		return akismetAnswer{}
	case moderation.Held:
		return akismetAnswer{spam: !later, later: later}
	case moderation.Rejected:
		return akismetAnswer{spam: true, discard: v.Action == moderation.Reject}
	}
	return akismetAnswer{spam: true}
}

// assess judges what is not to be kept: a test, or a pingback before it has been
// looked at, which is sent again with its text and refused for good where this one
// is called spam.
func (h *Akismet) assess(ctx context.Context, c akismetCall, a moderation.Arrival) (akismetAnswer, error) {
	v, err := h.Judge.Assess(ctx, a)
	if err != nil {
		return akismetAnswer{}, err
	}
	status := v.Action.Status()
	if c.isSet("akismet_pre_check") && status == moderation.Held {
		status = moderation.Approved
	}
	return akismetAnswerFor(status, v, false), nil
}

// judge submits a comment, unless it is known: then what has become of it is the
// answer.
func (h *Akismet) judge(ctx context.Context, c akismetCall, a moderation.Arrival, guid string) (akismetAnswer, error) {
	names := c.names(h.Now())
	release, err := h.locks.hold(ctx, c.site.ID, names.place)
	if err != nil {
		return akismetAnswer{}, err
	}
	defer release()
	known, edited, err := h.find(ctx, c, names)
	if err != nil {
		return akismetAnswer{}, err
	}
	if known != "" {
		a.Comment.PlatformID = known
	}
	if !edited {
		// By this a comment that comes again is known for the same whatever has
		// become of its markup.
		a.Key = "akismet:" + a.Comment.PlatformID
	}
	a.Aliases = names.all(a.Comment.PlatformID, guid)
	callback := allowedCallback(c.site, c.field("callback"))
	if callback != "" {
		a.ReplyTo = moderation.ReplyTo{URL: callback + "#" + c.keyForm(), ID: guid}
	}
	if a.Comment.ParentID, err = h.parent(ctx, c); err != nil {
		return akismetAnswer{}, err
	}
	receipt, err := h.Judge.Submit(ctx, a)
	if err != nil {
		return akismetAnswer{}, err
	}
	answer := akismetAnswerFor(receipt.Status, receipt.Verdict, callback != "")
	if answer.spam {
		h.count(ctx, c, moderation.Usage{Spam: 1})
	} else {
		h.count(ctx, c, moderation.Usage{Ham: 1})
	}
	return answer, nil
}

// find returns the comment that a check is about, if it is a known one. A new
// check is about a known comment where everything is the same: it was sent again,
// for its answer did not arrive. One that says that it asks again is about the
// comment with its id, whose text may have been edited; or where that is not known
// yet, about the one with all the same, of which it says more than the first did.
func (h *Akismet) find(ctx context.Context, c akismetCall, names akismetNames) (platformID string, edited bool, err error) {
	if c.isRecheck() && names.idOnPost != "" {
		platformID, err = h.named(ctx, c, names.idOnPost)
		if err != nil || platformID != "" {
			same, err := h.named(ctx, c, asItIs(platformID, names.same))
			return platformID, same == "", err
		}
	}
	platformID, err = h.named(ctx, c, names.exact, names.earlier)
	var other string
	if err == nil && platformID == "" && c.isRecheck() {
		if platformID, err = h.named(ctx, c, names.same); err == nil && platformID != "" && names.dated {
			other, err = h.named(ctx, c, hasDate(platformID))
		}
	}
	if err == nil && platformID != "" && other == "" && names.idOnPost != "" {
		other, err = h.named(ctx, c, hasID(platformID))
	}
	if err != nil || other != "" { // written at another time, or under another id
		return "", false, err
	}
	return platformID, false, nil
}

// named returns the comment that has the first of the names which one has, or
// nothing.
func (h *Akismet) named(ctx context.Context, c akismetCall, names ...string) (platformID string, err error) {
	platformID, err = h.Names.PlatformID(ctx, c.site.ID, names)
	if errors.Is(err, moderation.ErrNotFound) {
		return "", nil
	}
	return platformID, err
}

// parent returns our name of the comment that is answered, where it has one, and
// else the client's.
func (h *Akismet) parent(ctx context.Context, c akismetCall) (string, error) {
	id := c.field("comment_parent")
	if id == "" || id == "0" {
		return "", nil
	}
	if !c.isWordPress() {
		return id, nil
	}
	known, err := h.Names.PlatformID(ctx, c.site.ID, []string{"wp:" + id})
	if errors.Is(err, moderation.ErrNotFound) {
		return "wp:" + id, nil
	}
	return known, err
}

// submitSpam takes over that a comment is spam, and submitHam that it is none.
func (h *Akismet) submitSpam(w http.ResponseWriter, r *http.Request, c akismetCall) error {
	return h.report(w, r, c, moderation.ChooseSpam)
}

func (h *Akismet) submitHam(w http.ResponseWriter, r *http.Request, c akismetCall) error {
	return h.report(w, r, c, moderation.ChooseApprove)
}

// report takes over a decision made on the blog.
func (h *Akismet) report(w http.ResponseWriter, r *http.Request, c akismetCall, choice moderation.Choice) error {
	if c.field("blog") == "" {
		return invalid(w, `Empty "blog" value`)
	}
	if c.isSet("is_test") || c.isGuaranteedSpam() {
		return say(w, thanks)
	}
	ctx, names, by := r.Context(), c.names(h.Now()), c.reporter()
	means := names.known(c.field("guid", "akismet_guid", "comment_guid"))
	release, err := h.locks.hold(ctx, c.site.ID, names.place)
	if err != nil {
		return err
	}
	defer release()
	outcome, err := h.Desk.DecideOnBlog(ctx, moderation.BlogOrder{Site: c.site, Choice: choice, By: by, Coarse: true, Echoes: echoes(c.site),
		Aliases: means})
	switch {
	case errors.Is(err, moderation.ErrNotFound):
		err = h.learn(ctx, c, names, choice, by)
	case errors.Is(err, moderation.ErrWithdrawn): // there is nothing left to decide
		err = nil
	case err == nil:
		err = h.linkID(ctx, c, names, means, outcome.Decision.Comment)
		if !outcome.Repeated {
			h.countReport(ctx, c, choice, outcome.Decision.Before == moderation.Approved)
		}
	}
	if errors.Is(err, moderation.ErrInvalid) {
		return invalid(w, err.Error())
	}
	if err != nil {
		return err
	}
	return say(w, thanks)
}

// linkID gives the comment that a report means the client's id, if that tells one.
func (h *Akismet) linkID(ctx context.Context, c akismetCall, names akismetNames, means []string, id moderation.CommentID) error {
	if names.id == "" {
		return nil
	}
	platformID, err := h.named(ctx, c, means...)
	if err != nil {
		return err
	}
	return h.Names.Link(ctx, c.site, id, names.ids(platformID), moderation.ReplyTo{})
}

// echoes says whether the blog may report what it was told: WordPress' plugin does,
// unless it was told by itself.
func echoes(site moderation.Site) bool {
	return site.Callback != "" && !isWordPressListener(site.Callback)
}

// learn keeps a comment that was never checked here, with what was decided of it.
func (h *Akismet) learn(ctx context.Context, c akismetCall, names akismetNames, choice moderation.Choice, by moderation.Actor) error {
	a, guid := c.arrival(), newGUID()
	if a.Comment.Body == "" {
		return nil
	}
	a.Comment.PlatformID, a.Aliases = guid, names.all(guid, guid)
	if _, err := h.Archive.Import(ctx, c.site, []moderation.Past{{Arrival: a, Choice: choice, By: by, At: h.Now()}}); err != nil {
		return err
	}
	h.countReport(ctx, c, choice, c.field("comment_check_response") != "true")
	return nil
}

// reporter is who decided, as far as the client says.
func (c akismetCall) reporter() moderation.Actor {
	return moderation.Actor{ID: "site:" + c.site.Name, Name: c.field("reporter")}
}

// countReport counts a report that contradicts the answer: shown is whether the
// comment was not called spam.
func (h *Akismet) countReport(ctx context.Context, c akismetCall, choice moderation.Choice, shown bool) {
	switch {
	case choice == moderation.ChooseSpam && shown:
		h.count(ctx, c, moderation.Usage{MissedSpam: 1})
	case choice == moderation.ChooseApprove && !shown:
		h.count(ctx, c, moderation.Usage{FalsePositives: 1})
	}
}

// count adds to the figures. A comment is not held up where that fails.
func (h *Akismet) count(ctx context.Context, c akismetCall, u moderation.Usage) {
	u.Day, u.Client = h.Now().UTC().Format(time.DateOnly), c.client()
	if err := h.Counter.CountUsage(ctx, c.site.ID, u); err != nil {
		h.Log.Error("count usage", "site", c.site.Name, "err", err)
	}
}

// client is the host of the blog that asks.
func (c akismetCall) client() string {
	blog := strings.ToLower(strings.TrimSpace(c.field("blog")))
	if u, err := url.Parse(blog); err == nil && u.Host != "" {
		blog = u.Host
	}
	return blog[:min(len(blog), 255)]
}

// keyForm tells by which of the site's keys the client knows itself.
func (c akismetCall) keyForm() string {
	if c.key == c.site.ShortAkismetKey() {
		return byShortKey
	}
	return byLongKey
}

// allowedCallback returns the address at which a client wants to hear of
// decisions if it stands on the very server to which the site's own callback
// goes, and else nothing: everybody with the key could name one.
func allowedCallback(site moderation.Site, address string) string {
	asked, err := url.Parse(address)
	if err != nil || CheckCallback(address) != nil {
		return ""
	}
	allowed, err := url.Parse(site.Callback)
	if err != nil || site.Callback == "" || origin(asked) != origin(allowed) {
		return ""
	}
	asked.Fragment = ""
	return asked.String()
}

// origin is where an address leads, without what is asked there.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
