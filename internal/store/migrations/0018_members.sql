-- When a comment left a persona, for who looks at the past: it may have been added
-- again since.
ALTER TABLE persona_comments RENAME TO members;
CREATE TABLE persona_comments (
  persona_id INTEGER NOT NULL REFERENCES personas(id),
  comment_id INTEGER NOT NULL REFERENCES comments(id) ON DELETE CASCADE,
  actor_id   TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  left_at    INTEGER, -- NULL: it is in it
  PRIMARY KEY (persona_id, comment_id, at)
) STRICT, WITHOUT ROWID;
INSERT INTO persona_comments (persona_id, comment_id, actor_id, at)
SELECT persona_id, comment_id, actor_id, at FROM members;
DROP TABLE members;

CREATE INDEX persona_comments_comment ON persona_comments(comment_id);
CREATE UNIQUE INDEX persona_comments_in ON persona_comments(persona_id, comment_id) WHERE left_at IS NULL;
