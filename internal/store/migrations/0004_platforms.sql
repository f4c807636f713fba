-- What a platform's own API asks for, as sealed JSON: users, passwords, tokens.
ALTER TABLE sites ADD COLUMN account BLOB;

-- Where, and under which id, a client wants to hear late of one comment.
ALTER TABLE comments ADD COLUMN reply_url TEXT NOT NULL DEFAULT '';
ALTER TABLE comments ADD COLUMN reply_id  TEXT NOT NULL DEFAULT '';

-- By what else a platform may speak of a comment, as keyed hashes: the ids of
-- single checks, what is written in it. The newest comment wins.
CREATE TABLE aliases (
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  alias      BLOB    NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  PRIMARY KEY (site_id, alias)
) STRICT, WITHOUT ROWID;

CREATE INDEX aliases_comment ON aliases(comment_id);

-- What opens the API for programs: only a hash of it is kept.
CREATE TABLE tokens (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  name       TEXT    NOT NULL,
  hash       BLOB    NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  used_at    INTEGER,
  revoked_at INTEGER
) STRICT;

CREATE UNIQUE INDEX tokens_name ON tokens(site_id, name) WHERE revoked_at IS NULL;
