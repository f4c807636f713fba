-- Cards may stand in a topic of a forum group.
ALTER TABLE cards ADD COLUMN topic INTEGER NOT NULL DEFAULT 0;

-- A case that somebody opened to look at a comment that nobody was asked about.
ALTER TABLE cases ADD COLUMN looked INTEGER NOT NULL DEFAULT 0;

CREATE INDEX cases_waiting ON cases(id) WHERE state = 'open';

-- Where the cards of a site go: see moderation.ParseDestination; '': where all go.
ALTER TABLE sites ADD COLUMN destination TEXT NOT NULL DEFAULT '';

-- '': not said; see moderation.Roster.
ALTER TABLE moderators ADD COLUMN role TEXT NOT NULL DEFAULT '' CHECK (role IN ('', 'observer', 'moderator', 'senior'));

-- A moderator without a row sees all sites.
CREATE TABLE moderator_sites (
  moderator_id INTEGER NOT NULL REFERENCES moderators(id) ON DELETE CASCADE,
  site_id      INTEGER NOT NULL REFERENCES sites(id),
  PRIMARY KEY (moderator_id, site_id)
) STRICT, WITHOUT ROWID;

-- Cases that a chat does not want to see for a while.
CREATE TABLE skips (
  case_id INTEGER NOT NULL REFERENCES cases(id),
  chat    INTEGER NOT NULL,
  topic   INTEGER NOT NULL,
  until   INTEGER NOT NULL,
  PRIMARY KEY (case_id, chat, topic)
) STRICT, WITHOUT ROWID;

-- What is remembered of a chat in which cards stand: see moderation.ChatState.
CREATE TABLE chats (
  chat  INTEGER NOT NULL,
  topic INTEGER NOT NULL,
  state TEXT    NOT NULL, -- JSON
  PRIMARY KEY (chat, topic)
) STRICT, WITHOUT ROWID;

-- What moderators wrote about a comment, for one another.
CREATE TABLE notes (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  text       TEXT    NOT NULL,
  order_key  TEXT    UNIQUE,
  at         INTEGER NOT NULL
) STRICT;

CREATE INDEX notes_comment ON notes(comment_id);
