package main

import (
	"testing"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform/bloggertest"
)

func TestAPersonDecidesInBlogger(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		set    string
		status moderation.Status
		choice moderation.Choice
	}{
		"published": {bloggertest.Live, moderation.Approved, moderation.ChooseApprove},
		"spam":      {bloggertest.Spam, moderation.Rejected, moderation.ChooseSpam},
		"emptied":   {bloggertest.Emptied, moderation.Rejected, moderation.ChooseReject},
		"deleted":   {"", moderation.Withdrawn, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newBloggerWorld(t)
			id := w.write(abuseWords)
			w.mustPoll()
			w.google.Set(id, tt.set)
			w.forgetful()
			w.mustPoll()
			w.wantStatus(id, tt.status, tt.set)
			v := w.view(id)
			if tt.choice != "" && (v.Decision == nil || v.Decision.Choice != tt.choice || v.Decision.By.String() != "Blogger" || v.Decision.Via != "site") {
				t.Errorf("the decision that stands is %+v", v.Decision)
			}
			if v.Case.State == moderation.CaseOpen {
				t.Error("its case waits still")
			}
			acts := w.google.Count("approve", "") + w.google.Count("spam", "") + w.google.Count("removecontent", "")
			if errs := w.deliver(); errs != nil || acts != 0 {
				t.Errorf("%d calls, %v: the blog was told its own decision", acts, errs)
			}
		})
	}
}

// TestTheOwnerWasFaster: what somebody did in Blogger since the last poll stands,
// whatever a moderator decides meanwhile.
func TestTheOwnerWasFaster(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		owner  string
		choice moderation.Choice
		status moderation.Status
		stands moderation.Choice
		by     string
	}{
		"spam, then approved":      {bloggertest.Spam, moderation.ChooseApprove, moderation.Rejected, moderation.ChooseSpam, "Blogger"},
		"emptied, then approved":   {bloggertest.Emptied, moderation.ChooseApprove, moderation.Rejected, moderation.ChooseReject, "Blogger"},
		"published, then rejected": {bloggertest.Live, moderation.ChooseReject, moderation.Approved, moderation.ChooseApprove, "Blogger"},
		"published, then spam":     {bloggertest.Live, moderation.ChooseSpam, moderation.Approved, moderation.ChooseApprove, "Blogger"},
		"published, then approved": {bloggertest.Live, moderation.ChooseApprove, moderation.Approved, moderation.ChooseApprove, "Mo"},
		"spam, then abuse":         {bloggertest.Spam, moderation.ChooseAbuse, moderation.Rejected, moderation.ChooseAbuse, "Mo"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newBloggerWorld(t)
			id := w.write(abuseWords)
			w.mustPoll()
			w.google.Set(id, tt.owner)
			w.decide(id, tt.choice)
			if errs := w.deliver(); errs != nil {
				t.Fatal(errs)
			}
			w.mustPoll()
			w.wantStatus(id, tt.status, tt.owner)
			if d := w.view(id).Decision; d == nil || d.Choice != tt.stands || d.By.String() != tt.by {
				t.Errorf("the decision that stands is %+v", d)
			}
			if errs := w.deliver(); errs != nil || w.google.Status(id) != tt.owner {
				t.Errorf("then it is %s in Blogger, %v", w.google.Status(id), errs)
			}
		})
	}
}

// TestModeratorsChangeTheirMinds: what Blogger was told from here, or decided
// itself with everybody's knowledge, is no news of the blog's.
func TestModeratorsChangeTheirMinds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		words   string
		choices []moderation.Choice // told one by one
		there   string
	}{
		"approved, then abuse":         {abuseWords, []moderation.Choice{moderation.ChooseApprove, moderation.ChooseAbuse}, bloggertest.Emptied},
		"spam, approved, spam, reject": {abuseWords, []moderation.Choice{moderation.ChooseSpam, moderation.ChooseApprove, moderation.ChooseSpam, moderation.ChooseReject}, bloggertest.Emptied},
		"by the machine, then spam":    {plainWords, []moderation.Choice{moderation.ChooseSpam}, bloggertest.Spam},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newBloggerWorld(t)
			id := w.write(tt.words)
			w.mustPoll()
			for _, choice := range tt.choices {
				w.redecide(id, choice)
				if errs := w.deliver(); errs != nil {
					t.Fatal(errs)
				}
			}
			w.wantStatus(id, moderation.Rejected, tt.there)
			w.mustPoll()
			if d := w.view(id).Decision; d == nil || d.By.ID != "cli:mo" {
				t.Errorf("the decision that stands is %+v", d)
			}
		})
	}
	t.Run("spam in Blogger, then approved", func(t *testing.T) {
		w := newBloggerWorld(t)
		id := w.write(abuseWords)
		w.mustPoll()
		w.google.Set(id, bloggertest.Spam)
		w.mustPoll()
		w.redecide(id, moderation.ChooseApprove)
		if errs := w.deliver(); errs != nil {
			t.Fatal(errs)
		}
		w.wantStatus(id, moderation.Approved, bloggertest.Live)
	})
}
