package moderation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
	"unicode/utf8"
)

// maxIDLength bounds the ids that platforms give, in bytes.
const maxIDLength = 512

// Service takes comments from their arrival to their decision.
type Service struct {
	Ledger   Ledger
	Records  Records
	Blogs    BlogRecords
	Archive  Archive
	History  History
	Personas Personas
	Marks    Marks
	Traces   Traces
	Dial     Dial
	Raids    Raids
	Crowds   Crowds // nil: no post turns strict by itself
	Scribe   Scribe
	Checkers []Checker
	Policy   Policy
	// Turnstile keeps one site from taking up everything; nil: no limit.
	Turnstile *Turnstile
	// Patience is how long one check may take; 0 means five seconds.
	Patience time.Duration
	Bell     *Bell // rung after every change that leaves something to do
	Metrics  Metrics
	Now      Clock
	Log      *slog.Logger
}

// Submit judges a comment and keeps it. When it returns without an error, the
// comment and its verdict are on disk. What brings nothing new gets its earlier
// answer. Errors: ErrInvalid, ErrReused, ErrNotFound where the site has been
// removed meanwhile, ErrTooMany and ErrNotReady where too
// much comes at once, or whatever kept the comment from being stored.
func (s *Service) Submit(ctx context.Context, a Arrival) (Receipt, error) {
	began := time.Now()
	r, err := s.submit(ctx, a)
	if err != nil {
		s.Metrics.unanswered(a.Site.Name, err)
		return Receipt{}, err
	}
	took := time.Since(began)
	s.Metrics.judged(a.Site.Name, r, took)
	s.logVerdict(a.Site, r, took)
	return r, nil
}

// submit is Submit, uncounted.
func (s *Service) submit(ctx context.Context, a Arrival) (Receipt, error) {
	if err := validate(a); err != nil {
		return Receipt{}, err
	}
	began := time.Now()
	leave, err := s.Turnstile.Enter(ctx, a.Site.ID)
	if err != nil {
		return Receipt{}, err
	}
	defer leave()
	s.Metrics.step(StepDoor, began)
	began = time.Now()
	r, seen, err := s.Ledger.Seen(ctx, a)
	s.Metrics.step(StepLookup, began)
	switch {
	case err != nil:
		return Receipt{}, fmt.Errorf("look up comment: %w", err)
	case seen:
		return r, s.link(ctx, a, r.Comment)
	}
	verdict, err := s.Assess(ctx, a)
	if err != nil {
		return Receipt{}, err
	}
	began = time.Now()
	r, err = s.Ledger.Admit(ctx, Admission{Arrival: a, Verdict: verdict, At: s.Now()})
	s.Metrics.step(StepStore, began)
	if err != nil {
		return Receipt{}, fmt.Errorf("store comment: %w", err)
	}
	if !r.Duplicate {
		s.watchCrowd(ctx, a, r.Verdict)
	}
	if r.Verdict.Action != Approve || r.Revision > 1 { // what is published at once leaves nothing to do
		s.Bell.Ring()
	}
	return r, nil
}

// link keeps the names under which a known comment came again.
func (s *Service) link(ctx context.Context, a Arrival, id CommentID) error {
	if len(a.Aliases) == 0 && a.ReplyTo == (ReplyTo{}) {
		return nil
	}
	if err := s.Blogs.Link(ctx, a.Site, id, a.Aliases, a.ReplyTo); err != nil {
		return fmt.Errorf("link comment: %w", err)
	}
	return nil
}

// Assess judges an arrival and keeps nothing.
func (s *Service) Assess(ctx context.Context, a Arrival) (Verdict, error) {
	began := time.Now()
	past, err := s.History.Background(ctx, a)
	s.Metrics.step(StepBackground, began)
	if err != nil {
		return Verdict{}, fmt.Errorf("look up author and parent: %w", err)
	}
	return s.judge(ctx, past.Submission(a, s.Now())), nil
}

