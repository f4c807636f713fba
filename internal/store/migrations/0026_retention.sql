-- What is left of a purged text: by which a comment that comes again is known, and
-- whether it was long enough to earn trust.
ALTER TABLE revisions ADD COLUMN body_hash BLOB;
ALTER TABLE revisions ADD COLUMN purged_length INTEGER NOT NULL DEFAULT 0;

-- The answers to a comment, which have a copy of it.
CREATE INDEX revisions_parent ON revisions(site_id, parent_id) WHERE parent_id <> '';

-- Up to which of a site's changes (see comments.changed) a part of its comments of a
-- status was purged, and which comments before that had to wait.
CREATE TABLE purges (
  site_id INTEGER NOT NULL REFERENCES sites(id),
  part    TEXT    NOT NULL, -- see moderation.Part
  status  TEXT    NOT NULL,
  through INTEGER NOT NULL,
  PRIMARY KEY (site_id, part, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE purge_waits (
  part       TEXT    NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id) ON DELETE CASCADE,
  PRIMARY KEY (part, comment_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX purge_waits_comment ON purge_waits(comment_id);
