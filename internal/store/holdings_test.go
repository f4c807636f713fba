package store_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// holdings says of every column that can hold a text or bytes what becomes of it: the
// part with which it is purged; "erased" is kept until its person is erased; "kept" tells
// of no writer.
func holdings() map[string]string {
	all := map[string]string{}
	for how, columns := range map[string]string{
		string(moderation.PartText): `revisions: body text parent_author parent_text author_id author_name author_url author_role honeypot
			link_hosts: host
			words: text author site
			words_data: block
			words_docsize: sz
			words_idx: segid term pgno
			vocabulary: term doc col offset`, // it shows what words_idx and words_data have
		string(moderation.PartAgent):      `revisions: user_agent`,
		string(moderation.PartHashes):     `revisions: email_hash ip_hash range_hash cookie_hash agent_hash`,
		string(moderation.PartIdentity):   `revisions: identity`,
		string(moderation.PartEvidence):   `verdicts: reasons weights`,
		string(moderation.PartNotes):      `notes: text actor_id actor_name order_key; decisions: note`,
		string(moderation.PartDeliveries): `deliveries: kind lane key message_id payload last_error state`,
		string(moderation.PartMarks): `marks: kind subject value shown reason actor_id actor_name order_key lifter_id lifter_name
			modes: reason actor_name ender_name
			personas: name actor_id actor_name
			persona_comments: actor_id`,
		string(moderation.PartUsage): `usage: day client`,
		"after days":                 `messages: key; aliases: alias; updates: queue`, // see DB.Prune
		"erased": `revisions: body_hash parent_id
			comments: platform_id reply_url reply_id
			lesson_features: features
			snapshots: base content
			models: base data_sha256 figures content reason
			decisions: actor_id actor_name via order_key choice before after
			cases: tag state
			verdicts: action model rules
			lessons: label`,
		"kept": `comments: status status_before first_action
			revisions: format post_id post_url post_title
			clusters: kind
			cluster_orders: choice actor_id actor_name via order_key
			modes: post_id mode title former actor_id ender_id order_key
			chats: state
			erasures: actor removed refit
			moderators: name role
			purges: part status
			purge_waits: part
			settings: key value
			site_secrets: secret
			sites: name platform callback mode akismet_key akismet_key_hash account auto_strict destination
			tokens: name hash
			words_config: k v`,
	} {
		for group := range strings.FieldsFuncSeq(columns, func(r rune) bool { return r == ';' || r == '\n' }) {
			table, names, _ := strings.Cut(strings.TrimSpace(group), ":")
			for _, name := range strings.Fields(names) {
				all[table+"."+name] = how
			}
		}
	}
	return all
}

// TestEveryColumnIsAccountedFor reads the schema. A column that it does not know is to
// be put into the list of holdings, and into what forgets such things: purge_part.go,
// erase.go and docs/privacy.md.
func TestEveryColumnIsAccountedFor(t *testing.T) {
	w := newWorld(t)
	rows, err := w.raw().QueryContext(t.Context(), `
		SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND c.type NOT IN ('INTEGER', 'REAL')`)
	w.must(err)
	defer rows.Close()
	known := holdings()
	for rows.Next() {
		var column string
		w.must(rows.Scan(&column))
		if known[column] == "" {
			t.Errorf("column %s is in no list: is it purged, erased, or kept?", column)
		}
		delete(known, column)
	}
	w.must(rows.Err())
	if len(known) > 0 {
		t.Errorf("there are no such columns: %v", slices.Sorted(maps.Keys(known)))
	}
}