// Withdraw takes a comment back: its case closes, and the blog shows it no more.
func (s *Service) Withdraw(ctx context.Context, w Withdrawal) (Receipt, error) {
	w.At = s.Now()
	r, err := s.Ledger.Withdraw(ctx, w)
	if err != nil {
		return Receipt{}, fmt.Errorf("withdraw comment: %w", err)
	}
	s.Bell.Ring()
	return r, nil
}

// Decide carries out a person's decision; see [Records] for its errors.
func (s *Service) Decide(ctx context.Context, o Order) (Outcome, error) {
	if _, err := ParseChoice(string(o.Choice)); err != nil {
		return Outcome{}, err
	}
	out, err := s.Records.Decide(ctx, o, s.Now())
	if err != nil {
		return Outcome{}, fmt.Errorf("decide comment %s: %w", o.Comment, err)
	}
	s.Bell.Ring()
	s.Metrics.decided(out)
	s.logDecision(out)
	return out, nil
}

// Undo takes a decision back; see [Records] for its errors.
func (s *Service) Undo(ctx context.Context, o UndoOrder) (Outcome, error) {
	out, err := s.Records.Undo(ctx, o, s.Now())
	if err != nil {
		return Outcome{}, fmt.Errorf("undo decision: %w", err)
	}
	s.Bell.Ring()
	s.Metrics.decided(out)
	s.logDecision(out)
	return out, nil
}

// judge runs every check on sub and asks the policy.
func (s *Service) judge(ctx context.Context, sub Submission) Verdict {
	var signals []Signal
	versions := make(map[string]string, len(s.Checkers))
	for _, c := range s.Checkers {
		began := time.Now()
		report, err := s.check(ctx, c, sub)
		s.Metrics.step(c.Name(), began)
		if err != nil {
			s.Log.Error("check failed", "check", c.Name(), "site", sub.Site.Name, "err", err)
			report.Signals = append(report.Signals, Signal{Check: c.Name(), Rule: CheckFailed, Err: err})
		}
		versions[c.Name()] = report.Version
		signals = append(signals, report.Signals...)
	}
	v := s.Policy.Judge(sub, signals)
	v.Model, v.Rules = versions["classifier"], versions["rules"]
	return v
}

// check runs one check and turns a panic or the end of its time into an error.
func (s *Service) check(ctx context.Context, c Checker, sub Submission) (Report, error) {
	patience := s.Patience
	if patience == 0 {
		patience = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	type result struct {
		report Report
		err    error
	}
	done := make(chan result, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- result{err: fmt.Errorf("panic: %v", p)}
			}
		}()
		report, err := c.Check(ctx, sub)
		done <- result{report, err}
	}()
	select {
	case r := <-done:
		return r.report, r.err
	case <-ctx.Done():
		return Report{}, fmt.Errorf("no answer in %s: %w", patience, ctx.Err())
	}
}

// validate refuses arrivals that can't be kept.
func validate(a Arrival) error {
	c := a.Comment
	switch {
	case c.PlatformID == "":
		return fmt.Errorf("%w: field id: missing", ErrInvalid)
	case len(c.PlatformID) > maxIDLength:
		return fmt.Errorf("%w: field id: longer than %d bytes", ErrInvalid, maxIDLength)
	case c.Body == "":
		return fmt.Errorf("%w: field body: missing or empty", ErrInvalid)
	case !utf8.ValidString(c.Body):
		return fmt.Errorf("%w: field body: not valid UTF-8", ErrInvalid)
	case c.Format != FormatText && c.Format != FormatHTML:
		return fmt.Errorf("%w: field format: %q is neither text nor html", ErrInvalid, c.Format)
	}
	return nil
}

// IsRefusal says whether err is the fault of whoever asked, and would come
// again however often the same is asked.
func IsRefusal(err error) bool {
	for _, refusal := range []error{ErrInvalid, ErrUnsigned, ErrForbidden, ErrNotFound, ErrExists,
		ErrReused, ErrAlreadyDecided, ErrStale, ErrWithdrawn, ErrTooLarge, ErrUnsupported} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}
