-- One writer under changing names, as moderators say: see moderation.Persona.
CREATE TABLE personas (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  name       TEXT    NOT NULL,
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  keep_ms    INTEGER NOT NULL,
  dropped_at INTEGER
) STRICT;

CREATE UNIQUE INDEX personas_name ON personas(site_id, name) WHERE dropped_at IS NULL;

-- What is in them. It counts while the comment is rejected, and goes with it.
CREATE TABLE persona_comments (
  persona_id INTEGER NOT NULL REFERENCES personas(id),
  comment_id INTEGER NOT NULL REFERENCES comments(id) ON DELETE CASCADE,
  actor_id   TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (persona_id, comment_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX persona_comments_comment ON persona_comments(comment_id);
