-- What is left of the text of a lesson that was purged: the features that it was
-- learned by, as the classifier writes them. See moderation.Lesson.
CREATE TABLE lesson_features (
  number   INTEGER PRIMARY KEY REFERENCES lessons(number),
  features BLOB    NOT NULL
) STRICT;

-- How often a site's lessons were changed otherwise than by a further one, as when
-- an author is erased: whoever has learned them begins anew.
ALTER TABLE sites ADD COLUMN lessons_epoch INTEGER NOT NULL DEFAULT 0;

-- What a site's lessons of an epoch make, up to the last one that is in it, so that
-- a start reads only what came after. See moderation.Snapshot.
CREATE TABLE snapshots (
  site_id     INTEGER PRIMARY KEY REFERENCES sites(id),
  epoch       INTEGER NOT NULL,
  base        TEXT    NOT NULL, -- the model that it stands upon
  last_lesson INTEGER NOT NULL,
  content     BLOB    NOT NULL,
  made_at     INTEGER NOT NULL
) STRICT;

-- When a revision's text was purged.
ALTER TABLE revisions ADD COLUMN purged_at INTEGER;

-- Receipts: that somebody was erased, when, by whom and how much, and nothing of
-- whom.
CREATE TABLE erasures (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id  INTEGER REFERENCES sites(id), -- NULL: all of them
  actor    TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  removed  TEXT    NOT NULL -- JSON: rows of each kind
) STRICT;
