-- What moderators look up is found in indexes.

-- The blog of a case, and whether it may wake someone: see moderation.Verdict.Urgent.
ALTER TABLE cases ADD COLUMN site_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
UPDATE cases SET
  site_id = (SELECT site_id FROM comments c WHERE c.id = cases.comment_id),
  urgent = EXISTS (
    SELECT 1 FROM verdicts v, json_each(v.reasons) r
    WHERE v.comment_id = cases.comment_id AND v.revision = cases.revision AND v.action <> 'approve'
      AND r.value ->> 'u' AND NOT coalesce(r.value ->> 'sh', 0));

DROP INDEX cases_waiting;
CREATE INDEX cases_waiting ON cases(urgent DESC, opened_at, id) WHERE state = 'open';
CREATE INDEX cases_waiting_of ON cases(site_id, urgent DESC, opened_at, id) WHERE state = 'open';
CREATE INDEX cases_asked ON cases(site_id, opened_at, state, closed_at) WHERE looked = 0;

-- What the machine said of the first revision; '': it was not asked, as for a
-- blog's history.
ALTER TABLE comments ADD COLUMN first_action TEXT NOT NULL DEFAULT '';
-- Whether the newest revision was published by the machine alone and stands so.
ALTER TABLE comments ADD COLUMN unasked INTEGER NOT NULL DEFAULT 0;
UPDATE comments SET
  first_action = (SELECT action FROM verdicts WHERE comment_id = comments.id AND revision = 1),
  unasked = status = 'approved'
    AND (SELECT action FROM verdicts v WHERE v.comment_id = comments.id AND v.revision = comments.revision) = 'approve'
    AND NOT EXISTS (SELECT 1 FROM cases k WHERE k.comment_id = comments.id AND k.revision = comments.revision AND NOT k.looked)
    AND NOT EXISTS (
      SELECT 1 FROM decisions d
      WHERE d.comment_id = comments.id AND d.revision = comments.revision AND d.choice <> 'undo'
        AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.supersedes = d.id AND u.choice = 'undo'))
WHERE NOT EXISTS (SELECT 1 FROM decisions d WHERE d.comment_id = comments.id AND d.via = 'import');

CREATE INDEX comments_unasked ON comments(site_id, received_at) WHERE unasked;
CREATE INDEX comments_first ON comments(site_id, first_action, received_at, status);
CREATE INDEX comments_taken ON comments(site_id, received_at) WHERE first_action = 'approve' AND status = 'rejected';

ALTER TABLE decisions ADD COLUMN site_id INTEGER NOT NULL DEFAULT 0;
UPDATE decisions SET site_id = (SELECT site_id FROM comments c WHERE c.id = decisions.comment_id);
CREATE INDEX decisions_at ON decisions(site_id, at);

-- The words of each comment's newest revision and of its author's name, and its
-- site, by the comment's number; the texts themselves are not in it.
CREATE VIRTUAL TABLE words USING fts5(
  text, author, site, content = '', contentless_delete = 1, detail = column,
  tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'");

-- Comments up to this number may have no words yet.
INSERT INTO settings (key, value) SELECT 'words.missing', max(id) FROM comments WHERE true HAVING max(id) > 0;
