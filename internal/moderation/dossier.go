package moderation

import "time"

// Dossier is all that is held on somebody, for them to read: as JSON, in words of daily
// life. It has nothing of others: no words of those whom they answered, no names of
// moderators.
type Dossier struct {
	Held     Holdings          `json:"summary"`
	Comments []DossierComment  `json:"comments"`
	Said     []DossierMark     `json:"bans_and_trusts"`
	Personas []DossierPersona  `json:"personas"` // see Persona
	Copies   []DossierCopy     `json:"copies_in_answers_of_others"`
	Explain  map[string]string `json:"explanations"`
}

// DossierComment is a comment of theirs with all that is held on it.
type DossierComment struct {
	Comment    CommentID         `json:"comment_id"`
	Site       string            `json:"blog"`
	PlatformID string            `json:"id_on_the_blog"`
	Status     Status            `json:"status"`
	ReceivedAt time.Time         `json:"received_at"`
	Revisions  []DossierRevision `json:"revisions"`
	Decisions  []DossierDecision `json:"decisions_of_moderators"`
	Notes      []DossierNote     `json:"notes_of_moderators"`
	Lessons    []DossierLesson   `json:"taught_the_classifier"`
	Links      []string          `json:"links_to"`
	Cards      int               `json:"cards_in_telegram"`
}

// DossierRevision is what they wrote, and what was made of it.
type DossierRevision struct {
	Revision   int               `json:"revision"`
	ReceivedAt time.Time         `json:"received_at"`
	PurgedAt   time.Time         `json:"text_purged_at,omitzero"`
	Text       string            `json:"text"`
	Body       string            `json:"as_sent"`
	PostURL    string            `json:"post_address"`
	PostTitle  string            `json:"post_title"`
	Answers    string            `json:"answers_the_comment,omitempty"` // the platform's id
	Name       string            `json:"name"`
	Account    string            `json:"account"`
	Page       string            `json:"page"`
	Role       string            `json:"role"`
	UserAgent  string            `json:"browser"`
	Honeypot   string            `json:"written_into_a_hidden_field,omitempty"`
	Hashes     map[string]string `json:"keyed_hashes"` // by what was hashed, in hexadecimal
	Verdict    DossierVerdict    `json:"judged"`
}

// DossierVerdict is what the machine said.
type DossierVerdict struct {
	Action  Action   `json:"action"`
	OK      float64  `json:"probability_ok"`
	Spam    float64  `json:"probability_spam"`
	Abuse   float64  `json:"probability_abuse"`
	Reasons []string `json:"reasons"`
	Words   []string `json:"words_that_weighed"`
}

// DossierDecision is what a moderator decided.
type DossierDecision struct {
	Choice Choice    `json:"decision"`
	At     time.Time `json:"at"`
	Note   string    `json:"note,omitempty"`
}

// DossierNote is what a moderator noted.
type DossierNote struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// DossierLesson is that a comment taught the classifier something.
type DossierLesson struct {
	Label     Label     `json:"as"`
	At        time.Time `json:"at"`
	TakenBack bool      `json:"taken_back"`
}

// DossierMark is that somebody was banned or trusted.
type DossierMark struct {
	Kind   MarkKind  `json:"what"`
	By     Subject   `json:"known_by"`
	Shown  string    `json:"whom"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until,omitzero"`
}

// DossierPersona is that a moderator took comments for those of one writer.
type DossierPersona struct {
	Name    string    `json:"name"`
	Comment CommentID `json:"comment_id"`
	At      time.Time `json:"at"`
}

// DossierCopy is what an answer has of the comment that it answers.
type DossierCopy struct {
	Of     string `json:"of_the_comment"` // the platform's id
	Author string `json:"name"`
	Text   string `json:"text"`
}

// DossierWords explains what a Dossier has, to somebody who has never heard of it.
func DossierWords() map[string]string {
	return map[string]string{
		"summary":                     "How much there is of each kind, and the names under which it was written.",
		"keyed_hashes":                "Your e-mail address, network address, cookie and browser were not kept, only numbers computed from them with a secret key. They let the software see that two comments come from the same one, and can't be turned back. identity is computed from your account, or from e-mail and network address together.",
		"judged":                      "What the machine made of the comment: approve, hold (ask a person) or reject, how likely it took it for ok, spam or abuse, and why.",
		"taught_the_classifier":       "Somebody decided the comment, and the filter counted its words for the next ones, as numbers without the words.",
		"copies_in_answers_of_others": "What stands with other people's answers of your name and words.",
		"cards_in_telegram":           "How many messages in the moderators' chat on Telegram show the comment.",
		"personas":                    "A moderator took these comments for those of one writer under several names.",
	}
}
