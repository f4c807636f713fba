-- Times are Unix milliseconds. E-mails and addresses are kept as keyed hashes
-- (the key is a file beside the database), secrets sealed with the same key.

CREATE TABLE sites (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  name             TEXT    NOT NULL,
  platform         TEXT    NOT NULL,
  callback         TEXT    NOT NULL DEFAULT '',
  mode             TEXT    NOT NULL DEFAULT 'normal' CHECK (mode IN ('open', 'normal', 'strict')),
  hold_spam        REAL    NOT NULL DEFAULT 0,
  hold_abuse       REAL    NOT NULL DEFAULT 0,
  akismet_key      BLOB    NOT NULL,
  akismet_key_hash BLOB    NOT NULL UNIQUE,
  created_at       INTEGER NOT NULL,
  removed_at       INTEGER
) STRICT;

CREATE UNIQUE INDEX sites_name ON sites(name) WHERE removed_at IS NULL;

CREATE TABLE site_secrets (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  secret     BLOB    NOT NULL,
  created_at INTEGER NOT NULL,
  retires_at INTEGER
) STRICT;

CREATE INDEX site_secrets_site ON site_secrets(site_id);

CREATE TABLE comments (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id       INTEGER NOT NULL REFERENCES sites(id),
  platform_id   TEXT    NOT NULL,
  revision      INTEGER NOT NULL, -- the newest
  status        TEXT    NOT NULL CHECK (status IN ('approved', 'held', 'rejected', 'withdrawn')),
  status_before TEXT    NOT NULL DEFAULT '', -- of a withdrawn comment
  seq           INTEGER NOT NULL DEFAULT 0,
  received_at   INTEGER NOT NULL,
  UNIQUE (site_id, platform_id)
) STRICT;

CREATE INDEX comments_received ON comments(site_id, received_at);

CREATE TABLE revisions (
  comment_id    INTEGER NOT NULL REFERENCES comments(id),
  revision      INTEGER NOT NULL,
  body          TEXT    NOT NULL,
  format        TEXT    NOT NULL,
  text          TEXT    NOT NULL,
  post_id       TEXT    NOT NULL,
  post_url      TEXT    NOT NULL,
  post_title    TEXT    NOT NULL,
  parent_id     TEXT    NOT NULL,
  parent_author TEXT    NOT NULL,
  parent_text   TEXT    NOT NULL,
  author_id     TEXT    NOT NULL,
  author_name   TEXT    NOT NULL,
  author_url    TEXT    NOT NULL,
  author_role   TEXT    NOT NULL,
  user_agent    TEXT    NOT NULL,
  identity      BLOB, -- keyed hash of what the platform vouches for, or of e-mail and address together
  email_hash    BLOB,
  ip_hash       BLOB,
  range_hash    BLOB, -- of the address's /24 or /64
  honeypot      TEXT    NOT NULL,
  elapsed_ms    INTEGER NOT NULL,
  created_at    INTEGER,
  updated_at    INTEGER,
  received_at   INTEGER NOT NULL,
  PRIMARY KEY (comment_id, revision)
) STRICT;

CREATE INDEX revisions_identity ON revisions(identity) WHERE identity IS NOT NULL;

CREATE TABLE verdicts (
  comment_id INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  action     TEXT    NOT NULL CHECK (action IN ('approve', 'hold', 'reject')),
  ok         REAL    NOT NULL,
  spam       REAL    NOT NULL,
  abuse      REAL    NOT NULL,
  reasons    TEXT    NOT NULL,
  weights    TEXT    NOT NULL,
  model      TEXT    NOT NULL,
  rules      TEXT    NOT NULL,
  judged_at  INTEGER NOT NULL,
  PRIMARY KEY (comment_id, revision),
  FOREIGN KEY (comment_id, revision) REFERENCES revisions(comment_id, revision)
) STRICT;

-- The messages that brought arrivals: one that comes again changes nothing.
CREATE TABLE messages (
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  key        TEXT    NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  revision   INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (site_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_at ON messages(at);

CREATE TABLE cases (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  tag        TEXT    NOT NULL DEFAULT (lower(hex(randomblob(4)))),
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  revision   INTEGER NOT NULL,
  state      TEXT    NOT NULL CHECK (state IN ('open', 'decided', 'withdrawn')),
  version    INTEGER NOT NULL,
  opened_at  INTEGER NOT NULL,
  closed_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX cases_open ON cases(comment_id) WHERE state = 'open';
CREATE INDEX cases_comment ON cases(comment_id);

-- Only ever added to. An undo is a decision that supersedes another. On a
-- revision stands the newest decision that is no undo and was not undone.
CREATE TABLE decisions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  comment_id INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  choice     TEXT    NOT NULL CHECK (choice IN ('approve', 'spam', 'abuse', 'reject', 'undo')),
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  via        TEXT    NOT NULL,
  note       TEXT    NOT NULL,
  order_key  TEXT    UNIQUE,
  before     TEXT    NOT NULL,
  after      TEXT    NOT NULL,
  supersedes INTEGER REFERENCES decisions(id),
  at         INTEGER NOT NULL,
  FOREIGN KEY (comment_id, revision) REFERENCES revisions(comment_id, revision)
) STRICT;

CREATE INDEX decisions_comment ON decisions(comment_id);
CREATE INDEX decisions_supersedes ON decisions(supersedes) WHERE supersedes IS NOT NULL;

-- A lesson stands until another one withdraws it.
CREATE TABLE lessons (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id     INTEGER NOT NULL REFERENCES sites(id),
  comment_id  INTEGER NOT NULL,
  revision    INTEGER NOT NULL,
  decision_id INTEGER NOT NULL REFERENCES decisions(id),
  label       TEXT    NOT NULL CHECK (label IN ('ok', 'spam', 'abuse')),
  withdraws   INTEGER UNIQUE REFERENCES lessons(number),
  at          INTEGER NOT NULL,
  FOREIGN KEY (comment_id, revision) REFERENCES revisions(comment_id, revision)
) STRICT;

CREATE INDEX lessons_decision ON lessons(decision_id);
CREATE INDEX lessons_revision ON lessons(comment_id, revision);

CREATE TABLE deliveries (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT    NOT NULL,
  lane       TEXT    NOT NULL,
  key        TEXT    NOT NULL,
  message_id TEXT    NOT NULL UNIQUE,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  payload    TEXT    NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  tried_at   INTEGER, -- last
  next_at    INTEGER NOT NULL,
  last_error TEXT    NOT NULL DEFAULT '',
  state      TEXT    NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'overtaken'))
) STRICT;

CREATE INDEX deliveries_due ON deliveries(kind, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_lane ON deliveries(lane, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_key ON deliveries(key, id);
-- What a card shows is read when it is drawn, so one row a case is enough.
CREATE UNIQUE INDEX deliveries_card ON deliveries(key) WHERE kind = 'card' AND state = 'pending';

CREATE TABLE cards (
  chat    INTEGER NOT NULL,
  message INTEGER NOT NULL,
  case_id INTEGER NOT NULL REFERENCES cases(id),
  version INTEGER NOT NULL,
  PRIMARY KEY (chat, message)
) STRICT, WITHOUT ROWID;

CREATE INDEX cards_case ON cards(case_id);

CREATE TABLE moderators (
  id       INTEGER PRIMARY KEY, -- Telegram's
  name     TEXT    NOT NULL,
  added_at INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
